using System.Text.RegularExpressions;
using DmaBufSim.FieldLogs;
using DmaBufSim.Memory;
using DmaBufSim.Tests.Memory;
using NUnit.Framework;

namespace DmaBufSim.Tests.FieldLogs;

/// <summary>Requests that are put to an area of a log.</summary>
[TestFixture]
public sealed class RequestAnswerTests
{
    private const string Pieces = """
        cma: cma_alloc: alloc failed, req-size: 256 pages, ret: -12
        cma: number of available pages: 4@572+7@585+7@601+8@632+38@730+166@1114+127@1921=> 357 free of 2048 total pages
        """;

    // Commit dbe43d4d, "mm: cma: print allocation failure reason and bitmap status", Jaewon Kim, 2017.
    [Test]
    public void ARequestThatDoesNotFitSevenPieces() => Assert.That(Answer(Pieces, 200, 0), Is.EqualTo("""
          a request of 800KiB, 200 pages in one run from any page:
            fits: no: 357 pages are free, but not enough in one run from any page
            how many of this size fit: 0
            largest request that fits: 664KiB, 166 pages
            fewest pages that must go for it to fit: 34: 34 from bit 1080 on
        """));

    [Test]
    public void ARequestThatFits() => Assert.That(Answer(Pieces, 64, null), Is.EqualTo("""
          a request of 256KiB, 64 pages in one run from a multiple of 64 pages:
            fits: yes, from bit 1152 on
            how many of this size fit: 3
            largest request that fits: 512KiB, 128 pages
        """));

    [TestCase("0 4294967295 0 0", 33, "fits: yes, from bit 64 on")]
    [TestCase("0 4294967295 0 0", 65, "fits: no: 96 pages are free, but not enough in one run")]
    [TestCase("0 4294967295 0 0", 97, "fits: no: 96 pages are free and 97 asked for")]
    [TestCase("0 4294967295 0 0", 129, "fits: no: the area has 128 pages in all")]
    [TestCase("4294967295 4294967295", 1, "fits: no: no page is free and 1 asked for")]
    [TestCase("0 0", 268434433, "no answer: it has more than 268434432 pages")]
    public void Bitmaps(string bitmap, long pages, string answer) =>
        Assert.That(Answer(bitmap + "\n", pages, null), Does.Contain(answer));

    [Test]
    public void TheRangesOfAnAreaAreAskedInTurn()
    {
        const string Log = """
            cma: __cma_alloc_frozen: big: alloc failed, req-size: 9 pages, ret: -16
            cma: number of available pages:
            cma: range 0: 4@0+4@8
            cma: range 1: +8@8
            cma:
            => 16 free of 64 total pages
            """;
        Assert.That(Answer(Log, 8, 0), Does.Contain("fits: yes, from bit 8 of range 1 on").And.Contain("fit: 1"));
        Assert.That(Answer(Log, 12, 0), Does.Contain("fewest pages that must go for it to fit: 4: 4 from bit 4 on"));
    }

    // What is said of a bitmap is what the area would do.
    [Test]
    public void TheAnswerIsThatOfTheArea() => Steps.Check(200, 40, steps =>
    {
        CmaArea area = CmaTests.Area(new FrameRun(2048, 1024), "6.12", 0);
        List<(int Frame, int Pages)> held = [];
        foreach (int number in steps)
        {
            int step = number;
            int pages = 1 + Steps.Below(ref step, 100);
            if (Steps.Below(ref step, 3) == 0 && held.Count > 0)
            {
                area.Release(held[0].Frame, held[0].Pages);
                held.RemoveAt(0);
            }
            else if (area.Allocate(pages, area.AlignmentFor(pages)) is { IsOk: true } got)
            {
                held.Add((got.Value, pages));
            }
        }

        string bitmap = string.Join(' ', Enumerable.Range(0, 32).Select(
            word => (uint)(area.Bitmap[word / 2] >> (word % 2 * 32) & uint.MaxValue)));
        int asked = 1 + (steps[0] % 600);
        string answer = Answer(bitmap + "\n", asked, null);
        int largest = CmaDiagnosis.Of(area, asked).LargestFit;
        string size = Regex.Match(answer, @"largest request that fits: (?:\S+, )?(\d+) page").Groups[1].Value;
        Assert.That(int.Parse(size), Is.EqualTo(largest));
        bool fits = area.Allocate(asked, area.AlignmentFor(asked)) is { IsOk: true } place;
        Assert.That(answer.Contains("fits: yes", StringComparison.Ordinal), Is.EqualTo(fits));
    });

