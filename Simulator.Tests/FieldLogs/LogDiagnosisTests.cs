using DmaBufSim.FieldLogs;
using DmaBufSim.Memory;
using DmaBufSim.Tests.Memory;
using NUnit.Framework;

namespace DmaBufSim.Tests.FieldLogs;

/// <summary>What is said of logs, first of all of those that people have posted.</summary>
[TestFixture]
public sealed class LogDiagnosisTests
{
    private const string Vivid = """
        cma: cma_alloc: alloc failed, req-size: 4050 pages, ret: -12
        cma: number of available pages: 72@184+3886@4306=> 3958 free of 8192 total pages
        """;

    // linux-media, 25 Jul 2019, Dafna Hirschfeld, "Re: kernel Warning when using vivid with contiguous dma".
    [Test]
    public void TheSecondFrameOfVividDoesNotFit()
    {
        LogDiagnosis why = Why(Vivid);
        Assert.That(why.Area.Runs, Is.EqualTo(new LoggedRun[] { new(0, 184, 72), new(0, 4306, 3886) }));
        Assert.That((why.Area.Free, why.Area.Total, why.Area.IsSound), Is.EqualTo((3958L, 8192L, true)));
        Assert.That((why.Longest.Pages, why.LongestAligned, why.LargestFit, why.Missing), Is.EqualTo((3886L, 3840L, 3840L, 210L)));
        Assert.That(why.Verdict, Is.EqualTo(LogVerdict.TooFull));
    }

    // Commit dbe43d4d, "mm: cma: print allocation failure reason and bitmap status", Jaewon Kim, 2017.
    [TestCase(0, 166L, 90L)]
    [TestCase(8, 0L, 256L)]
    public void SevenPiecesAreTooSmall(int align, long largest, long missing)
    {
        const string Log = """
            cma: cma_alloc: alloc failed, req-size: 256 pages, ret: -12
            cma: number of available pages: 4@572+7@585+7@601+8@632+38@730+166@1114+127@1921=> 357 free of 2048 total pages
            """;
        LogDiagnosis why = Why(Log, align);
        Assert.That((why.Verdict, why.Longest.Pages), Is.EqualTo((LogVerdict.Fragmented, 166L)));
        Assert.That((why.LargestFit, why.Missing), Is.EqualTo((largest, missing)));
        Assert.That(why.Area.IsSound);
    }

    // linux-mm, 5 Feb 2018, Skidanov: 253,648 pages in a row are free, and 200,000 get -16; one of them was pinned.
    [Test]
    public void ALongRunWithAPinnedPage()
    {
        const string Log = """
            cma: cma_alloc: alloc failed, req-size: 200000 pages, ret: -16
            cma: number of available pages: 253648@8496=> 253648 free of 262144 total pages
            """;
        LogDiagnosis why = Why(Log);
        Assert.That((why.Verdict, why.Missing), Is.EqualTo((LogVerdict.Immovable, 0L)));
        Assert.That(Explain(Log), Does.Contain("verdict: a run was long enough, so pages in it could not be moved"));
    }

    [TestCase(9, -12, "9@1=> 9 free of 8 total pages", LogVerdict.Unknown)]
    [TestCase(9, -12, "8@0=> 8 free of 8 total pages", LogVerdict.TooSmall)]
    [TestCase(9, -12, "8@0=> 8 free of 16 total pages", LogVerdict.TooFull)]
    [TestCase(2, -12, "1@0+1@2=> 2 free of 16 total pages", LogVerdict.Fragmented)]
    [TestCase(4, -12, "4@1=> 4 free of 16 total pages", LogVerdict.Misaligned)]
    [TestCase(4, -16, "4@4=> 4 free of 16 total pages", LogVerdict.Immovable)]
    [TestCase(4, -12, "4@4=> 4 free of 16 total pages", LogVerdict.NoRoomToMigrate)]
    [TestCase(4, -22, "4@4=> 4 free of 16 total pages", LogVerdict.Unknown)]
    [TestCase(4, -4, "4@4=> 4 free of 16 total pages", LogVerdict.Interrupted)]
    [TestCase(4, -12, "=> 0 free of 16 total pages", LogVerdict.TooFull)]
    [TestCase(4, -12, "2@0+1@", LogVerdict.Unknown)]
    public void EveryVerdict(int pages, int ret, string runs, LogVerdict verdict)
    {
        string log = $"cma: cma_alloc: x: alloc failed, req-size: {pages} pages, ret: {ret}\n"
            + $"cma: number of available pages: {runs}\n";
        Assert.That(Why(log).Verdict, Is.EqualTo(verdict));
        Assert.That(Explain(log), Does.Contain("  verdict: "));
    }

    [Test]
    public void OlderKernelsContradictAFragmentedAreaWithBusy()
    {
        const string Log = "cma: cma_alloc: x: alloc failed, req-size: 4 pages, ret: -16\n"
            + "cma: number of available pages: 4@1=> 4 free of 16 total pages\n";
        Assert.That(Explain(Log).Replace("\n    ", " ", StringComparison.Ordinal), Does.Contain("but -16 says that a run was found"));
    }

