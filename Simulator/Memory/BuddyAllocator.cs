using System.Numerics;
using DmaBufSim.Abi;
using DmaBufSim.Engine;
using DmaBufSim.Tracing;

namespace DmaBufSim.Memory;

/// <summary>The page allocator: free blocks of 1 to 1024 frames, by order and by what may live beside them.</summary>
/// <remarks>
/// <para><b>Kernel:</b> mm/page_alloc.c: <c>__rmqueue_smallest()</c>, <c>expand()</c>, <c>__free_one_page()</c>,
/// <c>__rmqueue_claim()</c> and <c>__rmqueue_steal()</c>. Placement is that of a zone without per-CPU lists.</para>
/// <para>At boot every block of 4 MiB is free and movable, lowest address first. Those that were never touched are the
/// end of the order-10 list and have no bookkeeping yet.</para>
/// <para><b>Cost:</b> at most ten splits or merges; nothing is allocated once the 4 MiB of a frame were used.</para>
/// <para>A movable request may also be served from the idle pages of CMA areas, and comes first to them while they
/// are more than half of what is free.</para>
/// <para><b>Differs:</b> one zone; no watermarks, reclaim or compaction.</para>
/// </remarks>
public sealed partial class BuddyAllocator
{
    /// <summary>The largest order.</summary>
    public const int MaxOrder = 10;

    /// <summary>The order of a page block, 2 MiB.</summary>
    public const int PageblockOrder = 9;

    internal const int Types = 6;
    private const int InSection = Section.Frames - 1;

    private readonly PhysicalMemory memory;
    private readonly Trace trace;
    private readonly BlockList[] lists = new BlockList[(MaxOrder + 1) * Types];
    private readonly int[] nonEmpty = new int[Types];
    private readonly byte[] pageblockTypes;
    private readonly Memblock untouched;

    internal BuddyAllocator(PhysicalMemory memory, Memblock untouched, Trace trace)
    {
        this.memory = memory;
        this.untouched = untouched;
        this.trace = trace;
        foreach (ref BlockList list in lists.AsSpan())
        {
            list = new BlockList { Head = -1, Tail = -1 };
        }

        // Stored relative to Movable, so that a new array says what boot says.
        pageblockTypes = new byte[memory.FrameCount >> PageblockOrder];
        FreeFrames = untouched.Frames;
    }

    /// <summary>It has the same free blocks as that of another memory.</summary>
    internal void Restore(BuddyAllocator original)
    {
        original.lists.CopyTo(lists, 0);
        original.nonEmpty.CopyTo(nonEmpty, 0);
        original.pageblockTypes.CopyTo(pageblockTypes, 0);
        untouchedOfAreas.Clear();
        untouchedOfAreas.AddRange(original.untouchedOfAreas);
        untouchedInAreas = original.untouchedInAreas;
        FreeFrames = original.FreeFrames;
        FreeCmaFrames = original.FreeCmaFrames;
        IsUsed = original.IsUsed;
    }

    /// <summary>How many frames are free outside the CMA areas: those that any request can get.</summary>
    public long FreeFrames { get; private set; }

    /// <summary>How many frames of CMA areas are free, which only movable requests can get.</summary>
    /// <remarks><b>Kernel:</b> NR_FREE_CMA_PAGES. Blocks that are isolated are not counted.</remarks>
    public long FreeCmaFrames { get; private set; }

    /// <summary>Whether it has ever handed out a frame.</summary>
    internal bool IsUsed { get; private set; }

