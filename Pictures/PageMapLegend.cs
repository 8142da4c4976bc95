using DmaBufSim.Abi;
using DmaBufSim.Machines;
using DmaBufSim.Memory;
using static System.FormattableString;

namespace DmaBufSim.Pictures;

/// <summary>The legend of a page map: a line for each use, and one for each of the largest buffers.</summary>
internal static class PageMapLegend
{
    /// <summary>How wide it is.</summary>
    public const int Width = SizeRight;

    /// <summary>How high it is at most; the same for all maps, so that those of a sequence agree.</summary>
    public const int Height = (Uses + MostBuffers + 3) * LineHeight;

    private const int Uses = 7;
    private const int MostBuffers = 16;
    private const int LineHeight = 21;
    private const int Swatch = 13;
    private const int LabelLeft = 22;
    private const int CountRight = 292;
    private const int SizeRight = 384;
    private const int LabelWidest = 196;
    private const int Letters = 12;
    private const int ExactDigits = 4;

    private static readonly (PageUse Use, string Label)[] Lines =
    [
        (PageUse.Free, "free"),
        (PageUse.Movable, "movable"),
        (PageUse.Pinned, "movable, pinned"),
        (PageUse.Kernel, "kernel, unmovable"),
        (PageUse.Reserved, "reserved, in no buffer"),
        (PageUse.Buffer, "buffers"),
        (PageUse.Protected, "protected buffers"),
    ];

    /// <summary>Draws it.</summary>
    public static void Draw(Drawing drawing, PageMap map, int left, int top)
    {
        int y = top - 10;
        drawing.Text("use", left + LabelLeft, y, 11, colour: Palette.Faint);
        drawing.Text("pages", left + CountRight, y, 11, Side.Right, colour: Palette.Faint);
        drawing.Text("size", left + SizeRight, y, 11, Side.Right, colour: Palette.Faint);
        y = top;
        foreach ((PageUse use, string label) in Lines)
        {
            uint[] swatches = use is PageUse.Buffer or PageUse.Protected ? Shades(use) : [Palette.Of(use, 0)];
            Line(drawing, left, y, swatches, label, map.Pages(use));
            y += LineHeight;
        }

        DrawBuffers(drawing, map, left, y + (LineHeight / 2));
    }

    private static void DrawBuffers(Drawing drawing, PageMap map, int left, int y)
    {
        List<MappedBuffer> largest = [.. map.Buffers
            .OrderByDescending(buffer => buffer.Pages)
            .Take(MostBuffers)
            .OrderBy(buffer => buffer.Inode)];
        foreach (MappedBuffer buffer in largest)
        {
            PageUse use = buffer.IsProtected ? PageUse.Protected : PageUse.Buffer;
            string name = buffer.Name is { } given ? $" {given}" : "";
            string kind = buffer.IsProtected ? "protected buffer" : "buffer";
            string label = Invariant($"{kind} #{buffer.Inode}{name}");
            Line(drawing, left, y, [Palette.Of(use, buffer.Inode)], label, buffer.Pages);
            y += LineHeight;
        }

        if (map.Buffers.Length > largest.Count)
        {
            long pages = map.Buffers.Sum(buffer => (long)buffer.Pages) - largest.Sum(buffer => (long)buffer.Pages);
            int more = map.Buffers.Length - largest.Count;
            Line(drawing, left, y, [], Invariant($"and {more:N0} smaller buffer{(more == 1 ? "" : "s")}"), pages);
        }
    }

    // One swatch, or as many slices of it as there are colours.
    private static void Line(Drawing drawing, int left, int top, uint[] colours, string label, long pages)
    {
        for (int i = 0; i < colours.Length; i++)
        {
            int from = Swatch * i / colours.Length;
            int to = Swatch * (i + 1) / colours.Length;
            drawing.Box(left + from, top, to - from, Swatch, colours[i]);
        }

        int y = top + Swatch - 2;
        drawing.Text(label, left + LabelLeft, y, Letters, widest: LabelWidest);
        drawing.Text(Invariant($"{pages:N0}"), left + CountRight, y, Letters, Side.Right);
        drawing.Text(SizeOf(pages), left + SizeRight, y, Letters, Side.Right, colour: Palette.Faint);
    }

    // Exact where that takes few digits.
    private static string SizeOf(long pages)
    {
        long bytes = pages << PhysicalMemory.PageShift;
        string exact = ByteText.Of(bytes);
        return exact.Length <= ExactDigits + "KiB".Length ? exact
            : bytes < 1L << 30 ? Invariant($"{bytes / (double)(1L << 20):N1}MiB")
            : Invariant($"{bytes / (double)(1L << 30):N1}GiB");
    }

    private static uint[] Shades(PageUse use) =>
        [.. Enumerable.Range(0, Palette.Shades).Select(i => Palette.Of(use, i)).Distinct()];
}
