using DmaBufSim.Abi;

namespace DmaBufSim.Memory;

/// <summary>
/// Where memory is so full that it matters where a page lands, requests are tried in a copy of its bookkeeping.
/// </summary>
public sealed partial class CmaDiagnosis
{
    // Windows tried and pages moved, for all that one answer may take.
    private const long MostWork = 1 << 20;

    private const int InBlock = (1 << BuddyAllocator.PageblockOrder) - 1;

    // What is free outside the area and in it.
    private static long RoomOf(CmaArea area) => area.Memory.Buddy.FreeFrames + area.Memory.Buddy.FreeCmaFrames;

    // Whether what has to move finds room wherever it lands, while requests take no more than some pages together.
    // A page that leaves a window is free afterwards, so that room is short only of what is free in isolated blocks.
    private bool IsRoomSure(long taken, int unpinned = 0)
    {
        const int Beside = 2 * InBlock;
        long movable = area.LentPages - area.PinnedPages + unpinned;
        long needed = area.IsInPageAllocator ? taken + Beside : movable;
        return !area.IsSharedWithOthers && (movable <= area.Memory.Buddy.FreeFrames || needed <= RoomOf(area));
    }

    // Whether no page that leaves one window of a request can land in a later one: areas stay below their half of what
    // is free, and there are enough movable pages, after which they come before those of other classes.
    private bool DoNoPagesComeBack(int windows, int moves)
    {
        BuddyAllocator buddy = area.Memory.Buddy;
        return !area.IsInPageAllocator || moves == 0 || windows <= 1
            || ((2L * moves) + buddy.FreeCmaFrames <= buddy.FreeFrames
                && moves <= buddy.FreeFramesOf(MigrateType.Movable));
    }

    private (int Windows, Reason Reason, int Moves, int Place) Rehearse()
    {
        CmaArea stage = area.Rehearse();
        Result<int> got = stage.Allocate(Pages, AlignOrder);
        bool isLastEmptied = got.IsOk || got.Reason == Reason.NoRoomToMigrate;
        return (
            (int)stage.BusyWindows + (isLastEmptied ? 1 : 0),
            got.Reason,
            (int)(stage.MovedPages + stage.DroppedPages),
            got.IsOk ? stage.PageOf(got.Value) : -1);
    }

    private (int Count, bool IsLeast) CountRehearsed(int most)
    {
        CmaArea stage = area.Rehearse();
        int count = 0;
        for (; WorkOf(stage, count) < MostWork; count++)
        {
            if (!stage.Allocate(Pages, AlignOrder).IsOk)
            {
                return (count, false);
            }
        }

        while (count < most && IsRoomSure((count + 1L) * Pages))
        {
            count++;
        }

        return (count, true);
    }

    // From the largest that could have room downwards; after much work in vain, one that fits where one page more
    // does not, and after still more, one that fits.
    private (int Pages, bool IsLeast) LargestRehearsed(int most, int? alignOrder)
    {
        if (area.IsInPageAllocator)
        {
            long room = RoomOf(area) + area.Memory.Movable.DroppablePages;
            int kept = area.Kept.Select(block => block.Count).DefaultIfEmpty().Max();
            most = (int)Math.Min(most, Math.Max(room, kept));
        }

        long work = 0;
        int tooMany = most + 1;
        for (; tooMany > 1 && work < MostWork / 2; tooMany--)
        {
            if (WouldFit(tooMany - 1, alignOrder, ref work))
            {
                return (tooMany - 1, false);
            }
        }

        int fits = 0;
        while (tooMany - fits > 1 && work < MostWork)
        {
            int middle = fits + ((tooMany - fits) / 2);
            (fits, tooMany) = WouldFit(middle, alignOrder, ref work) ? (middle, tooMany) : (fits, middle);
        }

        return (fits, tooMany - fits > 1);
    }

