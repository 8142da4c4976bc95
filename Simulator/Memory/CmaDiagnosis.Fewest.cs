using System.Collections.Immutable;
using System.Numerics;
using DmaBufSim.Abi;

namespace DmaBufSim.Memory;

/// <summary>The fewest pages that would have to go for a request to fit.</summary>
public sealed partial class CmaDiagnosis
{
    // The window, what is in the way in it, what must go elsewhere besides, and whether less may do. No window has less
    // than the least in its way.
    private (int Window, int InArea, int Elsewhere, bool IsMost) FindFewest(int least)
    {
        int[] ranks = Ranks();
        (int window, int inArea) = FindCheapest(ranks, least);
        if (window < 0 || IsRoomSure(Pages, unpinned: inArea) || CountElsewhere(window) is not (> 0 and var elsewhere))
        {
            return (window, inArea, 0, false);
        }

        if (!area.IsInPageAllocator || area.OrderPerBit > 0 || area.Policy.RunOrder is not null)
        {
            return (window, inArea, elsewhere, true);
        }

        (int other, long fewest) = FindCheapestOfAll(ranks);
        int inOther = WaysIn(ranks, other);
        if (other != window && inOther < inArea + elsewhere
            && CountElsewhere(other) is var more && inOther + more < inArea + elsewhere)
        {
            (window, inArea, elsewhere) = (other, inOther, more);
        }

        return (window, inArea, elsewhere, inArea + elsewhere > fewest);
    }

    // The lowest of the windows with the fewest pages in the way.
    private (int Window, int Cost) FindCheapest(int[] ranks, int least)
    {
        (int Window, int Cost) best = (-1, int.MaxValue);
        foreach (int page in Places())
        {
            int cost = WaysIn(ranks, page);
            best = cost < best.Cost ? (page, cost) : best;
            if (best.Cost <= least)
            {
                break;
            }
        }

        return best;
    }

    // The window that costs the fewest pages in it and elsewhere together, if pages land badly in it and before; and
    // what every window costs at least.
    private (int Window, long Fewest) FindCheapestOfAll(int[] ranks)
    {
        long room = RoomOf(area);
        (int Window, long Cost) best = (-1, long.MaxValue);
        long fewest = long.MaxValue;
        WindowRoom before = new(area, Pages);
        CmaWindows windows = area.WindowsFor(Pages, AlignOrder);
        bool isAny = windows.Next();
        foreach (int page in Places())
        {
            for (; isAny && windows.Page < page; isAny = windows.Next())
            {
                if (area.IsIsolated(windows.Page, Pages))
                {
                    windows.Skip();
                    continue;
                }

                before.Add(windows);
            }

            if (before.Least - room - Pages > best.Cost)
            {
                break;
            }

            int cost = WaysIn(ranks, page);
            long roomThen = room + FreedIn(page);
            int drops = before.Dropped + (area.Loans?.DroppableIn(page, Pages) ?? 0);
            (int beside, int mostBeside) = before.FreeBeside(page);
            long lower = cost + Math.Max(0, Math.Max(before.Least, Pages + beside - drops) - roomThen);
            long upper = cost + Math.Max(0, Math.Max(before.Most, Pages + mostBeside - drops) - roomThen);
            fewest = Math.Min(fewest, lower);
            best = upper < best.Cost ? (page, upper) : best;
        }

        return (best.Window, fewest);
    }

    // Where a window may be, were nothing in the way. What a policy keeps nobody can free.
    private IEnumerable<int> Places()
    {
        long step = ((long)masks[AlignOrder] + 1) << area.OrderPerBit;
        long rounded = (long)area.BitsFor(Pages) << area.OrderPerBit;
        for (int range = 0; range < offsets.Length; range++)
        {
            (int first, int end) = PagesOf(range);
            for (long page = Align(range, first, AlignOrder); page <= end - rounded; page += step)
            {
                if (!area.IsIsolated((int)page, Pages) && !area.IsKept((int)page, Pages))
                {
                    yield return (int)page;
                }
            }
        }
    }

    // How many pages become free when a window has nothing that is in the way: those handed out, and those that only
    // a pin keeps.
    private int FreedIn(int page)
    {
        int freed = area.Used.CountSet(page, Pages);
        int end = page + Pages;
        for (int at = page; area.Loans is { } loans && (at = loans.Pinned.NextSet(at, end)) < end; at++)
        {
            freed += area.Memory.Movable.IndexOf(area.FrameOf(at)) < 0 ? 1 : 0;
        }

        return freed;
    }

    private int WaysIn(int[] ranks, int page) => RankOf(ranks, page + Pages) - RankOf(ranks, page);

    // For each word of the bitmap how many bits are set below it.
    private int[] Ranks()
    {
        ReadOnlySpan<ulong> words = blocked.Words;
        int[] ranks = new int[words.Length + 1];
        for (int i = 0; i < words.Length; i++)
        {
            ranks[i + 1] = ranks[i] + BitOperations.PopCount(words[i]);
        }

        return ranks;
    }

    private int RankOf(int[] ranks, int page)
    {
        int word = page >> 6;
        ulong below = (1UL << (page & 63)) - 1;
        return below == 0 ? ranks[word] : ranks[word] + BitOperations.PopCount(blocked.Words[word] & below);
    }

    private ImmutableArray<CmaHold> Holds(int window)
    {
        ImmutableArray<CmaHold>.Builder holds = ImmutableArray.CreateBuilder<CmaHold>();
        int end = window + Pages;
        for (int page = blocked.NextSet(window, end); page < end; page = blocked.NextSet(page, end))
        {
            if (area.Loans is { } loans && loans.Pinned.AreSet(page, 1))
            {
                holds.Add(new CmaHold(page, 1, loans.OwnerOf(page), loans.PinsOf(page)));
                page++;
                continue;
            }

            int clear = Math.Min(area.Used.Length, area.Used.NextClear(page >> area.OrderPerBit)) << area.OrderPerBit;
            int stop = Math.Min(end, clear);
            stop = area.Loans?.Pinned.NextSet(page, stop) ?? stop;
            holds.Add(new CmaHold(page, stop - page, null, 0));
            page = stop;
        }

        return holds.DrainToImmutable();
    }

    // How many pages must be freed elsewhere besides, once a window has nothing that is in the way.
    private int CountElsewhere(int window)
    {
        long work = 0;
        CmaArea stage = area.Rehearse();
        stage.FreeWindow(window, Pages);
        (long least, long most, _) = RoomNeeded(stage, Pages, AlignOrder, long.MaxValue, ref work);
        long missing = most - RoomOf(stage);
        bool fits = missing <= 0 || (least <= RoomOf(stage) && stage.Allocate(Pages, AlignOrder).IsOk);
        return fits ? 0 : (int)missing;
    }
}
