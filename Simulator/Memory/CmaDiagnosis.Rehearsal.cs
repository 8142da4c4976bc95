using DmaBufSim.Abi;

namespace DmaBufSim.Memory;

/// <summary>
/// Where memory is so full that it matters where a page lands, requests are tried in a copy of its bookkeeping.
/// </summary>
public sealed partial class CmaDiagnosis
{
    // Windows tried and pages moved, for all tries that one answer may take.
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

    // Whether no page that leaves one window of a request can land in a later one.
    private bool DoNoPagesComeBack(int windows, int moves) =>
        !area.IsInPageAllocator || moves == 0 || windows <= 1
        || (2L * moves) + area.Memory.Buddy.FreeCmaFrames <= area.Memory.Buddy.FreeFrames;

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

    // From the largest that could have room downwards; after much work in vain, any that fits where one more page
    // does not.
    private int LargestRehearsed(int most, int? alignOrder)
    {
        if (area.IsInPageAllocator)
        {
            long room = RoomOf(area) + area.Memory.Movable.DroppablePages;
            int kept = area.Kept.Select(block => block.Count).DefaultIfEmpty().Max();
            most = (int)Math.Min(most, Math.Max(room, kept));
        }

        long work = 0;
        bool Fits(int pages)
        {
            CmaArea stage = area.Rehearse();
            bool fits = stage.Allocate(pages, alignOrder ?? area.AlignmentFor(pages)).IsOk;
            work += WorkOf(stage, 1) + (area.TotalPages >> 6);
            return fits;
        }

        int tooMany = most + 1;
        while (tooMany > 1 && work < MostWork)
        {
            if (Fits(tooMany - 1))
            {
                return tooMany - 1;
            }

            tooMany--;
        }

        int fits = 0;
        while (tooMany - fits > 1)
        {
            int middle = fits + ((tooMany - fits) / 2);
            (fits, tooMany) = Fits(middle) ? (middle, tooMany) : (fits, middle);
        }

        return fits;
    }

    private static long WorkOf(CmaArea stage, int requests) =>
        stage.BusyWindows + stage.MovedPages + stage.DroppedPages + (requests * (1L + (stage.TotalPages >> 12)));

    // How many pages must be freed elsewhere besides, once a window has nothing that is in the way.
    private int CountElsewhere(int window)
    {
        CmaArea stage = area.Rehearse();
        stage.FreeWindow(window, Pages);
        if (stage.Allocate(Pages, AlignOrder).IsOk)
        {
            return 0;
        }

        stage = area.Rehearse();
        stage.FreeWindow(window, Pages);
        return (int)(MostRoomNeeded(stage) - RoomOf(stage));
    }

    // The room that is enough for each window of the request, wherever the pages land that leave it.
    private long MostRoomNeeded(CmaArea stage)
    {
        CmaLoans loans = stage.NeedLoans();
        long most = 0;
        int copied = 0;
        int dropped = 0;
        bool isFirst = true;
        CmaWindows windows = stage.WindowsFor(Pages, AlignOrder);
        while (windows.Next())
        {
            if (stage.IsIsolated(windows.Page, Pages))
            {
                windows.Skip();
                continue;
            }

            for (int page = windows.FirstNewPage; (page = loans.Lent.NextSet(page, windows.End)) < windows.End; page++)
            {
                bool isDropped = loans.OwnerOf(page).Kind == PageKind.CleanFile;
                bool isPinned = loans.Pinned.AreSet(page, 1);
                dropped += isDropped && !isPinned ? 1 : 0;
                copied += isDropped || isPinned ? 0 : 1;
            }

            // Afterwards the window has nothing but free and pinned pages.
            most = Math.Max(most, !stage.IsInPageAllocator
                ? copied
                : Pages - loans.Pinned.CountSet(windows.Page, Pages) - dropped + FreeBeside(stage, windows, isFirst));
            if (windows.Blocker < 0)
            {
                break;
            }

            isFirst = false;
        }

        return most;
    }

    // How many free pages the page blocks of a window may have beside it. At the first window nothing has landed yet.
    private static int FreeBeside(CmaArea stage, in CmaWindows windows, bool isFirst)
    {
        Bitmap taken = isFirst ? stage.Loans!.Lent : stage.Loans!.Pinned;
        int first = windows.Page & ~InBlock;
        int end = (windows.End + InBlock) & ~InBlock;
        return FreeIn(first, windows.Page) + FreeIn(windows.End, end);

        // Of a bit that stands for several pages some may be free although it is set.
        int FreeIn(int from, int to) => to - from - taken.CountSet(from, to - from)
            - (stage.OrderPerBit == 0 ? stage.Used.CountSet(from, to - from) : 0);
    }
}
