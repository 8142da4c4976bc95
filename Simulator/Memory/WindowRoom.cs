namespace DmaBufSim.Memory;

/// <summary>The room that the windows of a search need, as far as it has come.</summary>
/// <remarks>
/// In an area of the page allocator a page that has left a window is free afterwards: the window then has nothing but
/// free and pinned pages, and room is all that is free but for that and for what is free beside it in its page blocks,
/// which are isolated.
/// </remarks>
/// <param name="area">The area.</param>
/// <param name="pages">How many pages a window has.</param>
internal struct WindowRoom(CmaArea area, int pages)
{
    private EmptiedPages emptied;
    private int copied;

    /// <summary>The room without which what is in one of the windows cannot leave it.</summary>
    public long Least { get; private set; }

    /// <summary>The room that is enough in every window, wherever the pages land that leave the others.</summary>
    public long Most { get; private set; }

    /// <summary>How many pages may move.</summary>
    public long Moves { get; private set; }

    /// <summary>How many pages are dropped.</summary>
    public int Dropped { get; private set; }

    /// <summary>The search empties a window.</summary>
    public void Add(in CmaWindows windows)
    {
        int newPages = windows.End - windows.FirstNewPage;
        int drops = area.Loans?.DroppableIn(windows.FirstNewPage, newPages) ?? 0;
        Dropped += drops;
        copied += (area.Loans?.MovableIn(windows.FirstNewPage, newPages) ?? 0) - drops;
        Moves += newPages;
        int pinned = area.Loans?.Pinned.CountSet(windows.Page, pages) ?? 0;
        long known = area.IsInPageAllocator ? pages - pinned - Dropped : copied;
        (int fewest, int most) = FreeBeside(windows.Page);
        Least = Math.Max(Least, known + fewest);
        Most = Math.Max(Most, known + most);
        emptied.Add(windows);
    }

    /// <summary>How many free pages a window beginning at a page would have beside it, at least and at most.</summary>
    public readonly (int Fewest, int Most) FreeBeside(int page) =>
        area.IsInPageAllocator ? emptied.FreeBeside(area, page, pages) : (0, 0);
}
