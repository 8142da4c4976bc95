using DmaBufSim.Abi;
using DmaBufSim.Engine;
using DmaBufSim.Memory;
using DmaBufSim.Tracing;
using NUnit.Framework;
using static DmaBufSim.Memory.MigrateType;

namespace DmaBufSim.Tests.Memory;

/// <summary>Placements worked out by hand from the kernel's rules.</summary>
[TestFixture]
public sealed class BuddyVectors
{
    [Test]
    public void AFreshZoneListsItsBlocksByAddress() =>
        Assert.That(Zone(4096).FreeList(10, Movable), Is.EqualTo(new[] { 0, 1024, 2048, 3072 }));

    [Test]
    public void AnUnmovablePageClaimsALargestBlock()
    {
        BuddyAllocator buddy = Zone(2048);
        Assert.That(buddy.Allocate(0, Unmovable).Value, Is.Zero);
        for (int order = 0; order < 10; order++)
        {
            Assert.That(buddy.FreeList(order, Unmovable), Is.EqualTo(new[] { 1 << order }));
        }

        Assert.That(buddy.FreeList(10, Movable), Is.EqualTo(new[] { 1024 }));
        Assert.That(
            new[] { 0, 512, 1024, 1536 }.Select(buddy.TypeOf), Is.EqualTo(new[] { Unmovable, Unmovable, Movable, Movable }));
        Assert.That(buddy.Allocate(0, Unmovable).Value, Is.EqualTo(1));
        Assert.That(buddy.Allocate(0, Movable).Value, Is.EqualTo(1024));

        // Buddy 1 is in use and the pair after it is free: a merge is likely, so the block goes to the tail.
        buddy.Free(0, 0);
        Assert.That(buddy.FreeList(0, Unmovable), Is.EqualTo(new[] { 0 }));
        buddy.Free(1, 0);
        Assert.That(buddy.FreeList(10, Unmovable), Is.EqualTo(new[] { 0 }));
        buddy.Free(1024, 0);
        Assert.That(buddy.FreeList(10, Movable), Is.EqualTo(new[] { 1024 }));
        Assert.That(buddy.FreeFrames, Is.EqualTo(2048));
    }

    [Test]
    public void FreedPagesAreTakenLastInFirstOut()
    {
        BuddyAllocator buddy = Zone(2048);
        for (int frame = 0; frame < 8; frame++)
        {
            Assert.That(buddy.Allocate(0, Movable).Value, Is.EqualTo(frame));
        }

        foreach (int frame in new[] { 0, 2, 4, 6 })
        {
            buddy.Free(frame, 0);
        }

        Assert.That(buddy.FreeList(0, Movable), Is.EqualTo(new[] { 6, 4, 2, 0 }));
        Assert.That(buddy.Allocate(0, Movable).Value, Is.EqualTo(6));
        Assert.That(buddy.Allocate(0, Movable).Value, Is.EqualTo(4));
    }

    [Test]
    public void ALikelyMergeGoesToTheTail()
    {
        BuddyAllocator buddy = Zone(2048);
        for (int frame = 0; frame < 8; frame++)
        {
            buddy.Allocate(0, Movable);
        }

        buddy.Free(6, 0);
        buddy.Free(2, 0);
        buddy.Free(3, 0);
        Assert.That(buddy.FreeList(1, Movable), Is.EqualTo(new[] { 2 }));

        // Pair 2-3 is free, so 0 waits for 1 only.
        buddy.Free(0, 0);
        Assert.That(buddy.FreeList(0, Movable), Is.EqualTo(new[] { 6, 0 }));
    }

    [Test]
    public void ThreeMegabytesOfUnmovableFillOneClaimedBlock()
    {
        BuddyAllocator buddy = Zone(4096);
        Assert.That(
            Enumerable.Range(0, 3).Select(_ => buddy.Allocate(8, Unmovable).Value), Is.EqualTo(new[] { 0, 256, 512 }));
        Assert.That(new[] { 0, 512, 1024 }.Select(buddy.TypeOf), Is.EqualTo(new[] { Unmovable, Unmovable, Movable }));
    }