    [Test]
    public void TheWholeExplanation() => Assert.That(Explain(Vivid + "\n" + Vivid + "\n" + Vivid), Is.EqualTo("""
        line 1: 4050 pages asked of an area, refused with -12 (ENOMEM)
          asked for: 16200KiB, 4050 pages in one run from a multiple of 256 pages
          free: 3958 of 8192 pages, in 2 runs
          longest free run: 3886 pages, from bit 4306 on
          most pages in a row from a multiple of 256 pages: 3840
          verdict: the area is too full
          the same request to these free pages, if none is lent or pinned:
            fits: no: 3958 pages are free and 4050 asked for
            how many of this size fit: 0
            largest request that fits: 15MiB, 3840 pages
            fewest pages that must go for it to fit: 210: 210 from bit 4096 on
          the same 2 times more, last in line 5

        """));

    private static string Failure(int pages, int free) =>
        $"cma: cma_alloc: x: alloc failed, req-size: {pages} pages, ret: -12\n"
        + $"cma: number of available pages: {free}@0=> {free} free of 4096 total pages\n";

    // A, B, A: only neighbours are joined where all is told.
    [Test]
    public void FailuresThatAreTheSameAreToldOnce()
    {
        string log = Failure(500, 400) + Failure(500, 300) + Failure(500, 400) + Failure(500, 400);
        string told = Explain(log);
        Assert.That(told.Split('\n').Where(line => line.StartsWith("line", StringComparison.Ordinal)), Has.Exactly(2).Items);
        Assert.That(told, Does.Contain("  the same 2 times more, last in line 7\n\nline 3: 500 pages asked of area 'x'"));
        string all = Explain(log, tellsAll: true);
        Assert.That(all, Does.Contain("line 3: ").And.Contain("line 5: ").And.Contain("the same once more, last in line 7\n"));
    }

    [Test]
    public void OfManyThatDifferTheFirstAreTold()
    {
        string log = string.Concat(Enumerable.Range(1, 110).Select(free => Failure(500, free)))
            + Failure(900, 1) + Failure(900, 2) + string.Concat(Enumerable.Range(0, 30).Select(i => Failure(1000 + i, 3)));
        string told = Explain(log);
        Assert.That(told.Split('\n').Count(line => line.StartsWith("line ", StringComparison.Ordinal)), Is.EqualTo(100));
        Assert.That(told, Does.EndWith("""

            42 more that differ from these 100, in lines 201 to 283; with --all each of them
              is told:
              10 times: 500 pages asked of area 'x', refused with -12 (ENOMEM)
              2 times: 900 pages asked of area 'x', refused with -12 (ENOMEM)
              once: 1000 pages asked of area 'x', refused with -12 (ENOMEM)
            """.ReplaceLineEndings("\n")
            + string.Concat(Enumerable.Range(1001, 17).Select(pages =>
                $"\n  once: {pages} pages asked of area 'x', refused with -12 (ENOMEM)"))
            + "\n  12 times: something else\n"));
        string all = Explain(log, tellsAll: true);
        Assert.That(all.Split('\n').Count(line => line.StartsWith("line ", StringComparison.Ordinal)), Is.EqualTo(142));
    }

    [Test]
    public void WithoutAListTheResultAloneIsExplained()
    {
        string log = Explain("cma: cma_alloc: reserved: alloc failed, req-size: 9 pages, ret: -16\n"
            + "cma: cma_alloc: reserved: alloc failed, req-size: 9 pages, ret: -12\n"
            + "cma: cma_alloc: reserved: alloc failed, req-size: 9 pages, ret: -22\n");
        Assert.That(log, Does.Contain("-16 alone:").And.Contain("-12 alone:").And.Contain("-22 (EINVAL)"));
        Assert.That(log, Does.Contain("CONFIG_CMA_DEBUG").And.Contain("the text does not tell enough"));
    }

    [Test]
    public void OtherFilesAreExplained()
    {
        string text = Explain("0 4294967295 65535 0\nNode 0, zone   Normal  1 0 2\nNode 1, zone Empty 0 0\n");
        Assert.That(text, Does.Contain("line 1: the bitmap of an area\n  free: 80 of 128 pages, in 2 runs"));
        Assert.That(text, Does.Contain("line 2: zone 'Normal' of node 0\n  free: 36KiB, 9 pages"));
        Assert.That(text, Does.Contain("line 3: zone 'Empty' of node 1\n  free: 0 pages\n  no free block"));
        Assert.That(text, Does.Contain("largest request that may fit: 128KiB, 32 pages"));
    }

