using DmaBufSim.Abi;
using DmaBufSim.Engine;
using DmaBufSim.Memory;
using DmaBufSim.Memory.Policies;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Memory;

/// <summary>Areas of several ranges: where boot finds them, and what is true of each and of all together.</summary>
[TestFixture]
public sealed class CmaRangeTests
{
    private const long Base = 4L << 30;
    private const int Section = 1024;

    [Test]
    public void OneRunIsTakenWhereItIsLongEnough()
    {
        PhysicalMemory memory = new(64L << 20, Base, new Trace(), new FrameRun(4 * Section, Section));
        Assert.That(memory.ReservePieces(44L << 20).Value, Is.EqualTo(new[] { new FrameRun(5 * Section, 11 * Section) }));
        Assert.That(memory.TotalFrames, Is.EqualTo(15 * Section));
    }

    [Test]
    public void OtherwiseTheLongestRunsAreTakenLowestFirstAndTheLastInPart()
    {
        // Runs of 1, 4, 2 and 3 sections.
        FrameRun[] holes = [new(Section, Section), new(6 * Section, Section), new(9 * Section, Section)];
        PhysicalMemory memory = new(13L * (4 << 20), Base, new Trace(), holes);
        FrameRun[] pieces = memory.ReservePieces(26L << 20).Value;
        Assert.That(pieces, Is.EqualTo(new[] { new FrameRun(2 * Section, 4 * Section), new FrameRun(10 * Section, 2560) }));

        // Three sections, and half of one that the last range left.
        Assert.That(memory.Buddy.FreeFrames, Is.EqualTo((3 * Section) + 512));
        Assert.That(memory.Buddy.FreeList(9, MigrateType.Movable), Is.EqualTo(new[] { 12 * Section + 512 }));
        Assert.That(memory.Buddy.FreeList(10, MigrateType.Movable), Is.EqualTo(new[] { 0, 7 * Section, 8 * Section }));
        Assert.That(memory.Reserve(12L << 20).Errno, Is.EqualTo(Errno.ENOMEM));
        Assert.That(memory.Reserve(8L << 20).Value, Is.EqualTo(new FrameRun(7 * Section, 2 * Section)));
    }

    [Test]
    public void ARunThatBeginsBelow4GiBIsNotAPiece()
    {
        PhysicalMemory memory = new(64L << 20, Base - (8 << 20), new Trace(), new FrameRun(8 * Section, Section));
        Assert.That(memory.ReservePieces(40L << 20).Reason, Is.EqualTo(Reason.OutOfMemory));
        Assert.That(memory.ReservePieces(28L << 20).Value, Has.Length.EqualTo(1));
    }

    // One step of 32 pages behind the busy window of the first range would be behind the place in the second.
    [Test]
    public void EachRangeIsSearchedFromItsBeginning()
    {
        PhysicalMemory memory = new(16L << 20, Base, new Trace());
        memory.Reserve(8L << 20);
        FrameRun[] ranges = [new(2048, 24), new(2112, 20)];
        CmaArea area = new("cma0", memory, ranges, CmaTests.Kernel("7.3"), new Trace());
        MovableMemory tenant = new("w", area);
        Assert.That(tenant.Hold([new FrameRun(2050, 1)]).IsOk && tenant.Pin(2).IsOk, Is.True);
        Assert.That(CmaDiagnosis.Of(area, 20, 5).Page, Is.EqualTo(24));
        Assert.That(area.Allocate(20, 5).Value, Is.EqualTo(2112));
        Assert.That(area.BusyWindows, Is.EqualTo(1));
    }

