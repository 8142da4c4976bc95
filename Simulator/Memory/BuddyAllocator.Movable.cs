using System.Numerics;

namespace DmaBufSim.Memory;

/// <summary>Movable requests may also be served from the idle pages of areas.</summary>
public sealed partial class BuddyAllocator
{
    /// <summary>
    /// Takes movable pages that lie one after the other, as many requests for one page would get them.
    /// </summary>
    /// <param name="most">How many requests; at least one.</param>
    /// <returns>
    /// What the first of them get, at least one page; an empty run where none is left. The bookkeeping of the frames
    /// is the caller's to fill in.
    /// </returns>
    /// <remarks>
    /// <b>Cost:</b> that of one request. A run ends where its free block does, or where the next page would come from
    /// the other side of the half rule.
    /// </remarks>
    internal FrameRun TakeMovable(int most)
    {
        bool isFromArea = AreAreasFirst;
        MigrateType type = isFromArea ? MigrateType.Cma : MigrateType.Movable;
        if (nonEmpty[(int)type] == 0)
        {
            int page = Take(0, MigrateType.Movable);
            return page < 0 ? default : new FrameRun(page, 1);
        }

        // What is split off a block comes to the head of its lists, which were empty: the next page is the next one.
        int order = BitOperations.TrailingZeroCount(nonEmpty[(int)type]);
        long sameSide = isFromArea ? FreeCmaFrames - FreeFrames : FreeFrames - FreeCmaFrames + 1;
        int count = (int)Math.Min(Math.Min(most, 1 << order), sameSide);
        int first = ListOf(order, type).Head;
        Remove(first, order, type);
        for (int at = first + count; at < first + (1 << order);)
        {
            int rest = BitOperations.TrailingZeroCount(at);
            Add(at, rest, type, atTail: false);
            at += 1 << rest;
        }

        Count(type, -count);
        IsUsed = true;
        if (memory.SectionAt(first).Chunks is not null)
        {
            memory.Renew(first, count);
        }

        return new FrameRun(first, count);
    }

    // The half rule: areas are used evenly with the rest of memory, not only when that is full.
    private bool AreAreasFirst => FreeCmaFrames > (FreeFrames + FreeCmaFrames) / 2;

    private int Find(int order, MigrateType type)
    {
        bool mayUseCma = type == MigrateType.Movable && FreeCmaFrames > 0;
        int frame = mayUseCma && AreAreasFirst ? TakeSmallest(order, MigrateType.Cma) : -1;
        frame = frame < 0 ? TakeSmallest(order, type) : frame;
        frame = frame < 0 && mayUseCma ? TakeSmallest(order, MigrateType.Cma) : frame;
        frame = frame < 0 ? Claim(order, type) : frame;
        return frame < 0 ? Steal(order, type) : frame;
    }
}
