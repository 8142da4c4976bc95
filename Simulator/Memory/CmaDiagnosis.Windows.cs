using System.Collections.Immutable;
using DmaBufSim.Abi;

namespace DmaBufSim.Memory;

public sealed partial class CmaDiagnosis
{
    // What the search would come to, without moving anything.
    private (int Windows, Reason Reason, int Moves) Try(int place)
    {
        if (area.BitsFor(Pages) > area.Used.Length)
        {
            return (0, Reason.LargerThanArea, 0);
        }

        if (area.Kernel.CmaCountsAvailable && Pages > area.FreePages)
        {
            return (0, Reason.NoContiguousRun, 0);
        }

        (int windows, int moves) = CountWindows(place);
        if (moves > area.Memory.Buddy.FreeFrames)
        {
            return TryUntilFull();
        }

        Reason failure = windows > 0 ? Reason.PagesPinned : Reason.NoContiguousRun;
        return (windows, place >= 0 ? Reason.None : failure, moves);
    }

    // Every window up to the place, or every one there is: run by run, because a run of clear bits has one a step.
    private (int Windows, int Moves) CountWindows(int place)
    {
        if (area.PinnedPages == 0)
        {
            // Nothing can be busy: the first window is the place.
            return place < 0 ? (0, 0) : (1, MovableIn(place >> area.OrderPerBit, 1, 1));
        }

        Bitmap used = area.Used;
        int bits = area.BitsFor(Pages);
        long step = (long)masks[AlignOrder] + 1;
        int goal = place < 0 ? -1 : place >> area.OrderPerBit;
        int windows = 0;
        int moves = 0;
        for (int start = used.NextClear(0); start < used.Length;)
        {
            int end = used.NextSet(start, used.Length);
            long first = Align(start << area.OrderPerBit, AlignOrder) >> area.OrderPerBit;
            bool isLast = goal >= first && goal < end;
            long most = isLast ? goal : end - bits;
            if (most >= first)
            {
                long count = ((most - first) / step) + 1;
                windows += (int)count;
                moves += MovableIn(first, count, step);
            }

            start = isLast ? used.Length : used.NextClear(end);
        }

        return (windows, moves);
    }

    // The pages that can be moved in some windows of one run.
    private int MovableIn(long bit, long count, long step)
    {
        if (area.Loans is not { } loans || loans.Lent.Used == loans.Pinned.Used)
        {
            return 0;
        }

        int page = (int)(bit << area.OrderPerBit);
        int stride = (int)(step << area.OrderPerBit);
        if (stride <= Pages)
        {
            int all = (int)((count - 1) * stride) + Pages;
            return loans.Lent.CountSet(page, all) - loans.Pinned.CountSet(page, all);
        }

        int moves = 0;
        for (long i = 0; i < count; i++)
        {
            moves += loans.Lent.CountSet(page, Pages) - loans.Pinned.CountSet(page, Pages);
            page += i + 1 < count ? stride : 0;
        }

        return moves;
    }

    // The rest of memory cannot take them all: somewhere the search ends.
    private (int Windows, Reason Reason, int Moves) TryUntilFull()
    {
        CmaLoans loans = area.Loans!;
        int found = 0;
        int moves = 0;
        CmaWindows windows = area.WindowsFor(Pages, AlignOrder);
        while (moves <= area.Memory.Buddy.FreeFrames && windows.Next())
        {
            found++;
            int count = windows.End - windows.FirstNewPage;
            moves += loans.Lent.CountSet(windows.FirstNewPage, count)
                - loans.Pinned.CountSet(windows.FirstNewPage, count);
        }

        return (found, Reason.NoRoomToMigrate, moves);
    }

    private ImmutableArray<CmaWindow> FirstWindows()
    {
        ImmutableArray<CmaWindow>.Builder busy = ImmutableArray.CreateBuilder<CmaWindow>();
        CmaWindows windows = area.WindowsFor(Pages, AlignOrder);
        while (busy.Count < Math.Min(BusyWindows, MostBusy) && windows.Next())
        {
            busy.Add(new CmaWindow(windows.Page, windows.Blocker));
        }

        return busy.DrainToImmutable();
    }
}