    // A refusal of the log is answered as a request of today is.
    [TestCase("1000@0+1000@1024=> 2000 free of 16384", 2048)]
    [TestCase("1000@0+1200@1024=> 2200 free of 16384", 2048)]
    [TestCase("2100@256=> 2100 free of 16384", 2048)]
    [TestCase("=> 0 free of 16384", 3)]
    [TestCase("1@0=> 1 free of 16384", 16385)]
    public void ARefusalIsAnsweredInFull(string list, int pages)
    {
        string refused = Explain(pages, list, null);
        string asked = Explain(1, list, pages);
        const string Lead = "  the same request to these free pages, if none is lent or pinned:\n";
        string[] answer = refused[(refused.IndexOf(Lead, StringComparison.Ordinal) + Lead.Length)..].Split('\n');
        Assert.That(answer[0], Does.StartWith("    fits: "));
        Assert.That(asked, Does.EndWith(string.Join('\n', answer)));
        Assert.That(Explain(pages, list, pages), Is.EqualTo(refused));
    }

    [Test]
    public void ARefusalIsToldWhichPagesMustGo() =>
        Assert.That(Explain(2048, "1000@0+1000@1024=> 2000 free of 16384", null), Does.Contain("""
              verdict: the area is too full
              the same request to these free pages, if none is lent or pinned:
                fits: no: 2000 pages are free and 2048 asked for
                how many of this size fit: 0
                largest request that fits: 4000KiB, 1000 pages
                fewest pages that must go for it to fit: 48: 24 from bit 1000 on, 24 from
                  bit 2024 on
            """));

    [Test]
    public void OfAListThatIsNotWholeNothingIsCertain()
    {
        string told = Explain(2048, "3@125+1700@2348+12@50", null);
        Assert.That(told, Does.Contain("""
              free: at least 1703 of an unknown number of pages, in at least 2 runs
              longest free run: at least 1700 pages, from bit 2348 on
              most pages in a row from a multiple of 256 pages: at least 1488
            """));
        Assert.That(told, Does.Contain("""
                fits: not known: a run that is missing here may be long enough
                how many of this size fit: at least 0
                largest request that fits: at least 5952KiB, 1488 pages
                fewest pages that must go for it to fit: at most 556: 556 from bit 1792 on
            """));
    }

    // Three of the free pages are missing: too few for the request, and for a longer run.
    [Test]
    public void WhatIsMissingMayBeTooLittleToMatter()
    {
        string told = Explain(64, "20@0+40@64=> 63 free of 1024", null);
        Assert.That(told, Does.Contain("    fits: no: 63 pages are free and 64 asked for\n    how many of this size fit: 0\n"));
        Assert.That(told, Does.Contain("fits: 160KiB, 40 pages\n").And.Contain("at most 24: 24 from bit 104 on"));
    }

    private static string Explain(int refused, string list, long? request)
    {
        LogExplanation explanation = new(request: request);
        KernelLogReader reader = new(
            new StringReader($"cma: cma_alloc: x: alloc failed, req-size: {refused} pages, ret: -12\n"
                + $"cma: number of available pages: {list}{(list.Contains('=') ? " total pages" : "")}\n"),
            new LogMistakes("log"));
        return string.Join('\n', reader.Read().SelectMany(explanation.Next).Concat(explanation.Finish()));
    }

    private static string Answer(string log, long pages, int? align)
    {
        LogExplanation explanation = new(align, 0, pages);
        KernelLogReader reader = new(new StringReader(log), new LogMistakes("log"));
        string all = string.Join('\n', reader.Read().SelectMany(explanation.Next).Concat(explanation.Finish()));
        return all[all.IndexOf("  a request of", StringComparison.Ordinal)..].TrimEnd('\n');
    }
}
