namespace DmaBufSim.Memory;

/// <summary>
/// The windows that a request may try, lowest first: runs of clear bits at the alignment. After a busy one the search
/// goes on at the next aligned place, not behind the page that was in the way.
/// </summary>
/// <remarks>
/// <para><b>Kernel:</b> the loop of <c>cma_alloc()</c>.</para>
/// <para><b>Cost:</b> over all windows one pass over the bitmaps, because what one window has shown of the next is not
/// looked at again.</para>
/// </remarks>
internal struct CmaWindows(Bitmap used, Bitmap? pinned, int orderPerBit, int pages, int mask, int offset)
{
    private readonly int bits = (int)(((long)pages + (1 << orderPerBit) - 1) >> orderPerBit);
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

    /// <summary>Goes to the next window.</summary>
    public bool Next()
    {
        int bit = used.FindClearRun(bits, mask, offset, start, known);
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
}
