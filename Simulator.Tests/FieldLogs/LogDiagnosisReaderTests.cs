using DmaBufSim.FieldLogs;
using NUnit.Framework;

namespace DmaBufSim.Tests.FieldLogs;

[TestFixture]
public sealed class LogDiagnosisReaderTests
{
    private const string Refused = "cma: cma_alloc: x: alloc failed, req-size: 9 pages, ret: -12\n";
    private const string List = "cma: number of available pages: ";

    [TestCase("cma: cma_alloc: alloc failed, req-size: 9 pages, ret: -12", null)]
    [TestCase("[   12.345678] cma: cma_alloc: reserved: alloc failed, req-size: 9 pages, ret: -12", "reserved")]
    [TestCase("<6>[1.2] cma: __cma_alloc: linux,cma: alloc failed, req-size: 9 pages, ret: -12", "linux,cma")]
    [TestCase("Nov 25 13:00:00 host kernel: cma: __cma_alloc_frozen: a b: alloc failed, req-size: 9 pages, ret: -12", "a b")]
    public void ARefusalOfAnyGeneration(string line, string? name)
    {
        (LoggedArea[] areas, string[] mistakes) = Read(line + "\r\n");
        Assert.That(mistakes, Is.Empty);
        Assert.That(
            (areas.Single().Name, areas[0].Pages, areas[0].Ret, areas[0].HasRuns), Is.EqualTo((name, 9L, -12L, false)));
    }

    [TestCase("")]
    [TestCase("[    1.000000] ")]
    [TestCase("Nov 25 13:00:00 host kernel: ")]
    [TestCase("2026-11-25T13:00:00+0000 host kernel: [    1.000000] ")]
    public void RunsOnLinesOfTheirOwn(string prefix)
    {
        string[] lines =
        [
            Refused.TrimEnd(), List, "cma: range 0: 3@0+3@765", "usb 1-1: new device", "cma: range 1: +4@8", "cma: ",
            "=> 10 free of 4096 total pages", "other",
        ];
        (LoggedArea[] areas, string[] mistakes) = Read(string.Join('\n', lines.Select(line => prefix + line)));
        Assert.That(mistakes, Is.Empty);
        LoggedArea area = areas.Single();
        Assert.That(area.Runs, Is.EqualTo(new LoggedRun[] { new(0, 0, 3), new(0, 765, 3), new(1, 8, 4) }));
        Assert.That((area.Free, area.Total, area.HasRanges, area.IsSound), Is.EqualTo((10L, 4096L, true, true)));
    }

    [Test]
    public void AListThatAnotherMessageCutInTwo()
    {
        (LoggedArea[] areas, string[] mistakes) =
            Read(Refused + List + "3@0\nusb 1-1: new device\n[ 1.0] +3@8\n[ 1.0] +2@16=> 8 free of 64 total pages\n");
        Assert.That(mistakes, Is.Empty);
        Assert.That(areas.Single().Runs, Is.EqualTo(new LoggedRun[] { new(0, 0, 3), new(0, 8, 3), new(0, 16, 2) }));
    }

    [Test]
    public void AListWithoutItsRequest()
    {
        (LoggedArea[] areas, string[] mistakes) = Read(List + "3@0=> 3 free of 64 total pages\n" + Refused + Refused);
        Assert.That(mistakes, Is.Empty);
        Assert.That(areas.Select(area => (area.Line, area.Pages, area.HasRuns)), Is.EqualTo(
            new[] { (1L, 0L, true), (2L, 9L, false), (3L, 9L, false) }));
    }

    [TestCase("3@0+4@1=> 7 free of 64 total pages", "run 4@1 overlaps the one before (if a bit stands for several pages, "
        + "say --order-per-bit); it is not used", "3@0")]
    [TestCase("3@8+4@1=> 7 free of 64 total pages", "run 4@1 comes after one that lies behind it; it is not used", "3@8")]
    [TestCase("3@8+4@61=> 7 free of 64 total pages", "run 4@61 lies beyond the end of the area (64 pages); it is not used", "3@8")]
    [TestCase("3@8+0@20=> 3 free of 64 total pages", "run 0@20 has an impossible number; it is not used", "3@8")]
    [TestCase("3@8=> 4 free of 64 total pages", "the runs add up to 3 pages, and the line says 4", "3@8")]
    [TestCase("3@8=> 65 free of 64 total pages", "'65 free of 64 total pages' cannot be; the two numbers are not used", "3@8")]
    [TestCase("3@8=> 0 free of 0 total pages", "'0 free of 0 total pages' cannot be; the two numbers are not used", "3@8")]
    [TestCase("3@8=> 3 free of 6", "the line breaks off before the total ('=> N free of N total pages')", "3@8")]
    [TestCase("3@8+4@20", "the list of free runs breaks off; its end and the total are missing", "3@8")]
    [TestCase("3@8+4", "'4' is no free run (PAGES@BIT)", "3@8")]
    [TestCase("3@8+x@4=> 3 free of 64 total pages", "'x@4=> 3 free of 64 total pages' is no free run (PAGES@BIT)", "3@8")]
    public void AListThatIsNotSound(string list, string message, string kept)
    {
        (LoggedArea[] areas, string[] mistakes) = Read(Refused + List + list + "\n");
        Assert.That(mistakes, Is.EqualTo(new[] { "log:2: " + message }));
        Assert.That(areas.Single().IsSound, Is.False);
        Assert.That(string.Join('+', areas[0].Runs.Select(run => $"{run.Pages}@{run.Bit}")), Is.EqualTo(kept));
    }

