using DmaBufSim.Abi;
using DmaBufSim.Memory;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Memory;

[TestFixture]
public sealed class GenPoolTests
{
    [TestCase(PoolFit.First, 0)]
    [TestCase(PoolFit.Best, 30)]
    public void FitDecidesWhichGapIsUsed(PoolFit fit, int expected)
    {
        GenPool pool = new("sram", new FrameRun(0, 64), new Trace(), fit);
        pool.Allocate(64);
        pool.Free(0, 8);
        pool.Free(20, 5);
        pool.Free(30, 4);
        pool.Free(40, 4);
        Assert.That(pool.Allocate(4).Value, Is.EqualTo(expected));
    }

    [TestCase(PoolFit.First)]
    [TestCase(PoolFit.Best)]
    public void PlacementIsThatOfANaiveSearch(PoolFit fit) => Steps.Check(200, 120, steps =>
    {
        int step = steps[0];
        int first = Steps.Below(ref step, 2000);
        int count = 1 + Steps.Below(ref step, 700);
        GenPool pool = new("sram", new FrameRun(first, count), new Trace(), fit);
        bool[] used = new bool[count];
        List<(int Frame, int Pages)> held = [];
        foreach (int number in steps)
        {
            step = number;
            if (Steps.Below(ref step, 5) < 2 && held.Count > 0)
            {
                int index = Steps.Below(ref step, held.Count);
                (int frame, int pages) = held[index];
                held.RemoveAt(index);
                pool.Free(frame, pages);
                Array.Clear(used, frame - first, pages);
            }
            else
            {
                int pages = 1 + Steps.Below(ref step, 60);
                int expected = NaivePlace(used, pages, fit);
                Result<int> frame = pool.Allocate(pages);
                Assert.That(frame.IsOk ? frame.Value - first : -1, Is.EqualTo(expected));
                if (expected >= 0)
                {
                    held.Add((frame.Value, pages));
                    used.AsSpan(expected, pages).Fill(true);
                }
                else
                {
                    Assert.That((frame.Errno, frame.Reason), Is.EqualTo((Errno.ENOMEM, Reason.PoolFull)));
                }
            }

            Assert.That(pool.AvailablePages, Is.EqualTo(used.Count(bit => !bit)));
            Assert.That(pool.IsEmpty, Is.EqualTo(held.Count == 0));
        }
    });

    [Test]
    public void AFullPoolNamesItself()
    {
        Trace trace = new();
        GenPool pool = new("sram", new FrameRun(0, 10), trace);
        Assert.That(pool.Allocate(11).Reason, Is.EqualTo(Reason.PoolFull));
        Assert.That(trace.LastRefusal.Who, Is.EqualTo("sram"));
    }

    [TestCase(-1, 2)]
    [TestCase(63, 2)]
    [TestCase(8, 4)]
    [TestCase(20, 1)]
    public void FreeingWhatIsNotHeldIsAKernelBug(int offset, int pages)
    {
        GenPool pool = new("sram", new FrameRun(512, 64), new Trace());
        pool.Allocate(10);
        Assert.That(
            () => pool.Free(512 + offset, pages),
            Throws.TypeOf<KernelBugException>().With.Property("KernelFunction").EqualTo("gen_pool_free_owner"));
    }

    [Test]
    public void ThePoolDoesNotScrub()
    {
        PhysicalMemory memory = new(4 << 20, 0, new Trace());
        GenPool pool = new("sram", new FrameRun(0, 64), new Trace());
        int frame = pool.Allocate(1).Value;
        memory.Fill(frame, 0, 1, 7);
        pool.Free(frame, 1);
        Assert.That(memory.Page(pool.Allocate(1).Value)[0], Is.EqualTo(7));
    }

    private static int NaivePlace(bool[] used, int pages, PoolFit fit)
    {
        int best = -1, bestLength = int.MaxValue;
        for (int start = 0; start < used.Length; start++)
        {
            if (used[start] || (start > 0 && !used[start - 1]))
            {
                continue;
            }

            int length = 0;
            while (start + length < used.Length && !used[start + length])
            {
                length++;
            }

            if (length >= pages && (best < 0 || (fit == PoolFit.Best && length < bestLength)))
            {
                best = start;
                bestLength = length;
            }
        }

        return best;
    }
}
