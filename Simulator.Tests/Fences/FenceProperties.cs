using DmaBufSim.Fences;
using DmaBufSim.Tests.Memory;
using DmaBufSim.Tests.Support;
using NUnit.Framework;

namespace DmaBufSim.Tests.Fences;

[TestFixture]
public sealed class FenceProperties
{
    [Test]
    public void MergingIsAssociativeCommutativeAndIdempotent([Values("6.1", "6.12", "7.3")] string kernel) =>
        Steps.Check(300, 24, steps =>
        {
            FenceCore core = MockFence.NewCore(kernel);
            DmaFence[] sets = new DmaFence[3];
            List<DmaFence> all = [];
            for (int i = 0; i < 3; i++)
            {
                sets[i] = RandomSet(core, steps, i);
                all.Add(sets[i]);
            }

            DmaFence Merge(DmaFence one, DmaFence other)
            {
                all.Add(DmaFenceMerge.Merge(core, one, other));
                return all[^1];
            }

            (DmaFence a, DmaFence b, DmaFence c) = (sets[0], sets[1], sets[2]);
            string left = Leaves(Merge(Merge(a, b), c));
            Assert.That(Leaves(Merge(a, Merge(b, c))), Is.EqualTo(left));
            Assert.That(Leaves(Merge(Merge(b, a), c)), Is.EqualTo(left));
            Assert.That(Leaves(Merge(c, Merge(b, a))), Is.EqualTo(left));
            Assert.That(Leaves(Merge(Merge(a, a), Merge(Merge(b, c), c))), Is.EqualTo(left));
            all.ForEach(fence => fence.Put());
            Assert.That(core.LiveFences, Is.Zero);
        });

    [Test]
    public void CallbacksRunExactlyOnceUnlessTheyAreTakenBack() => Steps.Check(500, 200, steps =>
    {
        FenceCore core = MockFence.NewCore();
        MockFence[] fences = [new(core), new(core), new(core)];
        MockCallback[] callbacks = [.. Enumerable.Range(0, 8).Select(_ => new MockCallback())];
        int[] expected = new int[callbacks.Length];
        int[] waitsAt = [.. Enumerable.Repeat(-1, callbacks.Length)];
        bool[] signaled = new bool[fences.Length];
        foreach (int number in steps)
        {
            int step = number;
            int what = Steps.Below(ref step, 9);
            int f = Steps.Below(ref step, fences.Length);
            int c = Steps.Below(ref step, callbacks.Length);
            if (what < 5 && waitsAt[c] < 0)
            {
                Assert.That(fences[f].AddCallback(callbacks[c]).IsOk, Is.EqualTo(!signaled[f]));
                waitsAt[c] = signaled[f] ? -1 : f;
            }
            else if (what < 8)
            {
                Assert.That(fences[f].RemoveCallback(callbacks[c]), Is.EqualTo(waitsAt[c] == f));
                waitsAt[c] = waitsAt[c] == f ? -1 : waitsAt[c];
            }
            else if (!signaled[f])
            {
                fences[f].Signal();
                signaled[f] = true;
                Leave(waitsAt, expected, f);
            }

            Assert.That(callbacks.Select(callback => callback.Runs), Is.EqualTo(expected));
            Assert.That(callbacks.Select(callback => callback.IsQueued), Is.EqualTo(waitsAt.Select(at => at >= 0)));
        }
    });

    [Test]
    public void NoInterleavingLeaksAReference([Values("6.1", "6.12", "7.3")] string kernel) =>
        Steps.Check(200, 150, steps =>
        {
            StepMachine player = new(kernel);
            player.Play("t0 = timeline");
            player.Play("f0 = fence t0 3 f");
            player.Play("b0 = alloc system 4096");
            foreach (int number in steps)
            {
                PlayRandom(player, number);
            }

            player.Machine.First.Exit();
            Assert.That(player.Machine.Buffers.Count, Is.Zero);
            Assert.That(player.Machine.Fences.LiveFences, Is.Zero);
            Assert.That(player.Machine.Fences.Timelines.Timelines, Is.Empty);
            Assert.That(
                player.Machine.Fences.Trace.Warnings.Select(warning => warning.Condition),
                Is.All.EqualTo("dma_fence_is_container(fence)"));
        });

    private static void PlayRandom(StepMachine player, int step)
    {
        int what = Steps.Below(ref step, 12);
        int x = Steps.Below(ref step, 4);
        int y = Steps.Below(ref step, 4);
        int n = Steps.Below(ref step, 4);
        string usage = ((DmaResvUsage)n).ToString().ToLowerInvariant();
        player.Play(what switch
        {
            0 => $"t{x} = timeline",
            1 => $"b{x} = alloc system 4096",
            2 or 3 => $"f{x} = fence t{y} {n * 2} name",
            4 or 5 => $"f{x} = merge f{y} f{n} name",
            6 => $"f{x} = export_sync b{y} write",
            7 => $"import_sync b{x} {(n & 1) + 1} f{y}",
            8 => $"add_fence b{x} {usage} f{y}",
            9 => $"poll {"fb"[n & 1]}{x} in|out",
            10 => $"inc t{x} {n}",
            _ => $"close {"tfb"[n % 3]}{x}",
        });
    }

    private static void Leave(int[] waitsAt, int[] expected, int fence)
    {
        for (int c = 0; c < waitsAt.Length; c++)
        {
            if (waitsAt[c] == fence)
            {
                waitsAt[c] = -1;
                expected[c]++;
            }
        }
    }

    // Numbers around the wrap of 32 bits, few contexts, some signalled.
    private static DmaFence RandomSet(FenceCore core, int[] steps, int which)
    {
        List<DmaFence> fences = [];
        for (int i = which; i < steps.Length; i += 3)
        {
            int step = steps[i];
            ulong context = 10 + (ulong)Steps.Below(ref step, 5);
            MockFence fence = new(core, context, unchecked(0xfffffffdU + (uint)Steps.Below(ref step, 6)));
            if (Steps.Below(ref step, 4) == 0)
            {
                fence.Signal();
            }

            fences.Add(fence);
        }

        return fences.Count == 0 ? core.GetStub() : DmaFenceArray.Create(core, [.. fences], core.AllocateContexts(), 1);
    }

    private static string Leaves(DmaFence fence)
    {
        List<string> leaves = [];
        foreach (DmaFence leaf in new DmaFenceUnwrap(fence))
        {
            leaves.Add($"{leaf.Context}:{leaf.SequenceNumber}:{leaf.GetStatus()}");
        }

        return string.Join(' ', leaves);
    }
}
