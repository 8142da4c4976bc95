namespace DmaBufSim.Memory;

/// <summary>
/// The pages that the windows of a search have had so far: those of the last windows, as far as they follow each other.
/// </summary>
internal struct EmptiedPages
{
    private const int InBlock = (1 << BuddyAllocator.PageblockOrder) - 1;

    private bool hasAny;
    private int first;
    private int end;
    private int endOfOthers;

    /// <summary>A window was emptied.</summary>
    public void Add(in CmaWindows windows)
    {
        if (!hasAny || windows.Page > end || windows.Page < first)
        {
            endOfOthers = end;
            first = windows.Page;
        }

        hasAny = true;
        end = windows.End;
    }

    /// <summary>
    /// How many free pages the page blocks of the next window have beside it, at least and at most, where pages that
    /// leave a window may land anywhere. At the first window nothing has landed yet.
    /// </summary>
    public readonly (int Fewest, int Most) FreeBeside(CmaArea area, int page, int pages)
    {
        int start = page & ~InBlock;
        int stop = (page + pages + InBlock) & ~InBlock;
        if (!hasAny)
        {
            int idle = Idle(area, start, page) + Idle(area, page + pages, stop);
            return (area.OrderPerBit == 0 ? idle : 0, idle);
        }

        if (area.OrderPerBit > 0 || area.Policy.RunOrder is not null)
        {
            return (0, NotPinned(area, start, page) + NotPinned(area, page + pages, stop));
        }

        // What a window had in a page block of the next one stays isolated. Pages may have landed on what none has
        // had, but nothing was freed there.
        int from = Math.Max(start, first);
        int to = Math.Max(from, Math.Min(end, page));
        int sure = NotPinned(area, from, to);
        int others = start < endOfOthers ? NotPinned(area, start, from) : Idle(area, start, from);
        return (sure, sure + others + Idle(area, to, page) + Idle(area, page + pages, stop));
    }

    private static int NotPinned(CmaArea area, int from, int to) =>
        to - from - TakenIn(area, area.Loans?.Pinned, from, to);

    private static int Idle(CmaArea area, int from, int to) =>
        to - from - TakenIn(area, area.Loans?.Lent, from, to);

    // Of a bit that stands for several pages some may be free although it is set.
    private static int TakenIn(CmaArea area, Bitmap? lent, int from, int to) =>
        (lent?.CountSet(from, to - from) ?? 0)
        + (area.OrderPerBit == 0 ? area.Used.CountSet(from, to - from) : 0);
}
