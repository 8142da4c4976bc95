using System.Globalization;
using DmaBufSim.Abi;
using DmaBufSim.Tracing;

namespace DmaBufSim.Memory;

public sealed partial class CmaArea
{
    // How many allocations of others have a page block isolated.
    private Dictionary<int, int>? isolated;

    /// <summary>What <see cref="Evacuate"/> took since boot, in nanoseconds of a real machine.</summary>
    public long IdleCost { get; private set; }

    /// <summary>Empties the window that a request would get now, without taking it.</summary>
    /// <param name="pages">The pages of the request.</param>
    /// <param name="alignOrder">Their alignment.</param>
    /// <returns>Whether there is a window without pinned pages, and memory had room for what was in it.</returns>
    /// <remarks><b>Cost:</b> that of <see cref="Allocate"/>, but it goes into <see cref="IdleCost"/>.</remarks>
    public bool Evacuate(int pages, int alignOrder)
    {
        CmaWindows windows = WindowsFor(pages, alignOrder);
        while (loans is not null && windows.Next())
        {
            if (windows.Blocker < 0)
            {
                long before = LastCost;
                bool isEmpty = Empty(windows, loans, windows.Page, takes: false);
                memory.Buddy.EndIsolation();
                IdleCost += LastCost - before;
                LastCost = before;
                return isEmpty;
            }
        }

        return false;
    }

    /// <summary>Nobody asks for memory at the moment: the policy may prepare for the next request.</summary>
    public void Idle() => Policy.Idle(this);

    /// <summary>
    /// Another allocation has the page blocks of a window isolated: who touches them finds them busy.
    /// </summary>
    /// <param name="page">The first page of the window, counted from the start of the area.</param>
    /// <param name="pages">How many pages it has.</param>
    /// <remarks><b>Kernel:</b> <c>start_isolate_page_range()</c> of another caller, without a mutex.</remarks>
    public void BeginIsolation(int page, int pages) => CountIsolation(page, pages, 1);

    /// <summary>The other allocation has ended.</summary>
    /// <param name="page">The first page of the window, counted from the start of the area.</param>
    /// <param name="pages">How many pages it has.</param>
    public void EndIsolation(int page, int pages) => CountIsolation(page, pages, -1);

    internal CmaWindows WindowsFor(int pages, int alignOrder)
    {
        CmaWindows windows = new(this, pages, alignOrder);
        if (Policy.RunOrder is { } order)
        {
            windows.Sort(order);
        }

        return windows;
    }

    private Result<int> Search(int pages, int alignOrder)
    {
        int blocker = -1;
        bool wasBusy = false;
        LastCost = 0;
        CmaWindows windows = WindowsFor(pages, alignOrder);
        while (windows.Next())
        {
            LastCost += CmaCosts.Attempt;
            if (IsIsolated(windows.Page, pages))
            {
                wasBusy = true;
                BusyWindows++;
                trace.Note(TraceEvent.WindowBusy, windows.Page, pages, -1, Name);
                windows.Skip();
                continue;
            }

            if (!Empty(windows, NeedLoans(), windows.FirstNewPage, takes: windows.Blocker < 0))
            {
                memory.Buddy.EndIsolation();
                Fail(pages, Errno.ENOMEM);
                return Refuse(pages, Reason.NoRoomToMigrate, Name);
            }

            if (windows.Blocker < 0)
            {
                bitmap.Set(windows.Bit, BitsFor(pages));
                return HandOut(windows.Page, pages);
            }

            wasBusy = true;
            blocker = windows.Blocker;
            BusyWindows++;
            LastCost += loans!.OwnerOf(blocker).Kind == PageKind.Anonymous ? 0 : CmaCosts.PinnedFilePage;
            trace.Note(TraceEvent.WindowBusy, windows.Page, pages, blocker, Name);
        }

        memory.Buddy.EndIsolation();
        if (!wasBusy)
        {
            return RefuseFull(pages);
        }

        Fail(pages, Errno.EBUSY);
        return blocker < 0
            ? Refuse(pages, Reason.BlocksIsolated, Name)
            : Refuse(pages, Reason.PagesPinned, $"{Name}, {PageText(loans!.OwnerOf(blocker).Name, blocker)}");
    }

    // What can leave a window leaves it. The window is taken out of the page allocator where nothing is left in it.
    // alloc_contig_range()
    private bool Empty(in CmaWindows windows, CmaLoans lent, int from, bool takes)
    {
        int frame = FrameOf(windows.Page);
        int pages = windows.End - windows.Page;
        bool isAttempt = takes || windows.Blocker >= 0;
        if (lent.MovableIn(from, windows.End - from) == 0)
        {
            if (isAttempt)
            {
                TraceWindow(windows.Page, pages, moved: 0, endsWithMove: false, windows.Blocker);
            }

            if (takes && IsInPageAllocator)
            {
                memory.Buddy.EndIsolation();
                memory.Buddy.TakeRange(frame, pages);
            }

            return true;
        }

        if (IsInPageAllocator)
        {
            memory.Buddy.Isolate(frame, pages);
        }

        bool endsWithMove = lent.MovableIn(windows.End - 1, 1) > 0;
        bool hasRoom = lent.Clear(from, windows.End, out int moved, out int dropped);
        MovedPages += moved;
        DroppedPages += dropped;
        LastCost += (moved * CmaCosts.MovedPage) + (dropped * CmaCosts.DroppedPage);
        if (isAttempt)
        {
            TraceWindow(windows.Page, pages, moved, endsWithMove, hasRoom ? windows.Blocker : NoRoom);
        }

        if (moved + dropped > 0)
        {
            trace.Note(TraceEvent.PagesMoved, windows.Page, pages, moved + dropped, Name);
        }

        if (IsInPageAllocator && hasRoom && takes)
        {
            memory.Buddy.TakeIsolated(frame, pages);
        }

        return hasRoom;
    }

    private Result Refuse(int pages, Reason reason, string who) =>
        trace.Refuse(Errno.ENOMEM, reason, who, null, -1, (long)pages << PhysicalMemory.PageShift);

    /// <summary>Whether another allocation has page blocks isolated.</summary>
    internal bool IsSharedWithOthers => isolated is { Count: > 0 };

    /// <summary>Whether it has one of those that some pages lie in.</summary>
    internal bool IsIsolated(int page, int pages)
    {
        for (int block = BlockOf(page); IsSharedWithOthers && block <= BlockOf(page + pages - 1); block++)
        {
            if (isolated!.ContainsKey(block))
            {
                return true;
            }
        }

        return false;
    }

    private void CountIsolation(int page, int pages, int change)
    {
        isolated ??= [];
        for (int block = BlockOf(page); block <= BlockOf(page + pages - 1); block++)
        {
            int count = isolated.GetValueOrDefault(block) + change;
            isolated[block] = count;
            if (count == 0)
            {
                isolated.Remove(block);
            }
        }
    }

    private int BlockOf(int page) => FrameOf(page) >> BuddyAllocator.PageblockOrder;

    private static string PageText(string owner, long page) =>
        string.Create(CultureInfo.InvariantCulture, $"page {page} of {owner}");
}