    [Test]
    public void NumbersBeyondAllAreasDoNotOverflow()
    {
        const string Huge = "99999999999999999999999";
        (LoggedArea[] areas, string[] mistakes) =
            Read(Refused + List + $"{Huge}@0+3@{Huge}=> {Huge} free of {Huge} total pages\n");
        Assert.That(areas.Single().Runs, Is.Empty);
        Assert.That(mistakes, Is.EqualTo((string[])
        [
            $"log:2: run '{Huge}@0' has an impossible number; it is not used",
            $"log:2: run '3@{Huge}' has an impossible number; it is not used",
            "log:2: '99999999999999999999999 free of 99999999999999999999999 tota...' cannot be; the two numbers are not used",
        ]));
    }

    [TestCase("req-size: 9 pages", "the line breaks off before the result ('N pages, ret: N')")]
    [TestCase("req-si", "the line breaks off before the result ('N pages, ret: N')")]
    [TestCase("req-size: -5", "the line breaks off before the result ('N pages, ret: N')")]
    [TestCase("req-size: ", "the line breaks off before the result ('N pages, ret: N')")]
    [TestCase("req-size: -5 pages, ret: -12", "no request can have '-5' pages")]
    [TestCase("req-size: 0 pages, ret: -12", "no request can have '0' pages")]
    [TestCase("req-size: 99999999999999999999 pages, ret: -12", "no request can have '99999999999999999999' pages")]
    [TestCase("req-size: 9 pages, ret: 12", "a refusal returns an errno, from -1 to -4095")]
    [TestCase("req-size: 9 pages, ret: -5000", "a refusal returns an errno, from -1 to -4095")]
    public void ARefusalThatIsNotSound(string tail, string message)
    {
        (LoggedArea[] areas, string[] mistakes) = Read("cma: cma_alloc: x: alloc failed, " + tail);
        Assert.That(mistakes, Is.EqualTo(new[] { "log:1: " + message }));
        Assert.That(areas, Has.Length.EqualTo(1));
    }

    // Of the size that ends a line digits may be missing.
    [TestCase("req-size: 20", null)]
    [TestCase("req-size: -5 pages, ret: -12", "-5")]
    [TestCase("req-size: 0 pages, ret: -12", "0")]
    public void TheListBelongsToARequestOfNoPossibleSize(string tail, string? size)
    {
        LoggedArea area = Read("cma: cma_alloc: x: alloc failed, " + tail + "\n" + List + "3@8=> 3 free of 64 total pages\n")
            .Areas.Single();
        Assert.That((area.IsRefusal, area.Pages, area.ImpossibleSize, area.HasRuns), Is.EqualTo((true, 0L, size, true)));
    }

    [TestCase("3@8+4@20=> 7 free of 64 total pages", true, 0L)]
    [TestCase("3@8+4@2=> 7 free of 64 total pages", false, 4L)]
    [TestCase("3@8=> 2 free of 64 total pages", true, 0L)]
    [TestCase("3@8+4@20", false, long.MaxValue)]
    public void AListThatIsNotWhole(string list, bool isWhole, long untold)
    {
        LoggedArea area = Read(Refused + List + list + "\n").Areas.Single();
        Assert.That((area.IsWhole, area.Untold), Is.EqualTo((isWhole, untold)));
    }

    [Test]
    public void TheLastWordOfABitmapMayBeCutOff()
    {
        (LoggedArea[] areas, string[] mistakes) = Read("1 0 427825536");
        Assert.That((areas.Single().Total, areas[0].Free, areas[0].IsEndKnown), Is.EqualTo((64L, 63L, false)));
        Assert.That(mistakes, Is.EqualTo((string[])
            ["log:1: the text ends without a line end: word 3 of the bitmap may be cut off and is not used"]));
    }

