using DmaBufSim.Memory;

namespace DmaBufSim.Tests.Memory;

/// <summary>The page allocator written down as the kernel's rules read, on plain lists. Slow and obvious.</summary>
internal sealed class BuddyModel
{
    private static readonly int[][] Fallbacks = [[2, 1], [2, 0], [0, 1]];

    private readonly List<int>[,] lists = new List<int>[11, 3];
    private readonly int[] types;
    private readonly Dictionary<int, (int Order, int Asked)> taken = [];

    public BuddyModel(int frames)
    {
        types = Enumerable.Repeat(1, frames / 512).ToArray();
        for (int order = 0; order <= 10; order++)
        {
            for (int type = 0; type < 3; type++)
            {
                lists[order, type] = [];
            }
        }

        for (int frame = 0; frame < frames; frame += 1024)
        {
            lists[10, 1].Add(frame);
        }
    }

    public int[] List(int order, MigrateType type) => [.. lists[order, (int)type]];

    public MigrateType TypeOf(int frame) => (MigrateType)types[frame / 512];

    public int Allocate(int order, MigrateType type)
    {
        int frame = Smallest(order, (int)type);
        frame = frame >= 0 ? frame : Claim(order, (int)type);
        frame = frame >= 0 ? frame : Steal(order, (int)type);
        if (frame >= 0)
        {
            taken.Add(frame, (order, (int)type));
        }

        return frame;
    }

    public void Free(int frame, int order)
    {
        taken.Remove(frame);
        int type = types[frame / 512];
        int buddy;
        while (true)
        {
            buddy = frame ^ (1 << order);
            if (order == 10 || !IsFreeBlock(buddy, order))
            {
                break;
            }

            int buddyType = types[buddy / 512];
            lists[order, buddyType].Remove(buddy);
            if (buddyType != type)
            {
                SetTypes(buddy, order, type);
            }

            frame &= buddy;
            order++;
        }

        bool tail = order < 9 && IsFreeBlock((frame & buddy) ^ (1 << (order + 1)), order + 1);
        lists[order, type].Insert(tail ? lists[order, type].Count : 0, frame);
    }

    private bool IsFreeBlock(int frame, int order) =>
        frame / 512 < types.Length && Enumerable.Range(0, 3).Any(type => lists[order, type].Contains(frame));

    private void SetTypes(int frame, int order, int type)
    {
        for (int at = frame; at < frame + (1 << order); at += 512)
        {
            types[at / 512] = type;
        }
    }

    private int Smallest(int order, int type)
    {
        for (int from = order; from <= 10; from++)
        {
            if (lists[from, type].Count > 0)
            {
                return TakeHead(from, order, type, type);
            }
        }

        return -1;
    }

    private int TakeHead(int from, int order, int listed, int rest)
    {
        int frame = lists[from, listed][0];
        lists[from, listed].RemoveAt(0);
        while (from > order)
        {
            from--;
            lists[from, rest].Insert(0, frame + (1 << from));
        }

        return frame;
    }

    private int Other(int order, int type) => Array.Find([.. Fallbacks[type], -1], t => t < 0 || lists[order, t].Count > 0);

    private int Claim(int order, int type)
    {
        for (int from = 10; from >= order; from--)
        {
            int other = Other(from, type);
            if (other < 0)
            {
                continue;
            }

            if (from < 4 && type == 1)
            {
                break;
            }

            if (from >= 9)
            {
                SetTypes(lists[from, other][0], from, type);
                return TakeHead(from, order, other, type);
            }

            if (ClaimPart(lists[from, other][0] / 512 * 512, type))
            {
                return Smallest(order, type);
            }
        }

        return -1;
    }

    private bool ClaimPart(int start, int type)
    {
        int old = types[start / 512];
        var free = (from order in Enumerable.Range(0, 9)
                    from frame in lists[order, old]
                    where frame / 512 == start / 512
                    orderby frame
                    select (frame, order)).ToList();
        int freePages = free.Sum(block => 1 << block.order);
        int movable = taken.Where(b => b.Key / 512 == start / 512 && b.Value.Asked == 1).Sum(b => 1 << b.Value.Order);
        int alike = type == 1 ? movable : old == 1 ? 512 - freePages - movable : 0;
        if (freePages + alike < 256)
        {
            return false;
        }

        foreach ((int frame, int order) in free)
        {
            lists[order, old].Remove(frame);
            lists[order, type].Add(frame);
        }

        types[start / 512] = type;
        return true;
    }

    private int Steal(int order, int type)
    {
        for (int from = order; from <= 10; from++)
        {
            int other = Other(from, type);
            if (other >= 0)
            {
                return TakeHead(from, order, other, other);
            }
        }

        return -1;
    }
}
