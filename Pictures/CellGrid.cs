using System.Numerics;
using DmaBufSim.Machines;

namespace DmaBufSim.Pictures;

/// <summary>How the pages of a map are laid out in cells, row by row.</summary>
internal sealed class CellGrid
{
    /// <summary>How many cells there are at most.</summary>
    public const int MostCells = 1 << 14;

    private const int Widest = 896;
    private const int LargestPitch = 28;

    /// <summary>The layout of so many pages.</summary>
    public CellGrid(int pages)
    {
        Pages = pages;
        Group = (int)BitOperations.RoundUpToPowerOf2((uint)((pages + MostCells - 1) / MostCells));
        Cells = (int)(((long)pages + Group - 1) / Group);
        Columns = 1;
        while ((long)Columns * Columns < Cells)
        {
            Columns *= 2;
        }

        Rows = (Cells + Columns - 1) / Columns;
        Pitch = Math.Min(LargestPitch, Widest / Columns);
    }

    /// <summary>How many pages there are.</summary>
    public int Pages { get; }

    /// <summary>How many pages a cell stands for; the last one may stand for fewer.</summary>
    public int Group { get; }

    /// <summary>How many cells there are.</summary>
    public int Cells { get; }

    /// <summary>How many cells a row has.</summary>
    public int Columns { get; }

    /// <summary>How many rows there are.</summary>
    public int Rows { get; }

    /// <summary>Pixels from a cell to the next.</summary>
    public int Pitch { get; }

    /// <summary>The width and height of a cell in pixels.</summary>
    public int Side => Pitch - 1;

    /// <summary>The strips of every cell, from the first cell on.</summary>
    public IEnumerable<(int Cell, List<Strip> Strips)> Walk(PageMap map)
    {
        List<(uint Colour, PageUse Use, int Pages)> parts = [];
        int run = 0;
        for (int cell = 0; cell < Cells; cell++)
        {
            parts.Clear();
            int first = cell * Group;
            int end = (int)Math.Min((long)first + Group, Pages);
            while (first < end)
            {
                PageRun at = map.Runs[run];
                int stop = Math.Min(end, at.First + at.Count);
                Add(parts, Palette.Of(at.Use, at.Inode), at.Use, stop - first);
                first = stop;
                run += stop == at.First + at.Count ? 1 : 0;
            }

            yield return (cell, Share(parts, Side));
        }
    }

    /// <summary>
    /// Shares the pixels of a cell among what its pages are used for: half of them for pinned pages, however few, one
    /// for each other use, and the rest by size.
    /// </summary>
    /// <remarks>
    /// Where there are more uses than pixels the smallest are left out, but never pinned pages. This is the method of
    /// Adams, by which no share is rounded to nothing.
    /// </remarks>
    public static List<Strip> Share(List<(uint Colour, PageUse Use, int Pages)> parts, int pixels)
    {
        int most = parts.Exists(part => part.Use == PageUse.Pinned) ? 1 + (pixels / 2) : pixels;
        List<(uint Colour, PageUse Use, int Pages)> shown = [.. parts
            .OrderByDescending(part => part.Use == PageUse.Pinned)
            .ThenByDescending(part => part.Pages)
            .Take(most)
            .OrderByDescending(part => part.Use)
            .ThenBy(part => part.Colour)];
        bool isMixed = shown.Count > 1;
        int[] widths = [.. shown.Select(part => isMixed && part.Use == PageUse.Pinned ? pixels / 2 : 1)];
        for (int left = pixels - widths.Sum(); left > 0; left--)
        {
            int best = 0;
            for (int i = 1; i < widths.Length; i++)
            {
                if ((long)shown[i].Pages * widths[best] > (long)shown[best].Pages * widths[i])
                {
                    best = i;
                }
            }

            widths[best]++;
        }

        return [.. shown.Select((part, i) => new Strip(part.Colour, widths[i]))];
    }

    private static void Add(
        List<(uint Colour, PageUse Use, int Pages)> parts, uint colour, PageUse use, int pages)
    {
        int at = parts.FindIndex(part => part.Colour == colour);
        if (at < 0)
        {
            parts.Add((colour, use, pages));
        }
        else
        {
            parts[at] = (colour, use, parts[at].Pages + pages);
        }
    }
}

/// <summary>A part of a cell, over its whole height.</summary>
internal readonly record struct Strip(uint Colour, int Width);