    /// <summary>Takes a block.</summary>
    /// <param name="order">The block has 2 to this power frames, aligned to its size.</param>
    /// <param name="type">What will live in it.</param>
    /// <returns>The first frame; <see cref="Errno.ENOMEM"/> where no block is left. Its frames read as zeros.</returns>
    /// <remarks>
    /// <b>Kernel:</b> <c>__rmqueue()</c>: the smallest block of its type, then one of a CMA area where the request is
    /// movable, then claim, then theft.
    /// </remarks>
    public Result<int> Allocate(int order, MigrateType type)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)order, (uint)MaxOrder, nameof(order));
        int frame = Take(order, type);
        if (frame < 0)
        {
            return trace.Refuse(Errno.ENOMEM, Reason.OutOfMemory, "buddy");
        }

        trace.Note(TraceEvent.PagesTaken, frame, 1 << order, name: "buddy");
        return frame;
    }

    /// <summary>Gives a block back and merges it with its free neighbours.</summary>
    /// <exception cref="InvariantException">No block of this order was allocated at this frame.</exception>
    /// <remarks><b>Kernel:</b> <c>__free_one_page()</c>.</remarks>
    public void Free(int frame, int order)
    {
        Return(frame, order);
        trace.Note(TraceEvent.PagesFreed, frame, 1 << order, name: "buddy");
    }

    /// <summary>How many free blocks of an order there are.</summary>
    public int FreeBlocks(int order)
    {
        int total = 0;
        for (int type = 0; type < Types; type++)
        {
            total += FreeBlocks(order, (MigrateType)type);
        }

        return total;
    }

    /// <summary>How many free blocks of an order and type there are.</summary>
    public int FreeBlocks(int order, MigrateType type) =>
        ListOf(order, type).Count + (order == MaxOrder ? UntouchedBlocks(type) : 0);

    /// <summary>How many frames are in free blocks of a type.</summary>
    internal long FreeFramesOf(MigrateType type)
    {
        long frames = 0;
        for (int order = 0; order <= MaxOrder; order++)
        {
            frames += (long)FreeBlocks(order, type) << order;
        }

        return frames;
    }

    /// <summary>The free blocks of an order and type, in the order in which they would be taken.</summary>
    public int[] FreeList(int order, MigrateType type)
    {
        List<int> frames = [];
        for (int frame = ListOf(order, type).Head; frame >= 0; frame = At(frame).Next)
        {
            frames.Add(frame);
        }

        if (order == MaxOrder && type == MigrateType.Movable)
        {
            foreach (FrameRun run in untouched.Runs)
            {
                for (int at = run.First; at < run.End; at += 1 << MaxOrder)
                {
                    frames.Add(at);
                }
            }
        }

        if (order == MaxOrder && type == MigrateType.Cma)
        {
            frames.AddRange(UntouchedOfAreas());
        }

        return [.. frames];
    }

    /// <summary>What may live in the page block of a frame.</summary>
    public MigrateType TypeOf(int frame) =>
        (MigrateType)(pageblockTypes[frame >> PageblockOrder] ^ (byte)MigrateType.Movable);

    /// <summary>Whether a frame is free.</summary>
    public bool IsFree(int frame)
    {
        if (untouched.Contains(frame) || IsUntouchedInArea(frame))
        {
            return true;
        }

        return memory.SectionIfMade(frame) is { } section && section.HeadOf(frame, FrameState.FreeHead) >= 0;
    }

    /// <summary>Boot sets frames aside: they never reach the free lists.</summary>
    /// <param name="run">Frames that nobody has touched, from a multiple of 4 MiB on, in whole page blocks.</param>
    internal void SetAside(FrameRun run)
    {
        untouched.Remove(run);
        FreeFrames -= run.Count;
        if ((run.End & InSection) != 0)
        {
            Add(run.End, PageblockOrder, MigrateType.Movable, atTail: true);
        }
    }

    /// <summary>Takes a block without leaving a record; -1 where none is left.</summary>
    internal int Take(int order, MigrateType type)
    {
        int frame = Find(order, type);
        if (frame < 0)
        {
            return -1;
        }

        Section section = memory.SectionAt(frame);
        ref Frame head = ref section.Entries[frame & InSection];
        head.State = FrameState.AllocatedHead;
        head.Order = (byte)order;
        head.Next = (int)type;
        head.Pins = 0;
        Count(TypeOf(frame), -(1 << order));
        IsUsed = true;
        if (section.Chunks is not null)
        {
            memory.Renew(frame, 1 << order);
        }

        return frame;
    }

    /// <summary>Gives a block back without leaving a record.</summary>
    internal void Return(int frame, int order)
    {
        Section section = memory.SectionAt(frame);
        Frame[] entries = section.Entries;
        ref Frame head = ref entries[frame & InSection];
        Invariant.Holds(head.State == FrameState.AllocatedHead && head.Order == order);
        head.State = FrameState.Tail;
        FreeOne(entries, frame, order);
    }

    private void FreeOne(Frame[] entries, int frame, int order, bool atTail = false)
    {
        MigrateType type = TypeOf(frame);
        Count(type, 1 << order);
        while (order < MaxOrder)
        {
            int buddy = frame ^ (1 << order);
            if (!IsFreeBlock(entries, buddy, order))
            {
                break;
            }

            MigrateType buddyType = order >= PageblockOrder ? TypeOf(buddy) : type;
            if (buddyType != type && !(IsMergeable(type) && IsMergeable(buddyType)))
            {
                break;
            }

            Remove(buddy, order, buddyType);
            if (buddyType != type)
            {
                SetType(buddy, order, type);
            }

            frame &= buddy;
            order++;
        }

        bool mayMergeSoon = atTail || order >= MaxOrder - 1
            ? atTail
            : IsFreeBlock(entries, MergedWith(frame, order) ^ (2 << order), order + 1);
        Add(frame, order, type, atTail: mayMergeSoon);
    }

    private int UntouchedBlocks(MigrateType type) => type switch
    {
        MigrateType.Movable => untouched.Frames >> MaxOrder,
        MigrateType.Cma => untouchedInAreas >> MaxOrder,
        _ => 0,
    };

    private static bool IsMergeable(MigrateType type) => type < MigrateType.HighAtomic;

    private static int MergedWith(int frame, int order) => frame & ~(1 << order);

    private static bool IsFreeBlock(Frame[] entries, int frame, int order)
    {
        ref Frame entry = ref entries[frame & InSection];
        return entry.State == FrameState.FreeHead && entry.Order == order;
    }

    private void Count(MigrateType type, int frames)
    {
        switch (type)
        {
            case MigrateType.Isolate:
                break;
            case MigrateType.Cma:
                FreeCmaFrames += frames;
                break;
            default:
                FreeFrames += frames;
                break;
        }
    }

    private int TakeSmallest(int order, MigrateType type)
    {
        int orders = nonEmpty[(int)type] >> order;
        if (orders != 0)
        {
            int found = order + BitOperations.TrailingZeroCount(orders);
            int frame = ListOf(found, type).Head;
            Remove(frame, found, type);
            Expand(frame, found, order, type);
            return frame;
        }

        return type switch
        {
            MigrateType.Movable => TakeUntouched(order),
            MigrateType.Cma => TakeUntouchedOfArea(order),
            _ => -1,
        };
    }

    private int TakeUntouched(int order)
    {
        int frame = untouched.TakeLowest();
        if (frame >= 0)
        {
            Expand(frame, MaxOrder, order, MigrateType.Movable);
        }

        return frame;
    }

    private void Expand(int frame, int from, int to, MigrateType type)
    {
        while (from > to)
        {
            from--;
            Add(frame + (1 << from), from, type, atTail: false);
        }
    }
}