    [Test]
    public void ABitThatStandsForSeveralPages()
    {
        (LoggedArea[] areas, string[] mistakes) =
            Read(Refused + List + "8@0+8@3+6@9=> 22 free of 64 total pages\n", orderPerBit: 2);
        Assert.That(mistakes, Is.EqualTo(new[] { "log:2: run 6@9 is no whole number of bits of 4 pages; it is not used" }));
        Assert.That(areas.Single().Runs, Is.EqualTo(new LoggedRun[] { new(0, 0, 8), new(0, 3, 8) }));
    }

    [TestCase("4294967295 255 0 4026531840", null, "84@40")]
    [TestCase("/sys/kernel/debug/cma/reserved/bitmap:1", "reserved", "31@1")]
    [TestCase("cma-0/bitmap:0 0", "cma-0", "64@0")]
    [TestCase("5 0", null, "1@1+61@3")]
    public void ABitmap(string line, string? name, string runs)
    {
        LoggedArea area = Read(line + "\n").Areas.Single();
        Assert.That((area.Name, area.IsBitmap, area.IsWhole), Is.EqualTo((name, true, true)));
        Assert.That(string.Join('+', area.Runs.Select(run => $"{run.Pages}@{run.Bit}")), Is.EqualTo(runs));
    }

    [TestCase("4294967296 1", "word 1 of the bitmap has more than 32 bits; the line is not used")]
    [TestCase("Node 0, zone DMA 99999999999 1", "no zone can have these numbers of free blocks; the line is not used")]
    [TestCase("Node 0, zone DMA 1 -185 3", "'-185' is no number of free blocks; the line is not used")]
    [TestCase("Node 0, zone DMA 1 10x3 3", "'10x3' is no number of free blocks; the line is not used")]
    [TestCase("Node 0, zone      DMA", "the line has no numbers of free blocks; it is not used")]
    [TestCase("Node    0, zone   Normal, type", "'type' is no number of free blocks; the line is not used")]
    [TestCase("Node x, zone   Normal 0 0", "'x' is no number of a node; the line is not used")]
    [TestCase("cma-0/bitmap:42949", "the text ends without a line end: word 1 of the bitmap may be cut off and is not used")]
    public void APseudoFileThatIsNotSound(string line, string message)
    {
        (LoggedArea[] areas, string[] mistakes) = Read(line);
        Assert.That((areas.Length, mistakes.Single()), Is.EqualTo((0, "log:1: " + message)));
    }

    [TestCase("")]
    [TestCase("12")]
    [TestCase("hello")]
    [TestCase("Node 0, zoned 1 2")]
    [TestCase("a Node of trees, zone 1")]
    [TestCase("mem alloc failed")]
    [TestCase("Node 0 DMA: 1*4kB 0*8kB")]
    [TestCase("=> 3 free of 64 total pages")]
    [TestCase("3@8+4@20")]
    public void AStrangeLineIsPassedOver(string line)
    {
        KernelLogReader reader = new(new StringReader(line), new LogMistakes("log"));
        Assert.That(reader.Read(), Is.Empty);
    }

    [Test]
    public void ALineThatIsTooLongIsPassedOver()
    {
        string longest = new('x', KernelLogReader.LongestLine - Refused.TrimEnd().Length);
        string text = new string('1', 5 << 20) + "\n" + longest + Refused + "x" + longest + Refused;
        (LoggedArea[] areas, string[] mistakes) = Read(text);
        Assert.That(areas.Single().Line, Is.EqualTo(2));
        Assert.That(mistakes, Is.EqualTo(new[] { 1, 3 }.Select(
            line => $"log:{line}: a line of more than 1048576 characters; it is passed over")));
    }

    [Test]
    public void MessagesAreCounted()
    {
        string[] mistakes = Read(string.Concat(Enumerable.Repeat("4294967296 1\n", 60))).Mistakes;
        Assert.That((mistakes.Length, mistakes[^1]), Is.EqualTo((51, "log: 10 more of such messages")));
    }

    [Test]
    public void AZeroByteIsNoticed()
    {
        KernelLogReader reader = new(new StringReader("a\n\0b\n" + Refused), new LogMistakes("log"));
        Assert.That(reader.Read().Count(), Is.EqualTo(1));
        Assert.That((reader.BinaryLine, reader.LinesRead), Is.EqualTo((2L, 3L)));
    }

    private static (LoggedArea[] Areas, string[] Mistakes) Read(string log, int orderPerBit = 0)
    {
        LogMistakes mistakes = new("log");
        LoggedArea[] areas = [.. new KernelLogReader(new StringReader(log), mistakes, orderPerBit).Read().Cast<LoggedArea>()];
        return (areas, [.. mistakes.Lines]);
    }
}
