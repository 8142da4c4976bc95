namespace DmaBufSim.Memory;

/// <summary>
/// The windows that a request may try: runs of clear bits at the alignment, lowest first or in the order of the free
/// runs that a policy wants. After a busy one the search goes on at the next aligned place, not behind the page that
/// was in the way.
/// </summary>
/// <remarks>
/// <para><b>Kernel:</b> the loop of <c>cma_alloc()</c>.</para>
/// <para><b>Cost:</b> over all windows one pass over the bitmaps, because what one window has shown of the next is not
/// looked at again; with an order of its own also the sorting of the free runs.</para>
/// </remarks>
internal struct CmaWindows(Bitmap used, Bitmap? pinned, int orderPerBit, int pages, int mask, int offset)
{
    private readonly int bits = (int)(((long)pages + (1 << orderPerBit) - 1) >> orderPerBit);
    private List<FrameRun>? runs;
    private int run;
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
        runs = [];
        for (int first = used.NextClear(0); first < used.Length;)
        {
            int end = used.NextSet(first, used.Length);
            runs.Add(new FrameRun(first << orderPerBit, (end - first) << orderPerBit));
            first = used.NextClear(end);
        }

        // Of equal runs the lower one, so that the outcome does not hang on how the sort works.
        runs.Sort((one, other) => order(one, other) is var by && by != 0 ? by : one.First.CompareTo(other.First));
    }

    /// <summary>Goes to the next window.</summary>
    public bool Next()
    {
        int bit = runs is null ? used.FindClearRun(bits, mask, offset, start, known) : NextInRuns();
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

            long bit = (((long)start + offset + mask) & ~(long)mask) - offset;
            if (bit + bits <= first + (runs[run].Count >> orderPerBit))
            {
                return (int)bit;
            }
        }

        return -1;
    }
}
