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
    [TestCase("0 4294967295 0 0", 97, "fits: no: 96 pages are free")]
    [TestCase("0 4294967295 0 0", 129, "fits: no: the area has 128 pages in all")]
    [TestCase("4294967295 4294967295", 1, "fits: no: no page is free")]
    [TestCase("0 0", 268434433, "no answer: it has more than 268434432 pages")]
    public void Bitmaps(string bitmap, long pages, string answer) =>
        Assert.That(Answer(bitmap, pages, null), Does.Contain(answer));

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
        string answer = Answer(bitmap, asked, null);
        int largest = CmaDiagnosis.Of(area, asked).LargestFit;
        int index = answer.IndexOf("largest", StringComparison.Ordinal);
        Assert.That(index < 0 ? 0 : int.Parse(answer[index..].Split(' ')[5]), Is.EqualTo(largest));
        bool fits = area.Allocate(asked, area.AlignmentFor(asked)) is { IsOk: true } place;
        Assert.That(answer.Contains("fits: yes", StringComparison.Ordinal), Is.EqualTo(fits));
    });

    private static string Answer(string log, long pages, int? align)
    {
        LogExplanation explanation = new(align, 0, pages);
        KernelLogReader reader = new(new StringReader(log), new LogMistakes("log"));
        string all = string.Join('\n', reader.Read().SelectMany(explanation.Next).Concat(explanation.Finish()));
        return all[all.IndexOf("  a request of", StringComparison.Ordinal)..].TrimEnd('\n');
    }
}
