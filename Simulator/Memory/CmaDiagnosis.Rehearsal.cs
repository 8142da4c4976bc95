using DmaBufSim.Abi;

namespace DmaBufSim.Memory;

/// <summary>
/// Where memory is so full that it matters where a page lands, requests are tried in a copy of its bookkeeping.
/// </summary>
public sealed partial class CmaDiagnosis
{
    // What one answer may take: windows counted, as many for each 1,024 of their pages, and pages moved.
    private const long MostWork = 1 << 19;

    // What may be free in the page blocks of a window beside it.
    private const int MostBeside = 2 * ((1 << BuddyAllocator.PageblockOrder) - 1);

    // What is free outside the area and in it.
    private static long RoomOf(CmaArea area) => area.Memory.Buddy.FreeFrames + area.Memory.Buddy.FreeCmaFrames;

    // Whether what has to move finds room wherever it lands, while requests take no more than some pages together.
    // A page that leaves a window is free afterwards, so that room is short only of what is free in isolated blocks.
    private bool IsRoomSure(long taken, int unpinned = 0)
    {
        long movable = area.LentPages - area.PinnedPages + unpinned;
        long needed = area.IsInPageAllocator ? taken + MostBeside : movable;
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

    // One after the other, where that does not take too much work: every request moves what came back into the windows
    // before, and pages that land one by one take longer. Otherwise those for which there is room wherever pages land.
    private (int Count, bool IsLeast) CountRehearsed(int most)
    {
        if (!Fits)
        {
            return (0, false);
        }

        CmaArea stage = area.Rehearse();
        int count = 0;
        long expected = Math.Min(most, RoomOf(area) / Pages) * (1L + Windows + (4L * Moves));
        for (long work = expected > MostWork ? expected : 0; work < MostWork; work = WorkOf(stage))
        {
            if (!stage.Allocate(Pages, AlignOrder).IsOk)
            {
                return (count, false);
            }

            count++;
        }

        while (count < most && IsRoomSure((count + 1L) * Pages))
        {
            count++;
        }

        return (count, true);
    }

    // From the largest that could have room downwards, one after the other. From one on that would take too much work
    // to try, or after much work in vain, in longer steps: the answer is then one that fits, and above it is one that
    // does not, or of which that is not known.
    private (int Pages, bool IsLeast) LargestRehearsed(int most, int? alignOrder)
    {
        if (area.IsInPageAllocator)
        {
            long room = RoomOf(area) + area.Memory.Movable.DroppablePages;
            int kept = area.Kept.Select(block => block.Count).DefaultIfEmpty().Max();
            most = (int)Math.Min(most, Math.Max(room, kept));
        }

        long work = 0;
        bool isEach = true;
        int least = 0;
        int tooMany = most + 1;
        for (int step = 1; least == 0 && tooMany > 1; step = isEach ? 1 : 2 * step)
        {
            int pages = Math.Max(1, tooMany - step);
            bool? fits = WouldFit(pages, alignOrder, ref work);
            (least, tooMany) = fits == true ? (pages, tooMany) : (0, pages);
            isEach &= fits == true || (fits == false && work < MostWork / 2);
        }

        while (tooMany - least > 1)
        {
            int pages = least + ((tooMany - least) / 2);
            (least, tooMany) = WouldFit(pages, alignOrder, ref work) == true ? (pages, tooMany) : (least, pages);
        }

        return (least, !isEach);
    }

    // Most sizes are decided by counting, and of the rest those are tried that do not take too much work.
    private bool? WouldFit(int pages, int? givenOrder, ref long work)
    {
        int alignOrder = givenOrder ?? area.AlignmentFor(pages);
        if (area.Kept.Any(block => area.Serves(block, pages, alignOrder)))
        {
            return true;
        }

        long room = RoomOf(area);
        (long least, long most, long moves) = RoomNeeded(area, pages, alignOrder, room, ref work);
        if (most <= room || least > room)
        {
            return most <= room;
        }

        if (work + moves > MostWork)
        {
            return null;
        }

        CmaArea stage = area.Rehearse();
        bool fits = stage.Allocate(pages, alignOrder).IsOk;
        work += WorkOf(stage);
        return fits;
    }

    private static long WorkOf(CmaArea stage) =>
        stage.BusyWindows + stage.MovedPages + stage.DroppedPages + (stage.TotalPages >> 9);

    // The room without which the request fails in some window, the room that is enough in every window, and how many
    // pages may move. The search ends where that is too much.
    private static (long Least, long Most, long Moves) RoomNeeded(
        CmaArea stage, int pages, int alignOrder, long room, ref long work)
    {
        WindowRoom needed = new(stage, pages);
        CmaWindows windows = stage.WindowsFor(pages, alignOrder);
        while (windows.Next())
        {
            work += 1 + (pages >> 10);
            if (stage.IsIsolated(windows.Page, pages))
            {
                windows.Skip();
                continue;
            }

            needed.Add(windows);
            if (windows.Blocker < 0 || needed.Least > room || (needed.Most > room && work + needed.Moves > MostWork))
            {
                return (needed.Least, needed.Most, needed.Moves);
            }
        }

        return (long.MaxValue, long.MaxValue, needed.Moves);
    }
}
