using DmaBufSim.Abi;
using DmaBufSim.Memory;
using DmaBufSim.Memory.Policies;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Memory;

/// <summary>Pages of areas that the page allocator lends.</summary>
[TestFixture]
public sealed class BorrowedPageTests
{
    // Vector V1.4 of the reference, worked out by hand from mm/page_alloc.c: the half rule takes turns.
    [Test]
    public void MovableRequestsTakeTurnsAtTheHalf()
    {
        (PhysicalMemory memory, _) = Switched(16 << 20, 8 << 20);
        Assert.That(memory.Buddy.FreeList(10, MigrateType.Cma), Is.EqualTo(new[] { 3072, 2048 }));
        Assert.That(memory.Buddy.FreeList(10, MigrateType.Movable), Is.EqualTo(new[] { 0, 1024 }));
        Assert.That(
            Enumerable.Range(0, 6).Select(_ => memory.Buddy.Allocate(8, MigrateType.Movable).Value),
            Is.EqualTo(new[] { 0, 3072, 256, 3328, 512, 3584 }));
        Assert.That(
            Enumerable.Range(0, 8).Select(_ => memory.Buddy.Allocate(8, MigrateType.Unmovable) is { IsOk: true } got ? got.Value : -1),
            Is.EqualTo(new[] { 1024, 1280, 1536, 1792, 768, -1, -1, -1 }));
        Assert.That((memory.Buddy.FreeFrames, memory.Buddy.FreeCmaFrames), Is.EqualTo((0L, 1280L)));
    }

    [Test]
    public void AnAllocationMovesWhatBorrowsItsWindowWithItsBytes()
    {
        (PhysicalMemory memory, CmaArea area) = Switched(16 << 20, 8 << 20);
        MovableMemory apps = new("apps", memory, PageKind.Anonymous);
        Assert.That(apps.Grow(2048), Is.EqualTo(2048));
        Assert.That(area.LentPages, Is.EqualTo(1024), "half of it lies in the area");
        Stamp(memory, apps);
        Assert.That(area.Allocate(2048, 8).IsOk, Is.True);
        Assert.That((area.LentPages, area.MovedPages), Is.EqualTo((0, 1024L)));
        AssertStamps(memory, apps);
        Assert.That(memory.Buddy.FreeFrames, Is.Zero);
        area.Release(area.Range.First, 2048);
        apps.Unmap();
        Assert.That(memory.Buddy.FreeBlocks(10), Is.EqualTo(4));
    }

    // A page that has to leave its window lands elsewhere in the area where the rest of memory is full.
    [Test]
    public void AFullMemoryMovesPagesInsideTheArea()
    {
        (PhysicalMemory memory, CmaArea area) = Switched(16 << 20, 8 << 20);
        while (memory.Buddy.FreeFrames > 0)
        {
            memory.Buddy.Allocate(0, MigrateType.Unmovable);
        }

        MovableMemory apps = new("apps", memory, PageKind.Anonymous);
        Assert.That(apps.Grow(600), Is.EqualTo(600));
        Stamp(memory, apps);
        CmaDiagnosis why = CmaDiagnosis.Of(area, 1024);
        Assert.That((why.Fits, why.Page, why.Moves), Is.EqualTo((true, 0, 0)));
        Assert.That(area.Allocate(1024, 8).IsOk, Is.True);
        Assert.That(area.Allocate(424, 0).IsOk, Is.True, "the pages in its window have exactly the room that is left");
        Assert.That(area.Allocate(1, 0).Reason, Is.EqualTo(Reason.NoRoomToMigrate));
        AssertStamps(memory, apps);
    }

    [Test]
    public void ALongTermPinLeavesTheAreaAndAShortOneBlocksIt()
    {
        (PhysicalMemory memory, CmaArea area) = Switched(16 << 20, 8 << 20);
        MovableMemory apps = new("apps", memory, PageKind.Anonymous);
        apps.Grow(2048);
        int inside = apps.Frames.ToList().FindIndex(area.Contains);
        PagePin lasting = apps.PinAt(inside, longTerm: true).Value;
        Assert.That(area.Contains(lasting.Frame), Is.False);
        Assert.That(memory.Buddy.TypeOf(lasting.Frame), Is.Not.EqualTo(MigrateType.Cma));
        int other = apps.Frames.ToList().FindIndex(area.Contains);
        PagePin brief = apps.PinAt(other, longTerm: false).Value;
        Assert.That(area.Contains(brief.Frame), Is.True);
        Assert.That(area.PinnedPages, Is.EqualTo(1));
        Assert.That(apps.PinAt(other, longTerm: true).Errno, Is.EqualTo(Errno.ENOMEM), "a pinned page cannot leave");
        Assert.That(apps.PinAt(4000, longTerm: false).Errno, Is.EqualTo(Errno.EINVAL));
        Assert.That(area.Allocate(2048, 8).Reason, Is.EqualTo(Reason.PagesPinned));
        brief.Release();
        Assert.That(area.Allocate(2048, 8).IsOk, Is.True);
    }

