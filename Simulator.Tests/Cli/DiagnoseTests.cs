using NUnit.Framework;

namespace DmaBufSim.Tests.Cli;

[TestFixture]
public sealed class DiagnoseTests : CommandTests
{
    private const string Log = """
        cma: cma_alloc: x: alloc failed, req-size: 4 pages, ret: -12
        cma: number of available pages: 4@1+2@9=> 7 free of 16 total pages

        """;

    [Test]
    public void ALogIsExplained()
    {
        Write("kern.log", Log);
        Called called = CommandLine.CallIn(Folder, "", "diagnose", "kern.log");
        Assert.That(called.Code, Is.Zero);
        Assert.That(called.Error, Is.EqualTo("kern.log:2: the runs add up to 6 pages, and the line says 7\n"));
        Assert.That(called.Output, Does.StartWith("line 1: 4 pages asked of area 'x', refused with -12 (ENOMEM)\n"));
        Assert.That(called.Output, Does.Contain("  verdict: a run is long enough, but none from a multiple of 4 pages\n"));
        Assert.That(called.Output, Does.Contain("what the text does not tell:\n"));
    }

    [Test]
    public void ALongLogIsToldInPart()
    {
        Write("kern.log", string.Concat(Enumerable.Range(2, 200).Select(pages =>
            $"cma: cma_alloc: x: alloc failed, req-size: {pages} pages, ret: -12\n")));
        Called part = CommandLine.CallIn(Folder, "", "diagnose", "kern.log");
        Assert.That((part.Code, part.Error), Is.EqualTo((0, "")));
        Assert.That(part.Output, Does.Contain("\n100 more that differ from these 100, in lines 101 to 200; with --all "));
        Assert.That(part.Output, Does.Not.Contain("line 101: "));
        Called all = CommandLine.CallIn(Folder, "", "diagnose", "kern.log", "--all");
        Assert.That(all.Output, Does.Contain("line 101: ").And.Contain("line 200: ").And.Not.Contain("--all"));
    }

    [Test]
    public void StandardInputAndAnAlignment()
    {
        Called called = CommandLine.CallIn(Folder, Log, "diagnose", "-", "--align", "0");
        Assert.That((called.Code, called.Error.StartsWith("-:2: ", StringComparison.Ordinal)), Is.EqualTo((0, true)));
        Assert.That(called.Output, Does.Contain("  asked for: 16KiB, 4 pages in one run from any page\n"));
    }

    [TestCase("", "kern.log: the file is empty\n")]
    [TestCase("nothing\n", "kern.log: nothing to explain: no line is one of those that are read\n")]
    [TestCase("ELF\0\u0001\n", "kern.log: nothing to explain: this is no text, line 1 has a zero byte\n")]
    public void NothingIsFound(string text, string message)
    {
        Write("kern.log", text);
        Called called = CommandLine.CallIn(Folder, "", "diagnose", "kern.log");
        Assert.That((called.Code, called.Output), Is.EqualTo((2, "")));
        Assert.That(called.Error, Does.StartWith(message + "What is read:\n"));
        Assert.That(called.Error.Split('\n').Max(line => line.Length), Is.LessThanOrEqualTo(80));
        Assert.That(called.Error, Does.EndWith("  the lines of /proc/buddyinfo and /proc/pagetypeinfo\n"));
    }

    [TestCase("gone.log", "there is no such file")]
    [TestCase(".", "this is a folder, not a file")]
    [TestCase("", "an empty name is no file")]
    public void AFileThatCannotBeRead(string path, string why)
    {
        Called called = CommandLine.CallIn(Folder, "", "diagnose", path);
        Assert.That((called.Code, called.Output, called.Error), Is.EqualTo((2, "", $"{path}: {why}\n")));
    }

    private const string Zone = "Node 0, zone   Normal   1   0   3\nNode 1, zone   Normal   1   0   3\n";
    private const string Alone = "cma: cma_alloc: x: alloc failed, req-size: 4 pages, ret: -12\n";

    [TestCase(Zone, "--request", "8MiB", "--request is for areas: ")]
    [TestCase(Zone, "--align", "0", "--align is for requests to areas; ")]
    [TestCase(Zone, "--order-per-bit", "0", "--order-per-bit is for areas: ")]
    [TestCase(Alone, "--request", "8MiB", "--request is for areas: ")]
    [TestCase(Alone, "--order-per-bit", "1", "--order-per-bit is for areas: ")]
    [TestCase(Trace, "--align", "0", "--align is for requests: of a trace, for the one that --request names\n")]
    [TestCase(Trace, "--order-per-bit", "1", "--order-per-bit is for areas: ")]
    public void AnOptionThatCouldChangeNothing(string text, string option, string value, string message)
    {
        Called called = CommandLine.CallIn(Folder, text, "diagnose", "-", "--all", option, value);
        Assert.That((called.Code, called.Output), Is.EqualTo((2, "")));
        Assert.That(called.Error, Does.StartWith("-: " + message));
    }

    [TestCase(Zone + Log, "--request", "8MiB")]
    [TestCase(Zone + Log, "--order-per-bit", "0")]
    [TestCase(Zone + Alone, "--align", "0")]
    [TestCase(Zone + Trace, "--request", "8MiB")]
    public void AnOptionThatIsForALaterPart(string text, string option, string value)
    {
        Called called = CommandLine.CallIn(Folder, text, "diagnose", "-", "--all", option, value);
        Assert.That(called.Code, Is.Zero);
        Assert.That(called.Output, Does.StartWith("line 1: zone 'Normal'"));
    }

