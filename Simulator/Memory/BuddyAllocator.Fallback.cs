namespace DmaBufSim.Memory;

public sealed partial class BuddyAllocator
{
    // Where a request looks when the lists of its own type are empty.
    private static ReadOnlySpan<MigrateType> FallbacksOf(MigrateType type) => type switch
    {
        MigrateType.Unmovable => [MigrateType.Reclaimable, MigrateType.Movable],
        MigrateType.Movable => [MigrateType.Reclaimable, MigrateType.Unmovable],
        MigrateType.Reclaimable => [MigrateType.Unmovable, MigrateType.Movable],
        _ => [],
    };

    // Large blocks first: take over whole page blocks where that is sensible. __rmqueue_claim()
    private int Claim(int order, MigrateType type)
    {
        for (int current = MaxOrder; current >= order; current--)
        {
            if (FindFallback(current, type) is not { } donor)
            {
                continue;
            }

            if (current < PageblockOrder / 2 && type == MigrateType.Movable)
            {
                break;
            }

            if (current >= PageblockOrder)
            {
                int frame = TakeHead(current, donor);
                SetType(frame, current, type);
                Expand(frame, current, order, type);
                return frame;
            }

            if (TryClaimPageblock(ListOf(current, donor).Head, donor, type))
            {
                return TakeSmallest(order, type);
            }
        }

        return -1;
    }

    // Small blocks first: take one and leave the rest where it was. __rmqueue_steal()
    private int Steal(int order, MigrateType type)
    {
        for (int current = order; current <= MaxOrder; current++)
        {
            if (FindFallback(current, type) is { } donor)
            {
                int frame = TakeHead(current, donor);
                Expand(frame, current, order, donor);
                return frame;
            }
        }

        return -1;
    }

    private MigrateType? FindFallback(int order, MigrateType type)
    {
        foreach (MigrateType donor in FallbacksOf(type))
        {
            if (FreeBlocks(order, donor) > 0)
            {
                return donor;
            }
        }

        return null;
    }

    private int TakeHead(int order, MigrateType type)
    {
        int frame = ListOf(order, type).Head;
        if (frame < 0)
        {
            return TakeUntouched(order);
        }

        Remove(frame, order, type);
        return frame;
    }

    private bool TryClaimPageblock(int frame, MigrateType donor, MigrateType type)
    {
        const int PageblockFrames = 1 << PageblockOrder;
        int first = frame & ~(PageblockFrames - 1);
        int free = 0;
        int movable = 0;
        for (int at = first; at < first + PageblockFrames;)
        {
            ref Frame entry = ref At(at);
            int size = entry.State == FrameState.Tail ? 1 : 1 << entry.Order;
            free += entry.State == FrameState.FreeHead ? size : 0;
            bool isMovable = entry.State == FrameState.AllocatedHead
                && (MigrateType)(entry.Next & ReverseMap.TypeBits) == MigrateType.Movable;
            movable += isMovable ? size : 0;
            at += size;
        }

        int alike = (type, donor) switch
        {
            (MigrateType.Movable, _) => movable,
            (_, MigrateType.Movable) => PageblockFrames - (free + movable),
            _ => 0,
        };
        if (free + alike < PageblockFrames / 2)
        {
            return false;
        }

        MoveFreeBlocks(first, PageblockFrames, donor, type);
        SetType(first, PageblockOrder, type);
        return true;
    }

    private void MoveFreeBlocks(int first, int count, MigrateType from, MigrateType to)
    {
        for (int at = first; at < first + count;)
        {
            ref Frame entry = ref At(at);
            int order = entry.State == FrameState.Tail ? 0 : entry.Order;
            if (entry.State == FrameState.FreeHead)
            {
                Remove(at, order, from);
                Add(at, order, to, atTail: true);
            }

            at += 1 << order;
        }
    }
}
