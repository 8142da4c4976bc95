using DmaBufSim.Abi;
using DmaBufSim.Machines;
using DmaBufSim.Memory;
using static System.FormattableString;

namespace DmaBufSim.Pictures;

/// <summary>
/// Draws the map of an area or a machine: a cell for each page or group of pages, with axes and a legend.
/// </summary>
/// <remarks>
/// Up to 16 Ki pages a cell is one page; beyond that it is a group of as few as are needed, and shows in strips what
/// its pages are used for.
/// </remarks>
public static class PageMapPicture
{
    private const int Margin = 20;
    private const int LabelWidth = 150;
    private const int GridTop = 118;
    private const int GridLeft = Margin + LabelWidth;
    private const int LegendGap = 36;
    private const int SmallestGrid = 448;
    private const int TickLength = 5;
    private const int RowLabelGap = 40;
    private const int ColumnLabelGap = 72;

    /// <summary>Draws a map.</summary>
    /// <param name="map">The map.</param>
    /// <param name="caption">When and where it was taken, in one line; null for none.</param>
    public static Drawing Draw(PageMap map, string? caption = null)
    {
        CellGrid grid = new(map.PageCount);
        int gridWidth = Math.Max(SmallestGrid, grid.Columns * grid.Pitch);
        int legendLeft = GridLeft + gridWidth + LegendGap;
        int bottom = Math.Max(GridTop + (grid.Rows * grid.Pitch), GridTop + PageMapLegend.Height);
        Drawing drawing = new(legendLeft + PageMapLegend.Width + Margin, bottom + Margin, TitleOf(map));
        DrawHead(drawing, map, grid, caption);
        DrawAxes(drawing, grid);
        drawing.Begin("cells");
        foreach ((int cell, List<Strip> strips) in grid.Walk(map))
        {
            (int x, int y) = CornerOf(grid, cell);
            foreach (Strip strip in strips)
            {
                drawing.Box(x, y, strip.Width, grid.Side, strip.Colour);
                x += strip.Width;
            }
        }

        DrawRanges(drawing, map, grid);
        drawing.Begin("legend");
        PageMapLegend.Draw(drawing, map, legendLeft, GridTop);
        return drawing;
    }

    /// <summary>The top left corner of a cell.</summary>
    internal static (int X, int Y) CornerOf(CellGrid grid, int cell) =>
        (GridLeft + (cell % grid.Columns * grid.Pitch), GridTop + (cell / grid.Columns * grid.Pitch));

    private static string TitleOf(PageMap map)
    {
        string what = map.Area is { } area ? $"Area {area}" : "The whole memory";
        string pages = Invariant($"{map.PageCount:N0} pages, {Bytes(map.PageCount)}");
        string ranges = map.Ranges.Length == 1 ? "" : Invariant($" in {map.Ranges.Length} ranges,");
        string places = string.Join(", ", map.Addresses.Select(address => Invariant($"0x{address:x}")));
        return Invariant($"{what}: {pages},{ranges} from physical address {places} on");
    }

    private static void DrawHead(Drawing drawing, PageMap map, CellGrid grid, string? caption)
    {
        int widest = drawing.Width - (2 * Margin);
        drawing.Begin("head");
        drawing.Text(TitleOf(map), Margin, 34, 20, widest: widest);
        drawing.Text(caption ?? "", Margin, 58, 13, widest: widest, colour: Palette.Faint);
        string cell = grid.Group == 1
            ? "a cell is one page, 4KiB"
            : Invariant($"a cell is {grid.Group} pages, {Bytes(grid.Group)}, a strip of it for each use, ")
                + "and half of it for pinned pages, even if only one is pinned";
        long row = (long)grid.Columns * grid.Group;
        drawing.Text(
            Invariant($"Scale: {cell}; a row is {row:N0} pages, {Bytes(row)}.")
                + (map.Ranges.Length == 1 ? "" : " A dark line is where the next range begins."),
            Margin, 78, 13, widest: widest, colour: Palette.Faint);
    }

    private static void DrawAxes(Drawing drawing, CellGrid grid)
    {
        drawing.Begin("axes");
        int labelY = GridTop - TickLength - 5;
        drawing.Text("page", Margin + 62, labelY, 11, Side.Right, colour: Palette.Faint);
        drawing.Text("offset", GridLeft - TickLength - 5, labelY, 11, Side.Right, colour: Palette.Faint);
        int step = StepFor(ColumnLabelGap, grid.Pitch);
        for (int column = 0; column < grid.Columns; column += step)
        {
            int x = GridLeft + (column * grid.Pitch);
            drawing.Box(x, GridTop - TickLength - 1, 1, TickLength, Palette.Faint);
            long page = (long)column * grid.Group;
            drawing.Text(Invariant($"+{page}"), x, labelY, 11, colour: Palette.Faint);
        }

        step = StepFor(RowLabelGap, grid.Pitch);
        for (int row = 0; row < grid.Rows; row += step)
        {
            int y = GridTop + (row * grid.Pitch);
            long page = (long)row * grid.Columns * grid.Group;
            drawing.Box(GridLeft - TickLength - 1, y, TickLength, 1, Palette.Faint);
            int textY = y + Math.Min(9, (grid.Side / 2) + 4);
            drawing.Text(Invariant($"{page}"), Margin + 62, textY, 11, Side.Right);
            drawing.Text(Bytes(page), GridLeft - TickLength - 5, textY, 11, Side.Right, colour: Palette.Faint);
        }
    }

    // In the gaps between the cells: before the first cell of each range, above it and what follows in its row, and
    // below what comes before it there.
    private static void DrawRanges(Drawing drawing, PageMap map, CellGrid grid)
    {
        drawing.Begin("ranges");
        int width = grid.Columns * grid.Pitch;
        foreach (CmaRange range in map.Ranges.Skip(1))
        {
            (int x, int y) = CornerOf(grid, range.FirstPage / grid.Group);
            drawing.Box(x - 1, y - 1, GridLeft + width - x, 1, Palette.Ink);
            if (x > GridLeft)
            {
                drawing.Box(x - 1, y, 1, grid.Pitch, Palette.Ink);
                drawing.Box(GridLeft, y + grid.Side, x - GridLeft, 1, Palette.Ink);
            }
        }
    }

    private static int StepFor(int gap, int pitch)
    {
        int step = 1;
        while (step * pitch < gap)
        {
            step *= 2;
        }

        return step;
    }

    private static string Bytes(long pages) =>
        pages == 0 ? "0" : ByteText.Of(pages << PhysicalMemory.PageShift);
}