    [Test]
    public void ARequestOfNoPossibleSizeIsTold() =>
        Assert.That(Explain("cma: cma_alloc: x: alloc failed, req-size: -5 pages, ret: -12\n"), Does.StartWith(
            "line 1: '-5' pages, which no request can have, asked of area 'x', refused with\n  -12 (ENOMEM)\n"));

    // Equal in all but the places of the runs, so that the pages that must go differ.
    [Test]
    public void ListsThatDifferOnlyInTheirPlacesAreNotTheSame()
    {
        string log = string.Concat(new[] { 0, 8, 8 }.Select(bit => "cma: cma_alloc: x: alloc failed, req-size: 4 pages, ret: -12\n"
            + $"cma: number of available pages: 1@1+2@{16 + bit}=> 3 free of 64 total pages\n"));
        Assert.That(Explain(log, align: 1), Does.Contain("2: 2 from bit 14 on\n\nline 3: ")
            .And.Contain("2: 2 from bit 22 on\n  the same once more, last in line 5"));
    }

    [TestCase(null, 0)]
    [TestCase(4, 2)]
    public void NoLineIsLongerThanATerminal(int? align, int perBit)
    {
        IEnumerable<string> limits = new LogExplanation(align, perBit).Limits;
        Assert.That(limits.Concat(Explain(Vivid).Split('\n')).Max(line => line.Length), Is.LessThanOrEqualTo(80));
    }

    [Test]
    public void WhatOurAreasLogIsReadBack() => Steps.Check(400, 60, steps =>
    {
        int step = steps[0];
        string kernel = new[] { "6.1", "6.12", "7.3" }[Steps.Below(ref step, 3)];
        int perBit = Steps.Below(ref step, 3);
        int count = (1 + Steps.Below(ref step, 1500)) << perBit;
        CmaArea area = CmaTests.Area(new FrameRun(2048, count), kernel, perBit);
        List<(int Frame, int Pages)> held = [];
        foreach (int number in steps)
        {
            step = number;
            int pages = 1 + Steps.Below(ref step, 60);
            if (area.Allocate(pages, Steps.Below(ref step, 9)) is { IsOk: true } frame)
            {
                held.Add((frame.Value, pages));
            }

            if (Steps.Below(ref step, 2) == 0 && held.Count > 0)
            {
                int index = Steps.Below(ref step, held.Count);
                area.Release(held[index].Frame, held[index].Pages);
                held.RemoveAt(index);
            }
        }

        int request = Math.Min(area.MaxChunk + 1, count);
        int before = area.Log.Count;
        if (area.Allocate(request, area.AlignmentFor(request)).IsOk)
        {
            return;
        }

        LogMistakes mistakes = new("log");
        string log = string.Join('\n', area.Log.Skip(before).Select(line => $"[    1.000000] {line}"));
        KernelLogReader reader = new(new StringReader(log), mistakes, perBit);
        LoggedArea read = (LoggedArea)reader.Read().Single();
        Assert.That(mistakes.Lines, Is.Empty);
        Assert.That((read.Pages, read.Free, read.Total), Is.EqualTo(((long)request, area.FreePages, (long)count)));
        Assert.That((read.Name, read.Ret), Is.EqualTo(("cma0", kernel == "7.3" ? -16L : -12L)));
        Assert.That((read.IsSound, read.HasRuns, read.HasRanges), Is.EqualTo((true, true, kernel == "7.3")));
        Assert.That(read.Runs, Is.EqualTo(FreeRuns(area)));

        // Where nothing is lent, the log tells as much as the area itself.
        LogDiagnosis why = new(read, orderPerBit: perBit);
        CmaDiagnosis truth = CmaDiagnosis.Of(area, request);
        Assert.That((why.LargestFit, why.AlignOrder), Is.EqualTo(((long)truth.LargestFit, truth.AlignOrder)));
        Assert.That(why.Longest.Pages, Is.EqualTo(area.MaxChunk));
        Assert.That(why.Missing, Is.Positive);
    });

    private static IEnumerable<LoggedRun> FreeRuns(CmaArea area)
    {
        int bits = area.Range.Count >> area.OrderPerBit;
        bool IsFree(int bit) => !area.IsAllocated(area.Range.First + (bit << area.OrderPerBit));
        for (int bit = 0; bit < bits; bit++)
        {
            int start = bit;
            while (bit < bits && IsFree(bit))
            {
                bit++;
            }

            if (bit > start)
            {
                yield return new LoggedRun(0, start, (long)(bit - start) << area.OrderPerBit);
            }
        }
    }

    private static LogDiagnosis Why(string log, int? align = null) => new(
        (LoggedArea)new KernelLogReader(new StringReader(log), new LogMistakes("log")).Read().Single(), align);

    private static string Explain(string log, bool tellsAll = false, int? align = null)
    {
        LogExplanation explanation = new(align, tellsAll: tellsAll);
        KernelLogReader reader = new(new StringReader(log), new LogMistakes("log"));
        return string.Join('\n', reader.Read().SelectMany(explanation.Next).Concat(explanation.Finish()));
    }
}