    [Test]
    public void CleanPageCacheIsDroppedAndDirtyPageCacheIsMoved()
    {
        (PhysicalMemory memory, CmaArea area) = Switched(16 << 20, 8 << 20);
        MovableMemory clean = new("clean", memory, PageKind.CleanFile);
        MovableMemory dirty = new("dirty", memory, PageKind.DirtyFile);
        clean.Grow(1024);
        dirty.Grow(1024);
        int lent = area.LentPages;
        int cleanPages = clean.Frames.Count(area.Contains);
        Assert.That(area.Allocate(2048, 8).IsOk, Is.True);
        Assert.That((area.DroppedPages, area.MovedPages), Is.EqualTo(((long)cleanPages, (long)(lent - cleanPages))));
        Assert.That((clean.Pages, clean.DroppedPages), Is.EqualTo((1024 - cleanPages, (long)cleanPages)));
        Assert.That(dirty.Pages, Is.EqualTo(1024));
        Assert.That(area.LastCost, Is.GreaterThan(area.MovedPages * 2000), "each copy takes its time");
    }

    [Test]
    public void GuaranteedCmaIsBorrowedByCleanPageCacheAlone()
    {
        (PhysicalMemory memory, CmaArea area) = Switched(16 << 20, 8 << 20, new GuaranteedCma());
        MovableMemory apps = new("apps", memory, PageKind.Anonymous);
        Assert.That(apps.Grow(3000), Is.EqualTo(2048), "the area is not for it");
        MovableMemory cache = new("cache", memory, PageKind.CleanFile);
        Assert.That(cache.Grow(3000), Is.EqualTo(2048));
        Assert.That(area.LentPages, Is.EqualTo(2048));
        Assert.That(cache.PinAt(0, longTerm: false).Errno, Is.EqualTo(Errno.ENOMEM), "it would have to leave first");
        Assert.That(area.Allocate(700, 8).IsOk, Is.True);
        Assert.That((area.DroppedPages, area.MovedPages, area.BusyWindows), Is.EqualTo((700L, 0L, 0L)));
        area.Release(area.Range.First, 700);
        Assert.That(cache.Grow(800), Is.EqualTo(700));
        cache.Unmap();
        Assert.That(area.Allocate(2048, 8).IsOk, Is.True);
    }

    [Test]
    public void BestFitTakesTheShortestRunAndFirstFitTheLowest()
    {
        int[] Places(CmaPolicy policy)
        {
            (_, CmaArea area) = Switched(16 << 20, 8 << 20, policy);
            List<int> blocks = [.. Enumerable.Range(0, 8).Select(_ => area.Allocate(256, 8).Value)];
            area.Release(blocks[0], 512 / 2);
            area.Release(blocks[1], 256);
            area.Release(blocks[4], 256);
            CmaDiagnosis why = CmaDiagnosis.Of(area, 200);
            int page = area.Allocate(200, 8).Value - area.Range.First;
            Assert.That((why.Page, why.Windows), Is.EqualTo((page, 1)));
            return [page, area.Allocate(512, 8) is { IsOk: true } got ? got.Value - area.Range.First : -1];
        }

        Assert.That(Places(new FirstFit()), Is.EqualTo(new[] { 0, -1 }));
        Assert.That(Places(new BestFit()), Is.EqualTo(new[] { 1024, 0 }));
    }

    [Test]
    public void AReservedPoolKeepsItsBlocks()
    {
        (PhysicalMemory memory, CmaArea area) = Switched(16 << 20, 8 << 20, new ReservedPool());
        int block = area.Allocate(300, 8).Value;
        area.Release(block, 300);
        Assert.That((area.KeptPages, area.UsedPages, area.ReleasedPages), Is.EqualTo((300L, 300L, 300L)));
        Assert.That(memory.Buddy.FreeCmaFrames, Is.EqualTo(2048 - 300));
        Assert.That(() => area.Release(block + 299, 1), Throws.TypeOf<KernelBugException>(), "nobody has what is kept");
        Assert.That(area.Allocate(301, 8).Value, Is.Not.EqualTo(block));
        Assert.That(area.Allocate(300, 8).Value, Is.EqualTo(block));
        Assert.That(area.KeptPages, Is.Zero);
    }