    [TestCase("--align", "x")]
    [TestCase("--align", "-1")]
    [TestCase("--order-per-bit", "21")]
    public void AnOrderThatIsNone(string option, string word)
    {
        Called called = CommandLine.CallIn(Folder, "", "diagnose", "kern.log", option, word);
        Assert.That(called.Code, Is.EqualTo(2));
        Assert.That(called.Error, Does.Contain($"{option}: '{word}' is no number from 0 to 20"));
    }

    private const string Trace = """
           t-1       [000] .....     1.000000: cma_alloc_start: name=a request_count=256 available_count=4000 total_count=4096 align=8
           t-1       [000] .....     1.000100: mm_migrate_pages: nr_succeeded=31 nr_failed=0 mode=MIGRATE_SYNC reason=contig_range
           t-1       [000] .....     1.000200: test_pages_isolated: start_pfn=0x43000 end_pfn=0x43100 fin_pfn=0x43064 ret=fail
           t-1       [000] .....     1.000300: cma_alloc_busy_retry: name=a pfn=0x43000 page=000000008d904e91 count=256 align=8
           t-1       [000] .....     1.001500: cma_alloc_finish: name=a pfn=0x43100 page=00000000ab4aad7e count=256 align=8 errorno=0
           t-2       [000] .....     1.002000: cma_alloc_start: name=a request_count=4096 available_count=3744 total_count=4096 align=8
           t-2       [000] .....     1.002001: cma_alloc_finish: name=a pfn=0x0 page=0000000000000000 count=4096 align=8 errorno=-16

        """;

    [Test]
    public void ATraceIsExplainedAndAsked()
    {
        Called called = CommandLine.CallIn(Folder, Trace, "diagnose", "-", "--request", "2048p");
        Assert.That((called.Code, called.Error), Is.EqualTo((0, "")));
        Assert.That(called.Output, Does.StartWith("""
            lines 1 to 7: a trace of area 'a'
              requests: 1 granted, 1 refused; releases: 0
              busy windows: 1; pages moved: 31
              the area has 4096 pages; it seems to begin at page frame 0x43000
              handed out at the end: 256 pages in 1 run
                0x43100+256 since line 5 by t-1
              known not to be handed out: 256 pages in 1 run, the longest 256
              96 pages are handed out since before the trace; which ones is not told.
              requests with the most busy windows:
                1.500 ms: line 1: 256 pages, align 8 for t-1, 1 busy window, 31 pages moved,
                  then 0x43100
                  busy: 0x43000 (0x43064 in the way)
              slowest requests:
                1 us: line 6: 4096 pages, align 8 for t-2, 0 busy windows, 0 pages moved,
                  refused with -16 (EBUSY)
              refused requests:
                line 6: 4096 pages, align 8 for t-2 with -16 (EBUSY): only 3744 pages were
                  available
              a request of 8MiB, 2048 pages in one run from a multiple of 256 pages, if all
                pages that the trace does not tell of are handed out:
                fits: no: 256 pages are free and 2048 asked for
                how many of this size fit: 0
                largest request that fits: 1MiB, 256 pages
                fewest pages that must go for it to fit: 1792: 1792 from page frame 0x43100
                  on
              and if they are all free:
                fits: yes, from page frame 0x43200 on
                how many of this size fit: 1
                largest request that fits: 14MiB, 3584 pages

            what the text does not tell:

            """));
        Assert.That(called.Output.Split('\n').Max(line => line.Length), Is.LessThanOrEqualTo(80));
    }

    [Test]
    public void ATraceOfOneLineWithOnePage()
    {
        string text = "t-1 [000] ..... 1.000000: cma_release: name=a pfn=0x402 page=0 count=1\n"
            + "t-1 [000] ..... 1.000000: cma_alloc_start: name=a count=409\n";
        Called called = CommandLine.CallIn(Folder, text, "diagnose", "-");
        Assert.That(called.Output, Does.StartWith("line 1: a trace of area 'a'\n"));
        Assert.That(called.Output, Does.Contain("  1 page went back that was handed out before the trace began.\n"));
        Assert.That(called.Error, Is.EqualTo(
            "-:2: cma_alloc_start: the line breaks off before align=; the event is not used\n"));
    }

    [Test]
    public void ARequestToALog()
    {
        Called called = CommandLine.CallIn(Folder, Log, "diagnose", "-", "--request", "5KiB");
        Assert.That(called.Output, Does.Contain("  a request of 8KiB, 2 pages in one run from a multiple of 2 pages:\n"
            + "    fits: yes, from bit 2 on\n"));
    }

    [TestCase("8")]
    [TestCase("8MB")]
    [TestCase("-8MiB")]
    [TestCase("0p")]
    [TestCase("MiB")]
    public void ARequestThatIsNoSize(string size)
    {
        Called called = CommandLine.CallIn(Folder, "", "diagnose", "kern.log", $"--request={size}");
        Assert.That(called.Code, Is.EqualTo(2));
        Assert.That(called.Error, Does.Contain($"--request: '{size}' is no size with a unit, as 8MiB, 64KiB or 2048p"));
    }
}
