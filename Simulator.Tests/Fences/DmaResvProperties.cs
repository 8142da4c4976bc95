using DmaBufSim.Engine;
using DmaBufSim.Fences;
using NUnit.Framework;

namespace DmaBufSim.Tests.Fences;

[TestFixture]
public sealed class DmaResvProperties
{
    [Test]
    public void ContentEqualsASlowModel([Range(1, 8)] int seed)
    {
        FenceCore core = MockFence.NewCore();
        DmaResv resv = new(core);
        ResvModel model = new();
        RandomStream random = new((ulong)seed);
        List<MockFence> fences = [];
        for (int step = 0; step < 1000; step++)
        {
            PlayStep(core, resv, model, random, fences);
            foreach (DmaResvUsage usage in Enum.GetValues<DmaResvUsage>())
            {
                Assert.That(Content(resv, usage), Is.EqualTo(model.Content(usage)), $"step {step}");
                Assert.That(resv.TestSignaled(usage), Is.EqualTo(model.Pending(usage) == 0));
            }
        }

        Assert.That(core.Trace.Warnings, Is.Empty);
        resv.Finish();
        fences.ForEach(fence => fence.Put());
        Assert.That(core.LiveFences, Is.Zero);
    }

    [Test]
    public void AnyLockOrderFinishes([Range(1, 40)] int seed)
    {
        FenceCore core = MockFence.NewCore();
        RandomStream random = new((ulong)seed);
        DmaResv[] locks = [.. Enumerable.Range(0, 6).Select(_ => new DmaResv(core))];
        LockingTask[] tasks = [.. Enumerable.Range(0, 8).Select(_ => new LockingTask(core, locks, random))];
        int turns = 0;
        while (tasks.Any(task => !task.IsFinished))
        {
            LockingTask task = tasks[random.Below(tasks.Length)];
            if (!task.IsFinished)
            {
                Assert.That(++turns, Is.LessThan(20_000), "nobody gets further");
                task.Turn();
            }
        }

        Assert.That(locks.Count(each => each.IsLocked), Is.Zero);
        Assert.That(tasks.Sum(task => task.Holds), Is.Zero);
        Assert.That(core.Trace.Warnings, Is.Empty);
    }

    private static void PlayStep(
        FenceCore core, DmaResv resv, ResvModel model, RandomStream random, List<MockFence> fences)
    {
        resv.Lock();
        switch (random.Below(10))
        {
            case < 5:
                int count = (int)random.Below(4) + 1;
                Assert.That(resv.ReserveFences(count).IsOk);
                model.Reserve(count);
                for (int i = 0; i < count; i++)
                {
                    MockFence fence = fences.Count > 0 && random.Below(3) == 0
                        ? fences[(int)random.Below(fences.Count)]
                        : new MockFence(core, 10 + (ulong)random.Below(12), (ulong)random.Below(50));
                    if (!fences.Contains(fence))
                    {
                        fences.Add(fence);
                    }

                    DmaResvUsage usage = (DmaResvUsage)random.Below(4);
                    resv.AddFence(fence, usage);
                    model.Add(fence, usage);
                }

                break;
            case < 9:
                if (fences.Count > 0)
                {
                    fences[(int)random.Below(fences.Count)].Signal();
                }

                break;
            default:
                MockFence flush = new(core, 10 + (ulong)random.Below(12), (ulong)random.Below(50));
                fences.Add(flush);
                resv.ReplaceFences(flush.Context, flush, DmaResvUsage.Bookkeep);
                model.Replace(flush, DmaResvUsage.Bookkeep);
                break;
        }

        resv.Unlock();
    }

    private static List<DmaResvEntry> Content(DmaResv resv, DmaResvUsage usage)
    {
        resv.Lock();
        List<DmaResvEntry> entries = [];
        foreach (DmaResvEntry entry in resv.Fences(usage))
        {
            entries.Add(entry);
        }

        resv.Unlock();
        return entries;
    }

    /// <summary>The rules of the reservation, with lists that are made anew each time.</summary>
    private sealed class ResvModel
    {
        private static readonly int[] Pieces = [32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096];

        private List<DmaResvEntry> entries = [];
        private int slots;

        public void Reserve(int count)
        {
            if (entries.Count + count <= slots)
            {
                return;
            }

            int wanted = slots > 0 ? Math.Max(entries.Count + count, 2 * slots) : 4;
            slots = (Pieces.First(piece => piece >= 24 + (8 * wanted)) - 24) / 8;
            entries = [.. entries.Where(entry => !entry.Fence.HasSignaled)];
        }

        public void Add(DmaFence fence, DmaResvUsage usage)
        {
            int place = entries.FindIndex(old => old.Fence.HasSignaled
                || (old.Fence.Context == fence.Context && old.Usage >= usage
                    && (old.Fence == fence || old.Fence.SequenceNumber < fence.SequenceNumber)));
            entries = place < 0
                ? [.. entries, new DmaResvEntry(fence, usage)]
                : [.. entries[..place], new DmaResvEntry(fence, usage), .. entries[(place + 1)..]];
        }

        public void Replace(DmaFence fence, DmaResvUsage usage) => entries =
            [.. entries.Select(old => old.Fence.Context == fence.Context ? new DmaResvEntry(fence, usage) : old)];

        public List<DmaResvEntry> Content(DmaResvUsage usage) => [.. entries.Where(entry => entry.Usage <= usage)];

        public int Pending(DmaResvUsage usage) => Content(usage).Count(entry => !entry.Fence.HasSignaled);
    }

    /// <summary>Somebody who wants every lock, in an order of its own, and follows the back-off protocol.</summary>
    private sealed class LockingTask : WwWaiter
    {
        private readonly WwAcquireContext context;
        private readonly List<DmaResv> wanted;
        private readonly List<DmaResv> held = [];
        private DmaResv? contended;
        private DmaResv? awaited;

        public LockingTask(FenceCore core, DmaResv[] locks, RandomStream random)
        {
            context = new WwAcquireContext(core);
            wanted = [.. locks];
            for (int i = wanted.Count - 1; i > 0; i--)
            {
                int other = (int)random.Below(i + 1);
                (wanted[i], wanted[other]) = (wanted[other], wanted[i]);
            }
        }

        public bool IsFinished { get; private set; }

        public int Holds => held.Count;

        public void Turn()
        {
            if (IsWaiting)
            {
                return;
            }

            if (held.Count == wanted.Count)
            {
                ReleaseAll();
                context.Finish();
                IsFinished = true;
                return;
            }

            DmaResv next = contended ?? wanted.First(each => !held.Contains(each));
            awaited = next;
            DmaBufSim.Abi.Result taken = contended is not null ? next.LockSlow(context, this) : next.Lock(context, this);
            if (taken.IsOk)
            {
                held.Add(next);
                contended = null;
            }
            else if (taken.Errno == DmaBufSim.Abi.Errno.EDEADLK)
            {
                contended = next;
                ReleaseAll();
            }
        }

        protected internal override void Acquired(WwMutex mutex)
        {
            held.Add(awaited!);
            contended = null;
        }

        protected internal override void BackOff(WwMutex mutex)
        {
            contended = awaited;
            ReleaseAll();
        }

        private void ReleaseAll()
        {
            DmaResv[] locks = [.. held];
            held.Clear();
            foreach (DmaResv each in locks)
            {
                each.Unlock();
            }
        }
    }
}
