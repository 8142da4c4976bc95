namespace DmaBufSim.Memory;

/// <summary>
/// The windows that a request may try: runs of clear bits at the alignment, lowest first or in the order of the free
/// runs that a policy wants. After a busy one the search goes on at the next aligned place, not behind the page that
/// was in the way. A window never has pages of two ranges.
/// </summary>
/// <remarks>
/// <para><b>Kernel:</b> the loop of <c>cma_alloc()</c>, since 6.15 that of <c>cma_range_alloc()</c> for one range after
/// the other.</para>
/// <para><b>Cost:</b> over all windows one pass over the bitmaps, because what one window has shown of the next is not
/// looked at again; with an order of its own also the sorting of the free runs.</para>
/// </remarks>
internal struct CmaWindows(CmaArea area, int pages, int alignOrder)
{
    private readonly Bitmap used = area.Used;
    private readonly Bitmap? pinned = area.Loans?.Pinned;
    private readonly int orderPerBit = area.OrderPerBit;
    private readonly int bits = area.BitsFor(pages);
    private readonly int mask = area.MaskFor(alignOrder);
    private List<FrameRun>? runs;
    private int run;
    private int range;
    private int start;
    private int known;
    private int seen;
    private int nextPin = -1;

    /// <summary>The first bit of the window.</summary>
    public int Bit { get; private set; }

    /// <summary>Its first page.</summary>
    public readonly int Page => Bit << orderPerBit;

    /// <summary>The first page behind it.</summary>
    public readonly int End => Page + pages;

    /// <summary>The first pinned page in it, or -1.</summary>
    public int Blocker { get; private set; }

    /// <summary>The first page that no window before it had.</summary>
    public int FirstNewPage { get; private set; }

    /// <summary>Tries the free runs in an order of its own.</summary>
    public void Sort(Comparison<FrameRun> order)
    {
        runs = [.. area.FreeRuns()];

        // Of equal runs the lower one, so that the outcome does not hang on how the sort works.
        runs.Sort((one, other) => order(one, other) is var by && by != 0 ? by : one.First.CompareTo(other.First));
    }

    /// <summary>Goes to the next window.</summary>
    public bool Next()
    {
        int bit = runs is null ? NextInRanges() : NextInRuns();
        if (bit < 0)
        {
            return false;
        }

        Bit = bit;
        FirstNewPage = Math.Max(Page, seen);
        seen = End;
        known = bit + bits;
        start = bit + mask + 1;
        Blocker = -1;
        if (pinned is not null)
        {
            nextPin = nextPin < Page ? pinned.NextSet(Page, pinned.Length) : nextPin;
            Blocker = nextPin < End ? nextPin : -1;
        }

        return true;
    }

    /// <summary>The window was left as it was, so that the next one has pages of it that are new.</summary>
    public void Skip() => seen = FirstNewPage;

    private int NextInRanges()
    {
        for (; range < area.RangeSpan.Length; range++, start = 0)
        {
            ref readonly CmaRange one = ref area.RangeSpan[range];
            (int first, int end) = area.BitsOf(one);
            int from = Math.Max(first, start);
            int bit = used.FindClearRun(bits, mask, area.OffsetFor(one, alignOrder), from, end, known);
            if (bit >= 0)
            {
                return bit;
            }
        }

        return -1;
    }

    private int NextInRuns()
    {
        for (; run < runs!.Count; run++, start = 0)
        {
            int first = runs[run].First >> orderPerBit;
            if (start <= first)
            {
                // Another run: nothing is known of it, and it may lie below the last one.
                start = first;
                seen = 0;
                nextPin = -1;
            }

            int offset = area.OffsetFor(area.RangeOf(runs[run].First), alignOrder);
            long bit = (((long)start + offset + mask) & ~(long)mask) - offset;
            if (bit + bits <= first + (runs[run].Count >> orderPerBit))
            {
                return (int)bit;
            }
        }

        return -1;
    }
}
