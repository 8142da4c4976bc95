using System.Runtime.CompilerServices;

namespace DmaBufSim.Memory;

public sealed partial class BuddyAllocator
{
    private void Add(int frame, int order, MigrateType type, bool atTail)
    {
        ref BlockList list = ref ListOf(order, type);
        ref Frame entry = ref At(frame);
        entry.State = FrameState.FreeHead;
        entry.Order = (byte)order;
        if (list.Count == 0)
        {
            entry.Next = -1;
            entry.Previous = -1;
            list.Head = frame;
            list.Tail = frame;
            nonEmpty[(int)type] |= 1 << order;
        }
        else if (atTail)
        {
            entry.Next = -1;
            entry.Previous = list.Tail;
            At(list.Tail).Next = frame;
            list.Tail = frame;
        }
        else
        {
            entry.Next = list.Head;
            entry.Previous = -1;
            At(list.Head).Previous = frame;
            list.Head = frame;
        }

        list.Count++;
    }

    private void Remove(int frame, int order, MigrateType type)
    {
        ref BlockList list = ref ListOf(order, type);
        ref Frame entry = ref At(frame);
        entry.State = FrameState.Tail;
        if (entry.Previous >= 0)
        {
            At(entry.Previous).Next = entry.Next;
        }
        else
        {
            list.Head = entry.Next;
        }

        if (entry.Next >= 0)
        {
            At(entry.Next).Previous = entry.Previous;
        }
        else
        {
            list.Tail = entry.Previous;
        }

        list.Count--;
        if (list.Count == 0)
        {
            nonEmpty[(int)type] &= ~(1 << order);
        }
    }

    private void SetType(int frame, int order, MigrateType type)
    {
        int first = frame >> PageblockOrder;
        int last = (frame + (1 << order) - 1) >> PageblockOrder;
        for (int block = first; block <= last; block++)
        {
            pageblockTypes[block] = (byte)((byte)type ^ (byte)MigrateType.Movable);
        }
    }

    private ref BlockList ListOf(int order, MigrateType type) => ref lists[(order * Types) + (int)type];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref Frame At(int frame) => ref memory.SectionAt(frame).Entries[frame & InSection];

    private struct BlockList
    {
        public int Head;
        public int Tail;
        public int Count;
    }
}