    [Test]
    public void SystemHeapBuffersGetTheRunsOfARealMachine()
    {
        BuddyAllocator buddy = Zone(8192);
        List<(int Frame, int Order)> first = TakeLikeSystemHeap(buddy, 765);
        Assert.That(first, Has.Count.EqualTo(30));
        Assert.That(Runs(first), Is.EqualTo(new[] { (0, 765) }));
        Assert.That(Info(buddy), Is.EqualTo("1 1 0 0 0 0 0 0 1 0 7"));

        List<(int Frame, int Order)> second = TakeLikeSystemHeap(buddy, 765);
        Assert.That(Runs(second), Is.EqualTo(new[] { (768, 752), (765, 3), (1520, 10) }));
        Assert.That(Info(buddy), Is.EqualTo("0 1 1 0 0 0 0 0 0 1 6"));

        List<(int Frame, int Order)> third = TakeLikeSystemHeap(buddy, 3038);
        Assert.That(third, Has.Count.EqualTo(38));
        Assert.That(Runs(third), Is.EqualTo(new[] { (1536, 3024), (1530, 6), (4560, 8) }));
        Assert.That(Info(buddy), Is.EqualTo("0 0 0 1 0 1 0 0 0 1 3"));
        for (int block = 0; block < 16; block++)
        {
            Assert.That(buddy.TypeOf(block * 512), Is.EqualTo(block < 10 ? Unmovable : Movable), $"page block {block}");
        }

        foreach ((int frame, int order) in second)
        {
            buddy.Free(frame, order);
        }

        Assert.That(Info(buddy), Is.EqualTo("1 2 0 2 1 2 1 1 2 1 3"));
        Assert.That(buddy.FreeList(4, Unmovable), Is.EqualTo(new[] { 1504 }));
        Assert.That(buddy.FreeList(5, Unmovable), Is.EqualTo(new[] { 4576, 1472 }));
        Assert.That(buddy.FreeList(8, Unmovable), Is.EqualTo(new[] { 1024, 768 }));

        List<(int Frame, int Order)> again = TakeLikeSystemHeap(buddy, 765);
        Assert.That(again, Has.Count.EqualTo(30));
        Assert.That(again.Take(4), Is.EqualTo(new[] { (1024, 8), (768, 8), (1504, 4), (4576, 4) }));
        Assert.That(Runs(again), Has.Count.EqualTo(11));
    }

    [Test]
    public void AFullZoneRefuses()
    {
        Trace trace = new();
        BuddyAllocator buddy = new PhysicalMemory(4 << 20, 0, trace).Buddy;
        Assert.That(buddy.Allocate(10, Movable).IsOk);
        Result<int> refused = buddy.Allocate(0, Unmovable);
        Assert.That((refused.Errno, refused.Reason), Is.EqualTo((Errno.ENOMEM, Reason.OutOfMemory)));
        Assert.That(trace.LastRefusal.Who, Is.EqualTo("buddy"));
        buddy.Free(0, 10);
        Assert.That(buddy.Allocate(0, Unmovable).IsOk);
    }

    [Test]
    public void AWrongFreeIsADefectOfTheCaller()
    {
        BuddyAllocator buddy = Zone(2048);
        int frame = buddy.Allocate(2, Unmovable).Value;
        Assert.That(() => buddy.Free(frame, 1), Throws.TypeOf<InvariantException>());
        Assert.That(() => buddy.Free(frame + 1, 0), Throws.TypeOf<InvariantException>());
        Assert.That(() => buddy.Free(1024, 10), Throws.TypeOf<InvariantException>());
        buddy.Free(frame, 2);
        Assert.That(() => buddy.Free(frame, 2), Throws.TypeOf<InvariantException>());
    }

    private static BuddyAllocator Zone(int frames) => new PhysicalMemory((long)frames << 12, 0, new Trace()).Buddy;

    private static string Info(BuddyAllocator buddy) => string.Join(' ', Enumerable.Range(0, 11).Select(buddy.FreeBlocks));

    private static List<(int Frame, int Order)> TakeLikeSystemHeap(BuddyAllocator buddy, int pages)
    {
        List<(int, int)> chunks = [];
        foreach (int order in new[] { 8, 4, 0 })
        {
            for (; pages >= 1 << order; pages -= 1 << order)
            {
                chunks.Add((buddy.Allocate(order, Unmovable).Value, order));
            }
        }

        return chunks;
    }

    private static List<(int First, int Count)> Runs(List<(int Frame, int Order)> chunks)
    {
        List<(int First, int Count)> runs = [];
        foreach ((int frame, int order) in chunks)
        {
            if (runs.Count > 0 && runs[^1].First + runs[^1].Count == frame)
            {
                runs[^1] = (runs[^1].First, runs[^1].Count + (1 << order));
            }
            else
            {
                runs.Add((frame, 1 << order));
            }
        }

        return runs;
    }
}