    [Test]
    public void PiecesAreThoseThatASlowModelFinds() => Steps.Check(300, 24, steps =>
    {
        int step = steps[0];
        bool[] isFree = [true, .. steps[1..].Select(one => one % 3 != 0)];
        bool[] before = [.. isFree];
        int half = Steps.Below(ref step, 2);
        long bytes = ((1 + Steps.Below(ref step, isFree.Length)) * (4L << 20)) - (half * (2L << 20));
        FrameRun[] holes = [.. Enumerable.Range(0, isFree.Length).Where(i => !isFree[i]).Select(i => new FrameRun(i * Section, Section))];
        PhysicalMemory memory = new(isFree.Length * (4L << 20), Base, new Trace(), holes);
        Assert.That(memory.Buddy.FreeFrames, Is.EqualTo(isFree.Count(free => free) * Section));
        Result<FrameRun[]> got = memory.ReservePieces(bytes);

        // The runs, each by its length, longest first.
        List<(int First, int Sections)> runs = [];
        for (int i = 0; i < isFree.Length; i++)
        {
            if (isFree[i] && i > 0 && isFree[i - 1])
            {
                runs[^1] = (runs[^1].First, runs[^1].Sections + 1);
            }
            else if (isFree[i])
            {
                runs.Add((i, 1));
            }
        }

        long need = bytes / (2 << 20);
        List<(int First, int Sections)> longest = [.. runs.OrderBy(run => -run.Sections).ThenBy(run => run.First).Take(8)];
        bool fits = longest.Sum(run => 2L * run.Sections) >= need;
        Assert.That(got.IsOk, Is.EqualTo(fits));
        if (!fits)
        {
            return;
        }

        Assert.That(got.Value.Sum(run => run.Count), Is.EqualTo(need * 512));
        Assert.That(got.Value.SelectMany(run => Enumerable.Range(run.First, run.Count)), Is.Ordered.And.Unique);
        Assert.That(got.Value.All(run => Enumerable.Range(run.First, run.Count).All(frame => before[frame / Section])), Is.True);
        int pieces = Enumerable.Range(1, 8).First(n => longest.Take(n).Sum(run => 2L * run.Sections) >= need);
        Assert.That(got.Value, Has.Length.EqualTo(pieces));
        Assert.That(got.Value.SkipLast(1), Is.SubsetOf(runs.Select(run => new FrameRun(run.First * Section, run.Sections * Section))));
    });

    [Test]
    public void RunningOutOfSpaceIsLoggedAsBusyRangeByRange()
    {
        CmaArea area = Area();
        Assert.That(area.Allocate(1000, 0).Value, Is.Zero);
        Assert.That(area.Allocate(3000, 8).Value, Is.EqualTo(1024));
        Assert.That(area.Allocate(1000, 8).Value, Is.EqualTo(6144), "the next range is tried where the first is full");
        Result<int> refused = area.Allocate(1025, 8);
        Assert.That((refused.Errno, refused.Reason), Is.EqualTo((Errno.ENOMEM, Reason.NoContiguousRun)));
        Assert.That(area.Log, Is.EqualTo(new[]
        {
            "cma: __cma_alloc_frozen: cma0: alloc failed, req-size: 1025 pages, ret: -16",
            "cma: number of available pages: ",
            "cma: range 0: +24@1000+72@4024",
            "cma: ",
            "cma: range 1: +1048@1000",
            "cma: ",
            "=> 1144 free of 6144 total pages",
        }));
        Assert.That(
            (area.AllocatedPagesSucceeded, area.AllocatedPagesFailed, area.AvailablePages, area.TotalPages, area.MaxChunk),
            Is.EqualTo((5000L, 1025L, 1144L, 6144, 1048)));
        Assert.That((area.AllocationsSucceeded, area.AllocationsFailed, area.BusyWindows), Is.EqualTo((3L, 1L, 0L)));
    }

    [Test]
    public void ARequestLargerThanEachRangeFailsThoughTheAreaIsEmpty()
    {
        CmaArea area = Area();
        Result<int> refused = area.Allocate(4097, 0);
        Assert.That((refused.Errno, refused.Reason), Is.EqualTo((Errno.ENOMEM, Reason.NoContiguousRun)));
        Assert.That(area.Log[2], Is.EqualTo("cma: range 0: 4096@0"));
        Assert.That(area.Log[^1], Is.EqualTo("=> 6144 free of 6144 total pages"));
        CmaDiagnosis why = CmaDiagnosis.Of(area, 4097, 0);
        Assert.That((why.Reason, why.Windows, why.LargestFit, why.FewestPages), Is.EqualTo((Reason.NoContiguousRun, 0, 4096, -1)));
        Assert.That(area.Allocate(6145, 0).Reason, Is.EqualTo(Reason.LargerThanArea));
    }