    // Most sizes are decided by counting, and only the rest is tried.
    private bool WouldFit(int pages, int? givenOrder, ref long work)
    {
        int alignOrder = givenOrder ?? area.AlignmentFor(pages);
        (long least, long most) = RoomNeeded(area, pages, alignOrder, ref work);
        long room = RoomOf(area);
        bool isKept = area.Kept.Any(block => area.Serves(block, pages, alignOrder));
        if (isKept || most <= room || least > room)
        {
            return isKept || most <= room;
        }

        CmaArea stage = area.Rehearse();
        bool fits = stage.Allocate(pages, alignOrder).IsOk;
        work += WorkOf(stage, 1);
        return fits;
    }

    private static long WorkOf(CmaArea stage, int requests) =>
        stage.BusyWindows + stage.MovedPages + stage.DroppedPages + (requests * (1L + (stage.TotalPages >> 10)));

    // How many pages must be freed elsewhere besides, once a window has nothing that is in the way.
    private int CountElsewhere(int window)
    {
        long work = 0;
        CmaArea stage = area.Rehearse();
        stage.FreeWindow(window, Pages);
        (long least, long most) = RoomNeeded(stage, Pages, AlignOrder, ref work);
        long missing = most - RoomOf(stage);
        bool fits = missing <= 0 || (least <= RoomOf(stage) && stage.Allocate(Pages, AlignOrder).IsOk);
        return fits ? 0 : (int)missing;
    }

    // The room without which the request fails in some window, and the room that is enough in every window, wherever
    // the pages land that leave the others. In an area of the page allocator a page that has left a window is free
    // afterwards: the window then has nothing but free and pinned pages, and room is all that is free but for that
    // and for what is free beside it in its page blocks, which are isolated.
    private static (long Least, long Most) RoomNeeded(CmaArea stage, int pages, int alignOrder, ref long work)
    {
        bool mayDrop = stage.Memory.Movable.DroppablePages > 0;
        long least = 0;
        long most = 0;
        int copied = 0;
        int dropped = 0;
        bool isFirst = true;
        CmaWindows windows = stage.WindowsFor(pages, alignOrder);
        while (windows.Next())
        {
            work++;
            if (stage.IsIsolated(windows.Page, pages))
            {
                windows.Skip();
                continue;
            }

            int drops = mayDrop ? DroppedIn(stage, windows.FirstNewPage, windows.End) : 0;
            dropped += drops;
            copied += (stage.Loans?.MovableIn(windows.FirstNewPage, windows.End - windows.FirstNewPage) ?? 0) - drops;
            int pinned = stage.Loans?.Pinned.CountSet(windows.Page, pages) ?? 0;
            long known = stage.IsInPageAllocator ? pages - pinned - dropped : copied;
            long beside = stage.IsInPageAllocator ? FreeBeside(stage, windows, isFirst) : 0;
            least = Math.Max(least, isFirst && stage.OrderPerBit == 0 ? known + beside : known);
            most = Math.Max(most, known + beside);
            if (windows.Blocker < 0)
            {
                return (least, most);
            }

            isFirst = false;
        }

        return (long.MaxValue, long.MaxValue);
    }

    private static int DroppedIn(CmaArea stage, int from, int end)
    {
        int dropped = 0;
        if (stage.Loans is { } loans)
        {
            for (int page = from; (page = loans.Lent.NextSet(page, end)) < end; page++)
            {
                dropped += loans.OwnerOf(page).Kind == PageKind.CleanFile && !loans.Pinned.AreSet(page, 1) ? 1 : 0;
            }
        }

        return dropped;
    }

    // How many free pages the page blocks of a window may have beside it. At the first window nothing has landed yet.
    private static int FreeBeside(CmaArea stage, in CmaWindows windows, bool isFirst)
    {
        int first = windows.Page & ~InBlock;
        int end = (windows.End + InBlock) & ~InBlock;
        Bitmap? taken = isFirst ? stage.Loans?.Lent : stage.Loans?.Pinned;
        return FreeIn(first, windows.Page) + FreeIn(windows.End, end);

        // Of a bit that stands for several pages some may be free although it is set.
        int FreeIn(int from, int to) => to - from - (taken?.CountSet(from, to - from) ?? 0)
            - (stage.OrderPerBit == 0 ? stage.Used.CountSet(from, to - from) : 0);
    }
}