    [Test]
    public void CompactionAheadMakesTheNextRequestCheap()
    {
        (PhysicalMemory memory, CmaArea area) = Switched(16 << 20, 8 << 20, new CompactionAhead());
        area.Release(area.Allocate(512, 8).Value, 512);
        new MovableMemory("apps", memory, PageKind.Anonymous).Grow(2048);
        Assert.That(area.LentPages, Is.GreaterThan(512));
        area.Idle();
        long moved = area.MovedPages;
        Assert.That((moved > 0, area.IdleCost > 0), Is.EqualTo((true, true)));
        Assert.That(area.Allocate(512, 8).IsOk, Is.True);
        Assert.That(area.MovedPages, Is.EqualTo(moved));
    }

    [Test]
    public void WithoutALockTwoAllocationsMeetInAPageBlock()
    {
        (_, CmaArea area) = Switched(16 << 20, 8 << 20);
        Assert.That(area.Allocate(100, 0).IsOk, Is.True);
        area.BeginIsolation(0, 100);
        Assert.That(area.Allocate(100, 7).Value - area.Range.First, Is.EqualTo(512), "the first block is isolated");
        Assert.That(area.BusyWindows, Is.EqualTo(3));
        area.BeginIsolation(512, 1536);
        Assert.That(area.Allocate(10, 4).Reason, Is.EqualTo(Reason.BlocksIsolated));
        area.EndIsolation(0, 100);
        Assert.That(area.Allocate(100, 7).Value - area.Range.First, Is.EqualTo(128));
    }

    // The windows at 0 and 256 touch the block of another and stay as they are; the next one has pages of theirs.
    [Test]
    public void AWindowThatWasNotTriedIsNotEmpty()
    {
        (PhysicalMemory memory, CmaArea area) = Switched(16 << 20, 8 << 20);
        new MovableMemory("apps", memory, PageKind.Anonymous).Grow(2048);
        Assert.That(area.LentPages, Is.EqualTo(1024), "those from 1024 on");
        area.BeginIsolation(0, 1);
        CmaDiagnosis why = CmaDiagnosis.Of(area, 1000);
        Assert.That((why.Page, why.BusyWindows, why.Moves), Is.EqualTo((512, 2, 488)));
        Assert.That(area.Allocate(1000, 8).Value - area.Range.First, Is.EqualTo(512));
        Assert.That((area.BusyWindows, area.MovedPages), Is.EqualTo((2L, 488L)));
    }

    [Test]
    public void AnAreaIsSwitchedOnOnceAndWhole()
    {
        PhysicalMemory memory = new(16 << 20, 0, new Trace());
        FrameRun run = memory.Reserve(8 << 20).Value;
        CmaArea part = new("part", memory, new FrameRun(run.First + 1, 512), CmaTests.Kernel("6.12"), new Trace());
        Assert.That(part.Activate, Throws.InvalidOperationException);
        CmaArea area = new("area", memory, run, CmaTests.Kernel("6.12"), new Trace());
        area.Activate();
        Assert.That(area.Activate, Throws.InvalidOperationException);
    }

    internal static (PhysicalMemory Memory, CmaArea Area) Switched(
        long memoryBytes, long areaBytes, CmaPolicy? policy = null, string kernel = "6.12")
    {
        PhysicalMemory memory = new(memoryBytes, 0, new Trace());
        CmaArea area = new(
            "cma0", memory, memory.Reserve(areaBytes).Value, CmaTests.Kernel(kernel), new Trace(), policy: policy);
        area.Activate();
        return (memory, area);
    }

    /// <summary>Memory of 24 MiB with a hole after the first 8, and an area that takes those and some behind the hole.</summary>
    internal static (PhysicalMemory Memory, CmaArea Area) InPieces(long areaBytes, CmaPolicy? policy = null)
    {
        PhysicalMemory memory = new(24 << 20, 4L << 30, new Trace(), new FrameRun(2048, 1024));
        CmaArea area = new(
            "cma0", memory, memory.ReservePieces(areaBytes).Value, CmaTests.Kernel("7.3"), new Trace(), policy: policy);
        area.Activate();
        return (memory, area);
    }

    private static void Stamp(PhysicalMemory memory, MovableMemory owner)
    {
        for (int slot = 0; slot < owner.Frames.Count; slot++)
        {
            memory.Fill(owner.Frames[slot], 0, 8, (byte)(1 + (slot % 251)));
        }
    }

    private static void AssertStamps(PhysicalMemory memory, MovableMemory owner)
    {
        for (int slot = 0; slot < owner.Frames.Count; slot++)
        {
            Assert.That(memory.Page(owner.Frames[slot])[7], Is.EqualTo((byte)(1 + (slot % 251))), $"page {slot}");
        }
    }
}
