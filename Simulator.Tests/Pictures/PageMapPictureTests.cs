using System.Globalization;
using System.Xml.Linq;
using DmaBufSim.Machines;
using DmaBufSim.Memory;
using DmaBufSim.Pictures;
using DmaBufSim.Tests.Support;
using NUnit.Framework;
using SkiaSharp;

namespace DmaBufSim.Tests.Pictures;

[TestFixture]
public sealed class PageMapPictureTests
{
    [Test]
    public void ACellHasTheColourOfItsPage([Values(1, 2, 3)] int seed)
    {
        BusyMachine busy = new(seed);
        PageMap map = PageMap.Of(busy.Machine, busy.Area);
        CellGrid grid = new(map.PageCount);
        Assert.That((grid.Group, grid.Cells, grid.Columns, grid.Rows), Is.EqualTo((1, 2048, 64, 32)));
        using SKBitmap bitmap = SKBitmap.Decode(PageMapPicture.Draw(map).ToPng());
        foreach (PageRun run in map.Runs)
        {
            for (int page = run.First; page < run.First + run.Count; page++)
            {
                (int x, int y) = PageMapPicture.CornerOf(grid, page);
                uint colour = Palette.Of(run.Use, run.Inode);
                Assert.That(ColourAt(bitmap, x, y), Is.EqualTo(colour));
                Assert.That(ColourAt(bitmap, x + grid.Side - 1, y + grid.Side - 1), Is.EqualTo(colour));
                Assert.That(ColourAt(bitmap, x + grid.Side, y), Is.EqualTo(Palette.Paper));
            }
        }
    }

    [Test]
    public void ADarkLineIsWhereTheNextRangeBegins()
    {
        BusyMachine busy = new(2, inPieces: true);
        PageMap map = PageMap.Of(busy.Machine, busy.Area);
        CellGrid grid = new(map.PageCount);
        Drawing drawing = PageMapPicture.Draw(map);
        Assert.That(drawing.Title, Does.Contain("in 2 ranges, from physical address 0x100400000, 0x100c00000 on"));
        using SKBitmap bitmap = SKBitmap.Decode(drawing.ToPng());
        foreach (int page in (int[])[64, 1024, 1024 + 64])
        {
            (int x, int y) = PageMapPicture.CornerOf(grid, page);
            Assert.That(ColourAt(bitmap, x, y - 1), Is.EqualTo(page == 1024 ? Palette.Ink : Palette.Paper));
            Assert.That(ColourAt(bitmap, x + (63 * grid.Pitch), y - 1), Is.EqualTo(page == 1024 ? Palette.Ink : Palette.Paper));
        }

        busy = new BusyMachine(2);
        Assert.That(PageMapPicture.Draw(PageMap.Of(busy.Machine, busy.Area)).Marks.Select(mark => mark.Part), Does.Not.Contain("ranges"));
    }

    [Test]
    public void TheSvgHasACellForEachPage()
    {
        BusyMachine busy = new(4);
        PageMap map = PageMap.Of(busy.Machine, busy.Area);
        XElement svg = Drawings.FilesAreSound(() => PageMapPicture.Draw(map, "story.heap, after line 3"));
        XElement[] cells = [.. Drawings.Rects(svg, "cells")];
        Assert.That(cells, Has.Length.EqualTo(map.PageCount));
        long pinned = cells.Count(cell => cell.Attribute("fill")!.Value == "#d55e00");
        Assert.That(pinned, Is.EqualTo(map.Pages(PageUse.Pinned)));
    }

    [Test]
    public void ALargeAreaShowsGroupsAndEveryPin()
    {
        const int pages = 1 << 20;
        Machine machine = (Box.Empty with { Memory = 8L << 30 }).Area("big", (long)pages << 12).Build();
        CmaArea area = machine.Areas[0];
        MovableMemory tenant = new("browser", area);
        tenant.Hold([new FrameRun(area.Range.First, pages / 2)]);
        int[] pins = [0, 63, 64, 4711, 100_000, (pages / 2) - 1];
        foreach (int pin in pins)
        {
            Assert.That(tenant.Pin(pin).IsOk);
        }

        CellGrid grid = new(pages);
        Drawing drawing = PageMapPicture.Draw(PageMap.Of(machine, area));
        using SKBitmap bitmap = SKBitmap.Decode(drawing.ToPng());
        HashSet<int> pinned = [.. pins.Select(pin => pin / 64)];
        Assert.That((grid.Group, grid.Cells), Is.EqualTo((64, CellGrid.MostCells)));
        for (int cell = 0; cell < grid.Cells; cell++)
        {
            (int left, int y) = PageMapPicture.CornerOf(grid, cell);
            int orange = Enumerable.Range(left, grid.Side).Count(x => ColourAt(bitmap, x, y + 3) == Palette.Vermilion);
            Assert.That(orange, Is.EqualTo(pinned.Contains(cell) ? grid.Side / 2 : 0), $"cell {cell}");
        }

        Drawings.TextIsReadable(drawing);
        Assert.That(Drawings.Texts(drawing), Has.Some.Contains("a cell is 64 pages, 256KiB"));
        Assert.That(Drawings.Texts(drawing), Is.SupersetOf((string[])["movable, pinned", "6", "524,282", "2GiB"]));
    }