    [Test]
    public void TheTraceHasFramesOfTheRangeThatServed()
    {
        Trace trace = new();
        SimClock clock = new();
        trace.Ftrace = new Ftrace(clock);
        CmaArea area = Area(trace);
        area.Allocate(4096, 0);
        int frame = area.Allocate(16, 4).Value;
        area.Allocate(2048, 0);
        area.Release(frame, 16);
        string[] lines =
        [
            .. FtraceText.Lines(trace.Ftrace, CmaTests.Kernel("7.3"))
                .Where(line => line.Contains("cma_", StringComparison.Ordinal))
                .Select(line => line[line.IndexOf("cma_", StringComparison.Ordinal)..]),
        ];
        Assert.That(lines.Select(WithoutPage), Is.EqualTo(new[]
        {
            "cma_alloc_start: name=cma0 request_count=4096 available_count=6144 total_count=6144 align=0",
            "cma_alloc_finish: name=cma0 pfn=0x100000 count=4096 align=0 errorno=0",
            "cma_alloc_start: name=cma0 request_count=16 available_count=2048 total_count=6144 align=4",
            "cma_alloc_finish: name=cma0 pfn=0x101800 count=16 align=4 errorno=0",
            "cma_alloc_start: name=cma0 request_count=2048 available_count=2032 total_count=6144 align=0",
            "cma_alloc_finish: name=cma0 pfn=0x0 count=2048 align=0 errorno=-16",
            "cma_release: name=cma0 pfn=0x101800 count=16",
        }));
    }

    [Test]
    public void PinsInOneRangeSendTheRequestToTheNext()
    {
        CmaArea area = Area();
        MovableMemory tenant = new("w", area);
        tenant.Hold([new FrameRun(2000, 1), new FrameRun(6144, 100)]);
        tenant.Pin(2000);
        CmaDiagnosis why = CmaDiagnosis.Of(area, 2048, 8);
        Assert.That((why.Fits, why.Page, why.BusyWindows, why.Moves), Is.EqualTo((true, 2048, 8, 0)));

        // Pages of the area: 3000 is in the first range, 4096 + 1000 in the second.
        tenant.Hold([new FrameRun(2000, 1), new FrameRun(3000, 1), new FrameRun(6144, 100), new FrameRun(7144, 1)]);
        tenant.Pin(3000);
        PagePin last = tenant.Pin(4096 + 1000).Value;
        Assert.That((last.Frame, last.Page), Is.EqualTo((7144, 5096)));
        why = CmaDiagnosis.Of(area, 2048, 8);
        Assert.That((why.Reason, why.Windows, why.LargestFit, why.FewestPages), Is.EqualTo((Reason.PagesPinned, 10, 2000, 1)));
        Assert.That(area.Allocate(2048, 8).Reason, Is.EqualTo(Reason.PagesPinned));
        Assert.That(area.BusyWindows, Is.EqualTo(10), "nine in the first range, one in the second");
        Assert.That(area.LentPages, Is.EqualTo(3), "the hundred pages have left the window");
        Assert.That(tenant.PagesOutside, Is.EqualTo(100));
    }

    [Test]
    public void APolicySeesTheFreeRunsOfAllRanges()
    {
        CmaArea area = Area(policy: new BestFit());
        Assert.That(area.Allocate(1000, 0).Value, Is.EqualTo(6144), "2048 free pages are a better fit than 4096");
        Assert.That(area.Allocate(1500, 0).Value, Is.Zero);
        Assert.That(CmaDiagnosis.Of(area, 1000, 0).Page, Is.EqualTo(4096 + 1000));
    }

    [Test]
    public void NothingIsReleasedAcrossTwoRanges()
    {
        CmaArea area = Area();
        area.Allocate(4096, 0);
        area.Allocate(2048, 0);
        Assert.That(() => area.Release(4095, 2), Throws.TypeOf<KernelBugException>());
        Assert.That(() => area.Release(5000, 1), Throws.TypeOf<KernelBugException>());
        Assert.That(() => area.Range, Throws.InvalidOperationException);
        area.Release(0, 4096);
        area.Release(6144, 2048);
        Assert.That((area.FreePages, area.MaxChunk), Is.EqualTo((6144L, 4096)));
    }

    // 4096 pages, a hole of 2048, 2048 pages; and 2048 more that are not in the area.
    private static CmaArea Area(Trace? trace = null, CmaPolicy? policy = null)
    {
        trace ??= new Trace();
        PhysicalMemory memory = new(40L << 20, Base, trace, new FrameRun(4096, 2048));
        FrameRun[] pieces = memory.ReservePieces(24L << 20).Value;
        Assert.That(pieces, Is.EqualTo(new[] { new FrameRun(0, 4096), new FrameRun(6144, 2048) }));
        return new CmaArea("cma0", memory, pieces, CmaTests.Kernel("7.3"), trace, policy: policy);
    }

    private static string WithoutPage(string line)
    {
        string[] words = line.Split(' ');
        return string.Join(' ', words.Where(word => !word.StartsWith("page=", StringComparison.Ordinal)));
    }
}
