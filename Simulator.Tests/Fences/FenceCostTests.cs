using DmaBufSim.Fences;
using DmaBufSim.Files;
using NUnit.Framework;

namespace DmaBufSim.Tests.Fences;

/// <summary>What must stay cheap.</summary>
[TestFixture]
public sealed class FenceCostTests
{
    [Test]
    public void SignallingAllocatesNothing()
    {
        FenceCore core = MockFence.NewCore();
        Signal(Prepare(core, 2));
        MockFence[] fences = Prepare(core, 1000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Signal(fences);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [Test]
    public void MovingATimelineAllocatesNothing()
    {
        FenceCore core = MockFence.NewCore();
        FileTable files = new(core.Trace, 4096);
        SwSyncTimeline timeline = new(core, "runner");
        List<SyncFile> polled = [];
        for (uint value = 1; value <= 1000; value++)
        {
            polled.Add(SyncFile.Find(files, timeline.CreateFence(files, new(value)).Value)!);
            polled[^1].Poll(PollEvents.In);
        }

        timeline.Increment(1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        timeline.Increment(999);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
        Assert.That(polled.TrueForAll(file => file.Fence.HasSignaled));
    }

    [Test]
    public void UsingAReservationAllocatesNothing()
    {
        FenceCore core = MockFence.NewCore();
        DmaResv resv = new(core);
        MockFence[] fences = [.. Enumerable.Range(0, 100).Select(_ => new MockFence(core))];
        MockCallback callback = new();
        Use(fences[0]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        foreach (MockFence fence in fences.AsSpan(1))
        {
            Use(fence);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        void Use(MockFence fence)
        {
            resv.Lock();
            resv.ReserveFences(1);
            resv.AddFence(fence, DmaResvUsage.Write);
            resv.AddCallback(callback, DmaResvUsage.Read);
            resv.Unlock();
            resv.WaitTimeout(DmaResvUsage.Read, 0);
            fence.Signal();
            resv.TestSignaled(DmaResvUsage.Read);
        }
    }

    // Each fence has a callback, a waiter and a place in an array and in a chain that somebody waits for.
    private static MockFence[] Prepare(FenceCore core, int count)
    {
        MockFence[] fences = new MockFence[count];
        DmaFenceChain? chain = null;
        for (int i = 0; i < count; i++)
        {
            fences[i] = new MockFence(core);
            fences[i].AddCallback(new MockCallback());
            fences[i].AddWaiter(new MockCallback());
            chain = DmaFenceChain.Create(core, chain, fences[i].Get(), (ulong)i + 1);
            if (i % 2 == 1)
            {
                DmaFence[] pair = [fences[i - 1].Get(), fences[i].Get()];
                DmaFenceArray.Create(core, pair, core.AllocateContexts(), 1).AddCallback(new MockCallback());
            }
        }

        chain!.AddCallback(new MockCallback());
        return fences;
    }

    private static void Signal(MockFence[] fences)
    {
        foreach (MockFence fence in fences)
        {
            fence.Signal();
        }
    }
}