    [TestCase(1, 1, 1)]
    [TestCase(512, 1, 512)]
    [TestCase(16384, 1, 16384)]
    [TestCase(16385, 2, 8193)]
    [TestCase(1 << 20, 64, 16384)]
    [TestCase(1 << 28, 16384, 16384)]
    public void GroupsAreAsSmallAsCanBeShown(int pages, int group, int cells)
    {
        CellGrid grid = new(pages);
        Assert.That((grid.Group, grid.Cells), Is.EqualTo((group, cells)));
        Assert.That(grid.Rows * grid.Columns, Is.InRange(cells, cells + grid.Columns - 1));
    }

    [Test]
    public void StripsShareTheCell()
    {
        Assert.That(Widths((PageUse.Free, 64)), Is.EqualTo("Free6"));
        Assert.That(Widths((PageUse.Free, 63), (PageUse.Movable, 1)), Is.EqualTo("Movable1 Free5"));
        Assert.That(Widths((PageUse.Free, 32), (PageUse.Movable, 32)), Is.EqualTo("Movable3 Free3"));
        Assert.That(Widths((PageUse.Free, 63), (PageUse.Pinned, 1)), Is.EqualTo("Pinned3 Free3"));
        Assert.That(Widths((PageUse.Pinned, 64)), Is.EqualTo("Pinned6"));
        (PageUse, int)[] many =
            [(PageUse.Free, 20), (PageUse.Reserved, 20), (PageUse.Movable, 20), (PageUse.Kernel, 3)];
        Assert.That(Widths(many), Is.EqualTo("Kernel1 Movable2 Reserved2 Free1"));
        Assert.That(Widths([.. many, (PageUse.Pinned, 1)]), Is.EqualTo("Pinned3 Movable1 Reserved1 Free1"));
    }

    [Test]
    public void TextIsReadableWhateverTheNames()
    {
        string wide = new('W', 60);
        Machine machine = Box.Empty.Area(wide, 16 << 20).Heap("cma", "cma", on: wide).Build();
        for (int i = 0; i < 40; i++)
        {
            int buffer = machine.Alloc("cma", 4096 * (i + 1));
            machine.First.SetName(buffer, i % 2 == 0 ? new string('W', 31) : "<&\u0001\uD800>");
        }

        PageMap map = PageMap.Of(machine, machine.Areas[0]);
        Drawing drawing = PageMapPicture.Draw(map, new string('M', 300));
        Drawings.TextIsReadable(drawing);
        Drawings.FilesAreSound(() => PageMapPicture.Draw(map, new string('M', 300)));
        Assert.That(Drawings.Texts(drawing), Has.Some.EqualTo("and 24 smaller buffers"));
        Assert.That(Drawings.Texts(drawing), Has.Some.Contains("<&\uFFFD\uFFFD>"));
        foreach (PageUse use in Enum.GetValues<PageUse>())
        {
            string count = map.Pages(use).ToString("N0", CultureInfo.InvariantCulture);
            Assert.That(Drawings.Texts(drawing), Has.Some.EqualTo(count));
        }
    }

    [Test]
    public void ASequenceHasAPage()
    {
        string page = SequencePage.Write(
            "<a&b>", [new("map-0001.png", "before"), new("a 'b\"-0002.svg", "after line 1: <x>")]);
        Assert.That(page, Does.Contain("<title>&lt;a&amp;b&gt;</title>"));
        Assert.That(page, Does.Contain("<li><a href=\"a%20%27b%22-0002.svg\">after line 1: &lt;x&gt;</a></li>"));
        Assert.That(page, Does.Not.Contain("http"));
    }

    private static string Widths(params (PageUse Use, int Pages)[] parts)
    {
        Dictionary<uint, PageUse> uses = parts.ToDictionary(part => Palette.Of(part.Use, 0), part => part.Use);
        List<Strip> strips = CellGrid.Share(
            [.. parts.Select(part => (Palette.Of(part.Use, 0), part.Use, part.Pages))], 6);
        return string.Join(' ', strips.Select(strip => $"{uses[strip.Colour]}{strip.Width}"));
    }

    private static uint ColourAt(SKBitmap bitmap, int x, int y) => (uint)bitmap.GetPixel(x, y) & 0xFFFFFF;
}
