using DmaBufSim.Abi;
using DmaBufSim.Engine;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Tracing;

/// <summary>The trace buffer against the formats of include/trace/events.</summary>
[TestFixture]
public sealed class FtraceTests
{
    private const int HeaderLines = 12;

    [TestCase("6.1", "count=4 align=2", "", "", "0x4ff")]
    [TestCase("6.12", "count=4 align=2", " errorno=-12", " nr_split=0", "0x4ff")]
    [TestCase("7.3", "request_count=4 available_count=90 total_count=100 align=2", " errorno=-12", " nr_split=0", "0x0")]
    public void EachGenerationHasItsFields(string kernel, string start, string errno, string split, string lastPfn)
    {
        SimClock clock = new();
        Ftrace ftrace = new(clock) { Task = new FtraceTask("runner", 7) };
        ftrace.CmaAllocStart("cma0", 4, 90, 100, 2);
        clock.Advance(1_234_567_891);
        ftrace.WindowTried(0x4ff, 3, endsWithMove: false, isStuck: false);
        ftrace.TestPagesIsolated(0x4fe, 0x503, 0x500);
        ftrace.CmaAllocBusyRetry("cma0", 0x4ff, 4);
        ftrace.CmaAllocFinish("cma0", -1, 4, 12);
        ftrace.CmaRelease("cma0", 0x500, 9);
        string[] lines = Lines(ftrace, kernel);
        Assert.That(lines, Is.EqualTo(new[]
        {
            $"          runner-7       [000] .....     0.000000: cma_alloc_start: name=cma0 {start}",
            "          runner-7       [000] .....     1.234567: mm_migrate_pages: nr_succeeded=3 nr_failed=0 "
                + $"nr_thp_succeeded=0 nr_thp_failed=0 nr_thp_split=0{split} mode=MIGRATE_SYNC reason=contig_range",
            "          runner-7       [000] .....     1.234567: test_pages_isolated: start_pfn=0x4fe end_pfn=0x503 "
                + "fin_pfn=0x500 ret=fail",
            "          runner-7       [000] .....     1.234567: cma_alloc_busy_retry: name=cma0 pfn=0x4ff page=* "
                + "count=4 align=2",
            $"          runner-7       [000] .....     1.234567: cma_alloc_finish: name=cma0 pfn={lastPfn} "
                + $"page=* count=4 align=2{errno}",
            "          runner-7       [000] .....     1.234567: cma_release: name=cma0 pfn=0x500 page=* count=9",
        }));
    }

    // The loop of __alloc_contig_migrate_range(): it ends when it has come to the end of the range.
    [TestCase(0, false, false, new[] { 0 })]
    [TestCase(31, false, false, new[] { 31 })]
    [TestCase(32, false, false, new[] { 32, 0 })]
    [TestCase(32, true, false, new[] { 32 })]
    [TestCase(64, true, true, new[] { 32, 32, 0 })]
    [TestCase(70, true, false, new[] { 32, 32, 6 })]
    public void PagesAreMoved32AtATime(int moved, bool endsWithMove, bool isStuck, int[] batches)
    {
        Ftrace ftrace = new(new SimClock());
        ftrace.WindowTried(0, moved, endsWithMove, isStuck);
        Assert.That(ftrace.Records.Select(record => (int)record.Count), Is.EqualTo(batches));
        Assert.That(ftrace.Records.Sum(record => record.First), Is.EqualTo(isStuck ? 1 : 0));
    }

    [Test]
    public void WithoutTracingThereIsTheHeaderAlone()
    {
        string[] lines = [.. FtraceText.Lines(null, KernelProfile.Default)];
        Assert.That(lines, Has.Length.EqualTo(HeaderLines));
        Assert.That(lines[..3], Is.EqualTo(new[] { "# tracer: nop", "#", "# entries-in-buffer/entries-written: 0/0   #P:1" }));
        Assert.That(lines[^2], Is.EqualTo("#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION"));
    }

    [Test]
    public void TheOldestRecordsGoFirst()
    {
        Ftrace ftrace = new(new SimClock());
        for (int i = 0; i < Ftrace.Capacity + 3; i++)
        {
            ftrace.CmaRelease("cma0", i, 1);
        }

        Assert.That(ftrace.Written, Is.EqualTo(Ftrace.Capacity + 3));
        Assert.That(ftrace.Records.Count(), Is.EqualTo(Ftrace.Capacity));
        Assert.That((ftrace.Records.First().Pfn, ftrace.Records.Last().Pfn), Is.EqualTo((3L, Ftrace.Capacity + 2L)));
        Assert.That(
            FtraceText.Lines(ftrace, KernelProfile.Default).ElementAt(2),
            Is.EqualTo("# entries-in-buffer/entries-written: 65536/65539   #P:1"));
    }

    [Test]
    public void APageHasAHashThatIsAlwaysTheSame()
    {
        Ftrace ftrace = new(new SimClock());
        ftrace.CmaRelease("a", 0x400, 1);
        ftrace.CmaRelease("b", 0x400, 1);
        ftrace.CmaRelease("b", 0x401, 1);
        string[] pages =
        [
            .. FtraceText.Lines(ftrace, KernelProfile.Default).Skip(HeaderLines)
                .Select(line => line[(line.IndexOf("page=", StringComparison.Ordinal) + 5)..^8]),
        ];
        Assert.That(pages[0], Does.Match("^00000000[0-9a-f]{8}$"));
        Assert.That((pages[0] == pages[1], pages[1] == pages[2]), Is.EqualTo((true, false)));
    }

    private static string[] Lines(Ftrace ftrace, string kernel) =>
    [
        .. FtraceText.Lines(ftrace, KernelProfile.Find(kernel)!).Skip(HeaderLines)
            .Select(line => System.Text.RegularExpressions.Regex.Replace(line, "page=[0-9a-f]{16} ", "page=* ")),
    ];
}
