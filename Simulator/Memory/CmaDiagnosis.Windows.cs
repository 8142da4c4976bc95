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

        if (area.Policy.RunOrder is not null)
        {
            return CountInOrder(place);
        }

        Bitmap used = area.Used;
        int bits = area.BitsFor(Pages);
        long step = (long)masks[AlignOrder] + 1;
        int goal = place < 0 ? -1 : place >> area.OrderPerBit;
        int windows = 0;
        int moves = 0;
        for (int range = 0; range < area.RangeSpan.Length; range++)
        {
            (int firstBit, int endBit) = area.BitsOf(area.RangeSpan[range]);
            for ((int start, int end) = used.NextClearRun(firstBit, endBit);
                start < end;
                (start, end) = used.NextClearRun(end, endBit))
            {
                long first = Align(range, start << area.OrderPerBit, AlignOrder) >> area.OrderPerBit;
                bool isLast = goal >= first && goal < end;
                long most = isLast ? goal : end - bits;
                if (most >= first)
                {
                    long count = ((most - first) / step) + 1;
                    windows += (int)count;
                    moves += MovableIn(first, count, step);
                }

                if (isLast)
                {
                    return (windows, moves);
                }
            }
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

    private int FirstPlaceInOrder()
    {
        CmaWindows windows = area.WindowsFor(Pages, AlignOrder);
        while (windows.Next())
        {
            if (windows.Blocker < 0)
            {
                return windows.Page;
            }
        }

        return -1;
    }

    private (int Windows, int Moves) CountInOrder(int place)
    {
        int found = 0;
        int moves = 0;
        CmaWindows windows = area.WindowsFor(Pages, AlignOrder);
        while (windows.Next())
        {
            found++;
            moves += area.Loans?.MovableIn(windows.FirstNewPage, windows.End - windows.FirstNewPage) ?? 0;
            if (windows.Page == place)
            {
                break;
            }
        }

        return (found, moves);
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
