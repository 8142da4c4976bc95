using System.Collections.Immutable;

namespace DmaBufSim.Memory;

/// <summary>Where the pages of an area are: its ranges, and the alignment of each.</summary>
public sealed partial class CmaArea
{
    private readonly CmaRange[] ranges;

    /// <summary>The runs of frames that it consists of, lowest first.</summary>
    /// <remarks><b>Kernel:</b> <c>ranges</c> of struct cma (6.15 and later).</remarks>
    public ImmutableArray<CmaRange> Ranges => [.. ranges];

    /// <summary>The frames of an area that has one range.</summary>
    /// <exception cref="InvalidOperationException">It has several.</exception>
    /// <remarks><b>Kernel:</b> <c>cma_get_base()</c>, which warns then.</remarks>
    public FrameRun Range => ranges.Length == 1
        ? ranges[0].Frames
        : throw new InvalidOperationException($"area {Name} has {ranges.Length} ranges");

    /// <summary>How many pages it has in all ranges.</summary>
    public int TotalPages => ranges[^1].EndPage;

    /// <summary>Whether a frame is one of the area.</summary>
    public bool Contains(int frame) => PageOf(frame) >= 0;

    /// <summary>Which page of the area a frame is; -1 where it is none.</summary>
    public int PageOf(int frame)
    {
        foreach (ref readonly CmaRange range in ranges.AsSpan())
        {
            if (range.Frames.Contains(frame))
            {
                return range.FirstPage + frame - range.Frames.First;
            }
        }

        return -1;
    }

    /// <summary>The frame of a page of the area.</summary>
    public int FrameOf(int page)
    {
        CmaRange range = RangeOf(page);
        return range.Frames.First + page - range.FirstPage;
    }

    /// <summary>Whether a page of the area is at a multiple of a power of two pages of physical memory.</summary>
    public bool IsAligned(int page, int alignOrder) =>
        (((page >> OrderPerBit) + OffsetFor(RangeOf(page), alignOrder)) & MaskFor(alignOrder)) == 0;

    /// <summary>The frames of consecutive pages; a run of its own for each range that they lie in.</summary>
    public IEnumerable<FrameRun> FramesOf(int page, int count)
    {
        for (int end = page + count; page < end;)
        {
            CmaRange range = RangeOf(page);
            int stop = page < range.EndPage ? Math.Min(end, range.EndPage) : end;
            yield return new FrameRun(FrameOf(page), stop - page);
            page = stop;
        }
    }

    /// <summary>The range of a page; the last one where the area has no such page.</summary>
    internal CmaRange RangeOf(int page)
    {
        int index = ranges.Length - 1;
        while (index > 0 && page < ranges[index].FirstPage)
        {
            index--;
        }

        return ranges[index];
    }

    /// <summary>The bits of a range.</summary>
    internal (int First, int End) BitsOf(CmaRange range) =>
        (range.FirstPage >> OrderPerBit, range.EndPage >> OrderPerBit);

    internal ReadOnlySpan<CmaRange> RangeSpan => ranges;

    /// <summary>A window begins where the index of its bit plus an offset is a multiple of this plus one.</summary>
    internal int MaskFor(int alignOrder) => alignOrder <= OrderPerBit ? 0 : (1 << (alignOrder - OrderPerBit)) - 1;

    /// <summary>That offset, which makes of the index the frame number that is aligned.</summary>
    internal int OffsetFor(CmaRange range, int alignOrder)
    {
        long inAlignment = PfnOf(range.Frames.First) & ((1L << alignOrder) - 1);
        return (int)((inAlignment >> OrderPerBit) - (range.FirstPage >> OrderPerBit)) & MaskFor(alignOrder);
    }

    private static CmaRange[] InOrder(ReadOnlySpan<FrameRun> frames, int orderPerBit)
    {
        CmaRange[] ranges = new CmaRange[frames.Length];
        int page = 0;
        for (int i = 0; i < frames.Length; i++)
        {
            if (frames.Length > 1 && frames[i].Count % (1 << orderPerBit) != 0)
            {
                throw new ArgumentException("each range of an area has whole bits", nameof(frames));
            }

            ranges[i] = new CmaRange(frames[i], page);
            page += frames[i].Count;
        }

        return ranges;
    }

    /// <summary>The runs of pages that are not handed out; none has pages of two ranges.</summary>
    internal IEnumerable<FrameRun> FreeRuns() => ranges.SelectMany(FreeRuns);

    /// <summary>Those of one range.</summary>
    internal IEnumerable<FrameRun> FreeRuns(CmaRange range)
    {
        (int firstBit, int endBit) = BitsOf(range);
        for ((int first, int end) = bitmap.NextClearRun(firstBit, endBit);
            first < end;
            (first, end) = bitmap.NextClearRun(end, endBit))
        {
            yield return new FrameRun(first << OrderPerBit, (end - first) << OrderPerBit);
        }
    }

    // The lowest run of clear bits, range by range: none has bits of two of them.
    private int FindClearRun(int bits, int alignOrder)
    {
        foreach (ref readonly CmaRange range in ranges.AsSpan())
        {
            (int first, int end) = BitsOf(range);
            int bit = bitmap.FindClearRun(bits, MaskFor(alignOrder), OffsetFor(range, alignOrder), first, end, first);
            if (bit >= 0)
            {
                return bit;
            }
        }

        return -1;
    }
}
