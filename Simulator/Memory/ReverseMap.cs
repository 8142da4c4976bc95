using DmaBufSim.Engine;

namespace DmaBufSim.Memory;

/// <summary>Whose page each movable page is, and what keeps it where it is.</summary>
/// <remarks>
/// <para><b>Kernel:</b> mm/rmap.c, the reference count of a page, and mm/migrate.c.</para>
/// <para><b>Cost:</b> constant a page; what it knows is in the bookkeeping of the frames.</para>
/// </remarks>
internal sealed class ReverseMap(PhysicalMemory memory)
{
    /// <summary>Where a frame says what it was asked for; above is the number of its address space.</summary>
    public const int TypeBits = (1 << TypeShift) - 1;

    /// <summary>How many references a page can have.</summary>
    public const int MaxPins = byte.MaxValue;

    private const int TypeShift = 3;
    private const int NoPage = -1;
    private const int InSection = Section.Frames - 1;

    // Frames name an address space by its place here.
    private readonly List<AddressSpace?> spaces = [null];
    private readonly Stack<int> unused = [];

    /// <summary>
    /// The pages of the same address spaces in a copy of the memory. The address spaces are not told of it.
    /// </summary>
    public ReverseMap(ReverseMap original, PhysicalMemory copy)
        : this(copy) => spaces = original.spaces;

    /// <summary>How many pages have content that can be dropped, those included that a pin keeps.</summary>
    public long DroppablePages => spaces.Sum(space => space?.Kind == PageKind.CleanFile ? (long)space.HeldFrames : 0);

    /// <summary>Takes a page from the page allocator; -1 where none is left.</summary>
    public int Allocate(AddressSpace space, int index)
    {
        int frame = space.Kind == PageKind.CleanFile ? TakeDiscardable() : -1;
        frame = frame < 0 ? memory.Buddy.Take(0, MigrateType.Movable) : frame;
        if (frame >= 0)
        {
            Bind(frame, space, index);
        }

        return frame;
    }

    /// <summary>A frame that was taken for it now holds a page.</summary>
    public void Bind(int frame, AddressSpace space, int index)
    {
        CmaArea? area = memory.AreaOf(frame);
        if (!memory.IsRehearsal)
        {
            Enter(space, area);
        }

        ref Frame entry = ref At(frame);
        entry.State = FrameState.AllocatedHead;
        entry.Order = 0;
        entry.Next = (int)MigrateType.Movable | (space.Number << TypeShift);
        entry.Previous = index;
        entry.Pins = 0;
        area?.NeedLoans().Lend(area.PageOf(frame), space.Kind);
    }

    /// <summary>Its address space uses a page again that it had left pinned.</summary>
    public void Rebind(int frame, int index) => At(frame).Previous = index;

    /// <summary>Whose page it is, or was before only a pin kept it; null where it is no such page.</summary>
    public AddressSpace? OwnerOf(int frame)
    {
        ref Frame entry = ref At(frame);
        return entry.State == FrameState.AllocatedHead ? spaces[entry.Next >> TypeShift] : null;
    }

    /// <summary>Which page of its owner it is; -1 where the owner has left it.</summary>
    public int IndexOf(int frame) => At(frame).Previous;

    /// <summary>How many references keep it where it is.</summary>
    public int PinsOf(int frame) => At(frame).Pins;

    /// <summary>Its owner does not use the page any more; a pin keeps it where it is.</summary>
    public void Leave(int frame)
    {
        ref Frame entry = ref At(frame);
        entry.Previous = NoPage;
        if (entry.Pins == 0)
        {
            Release(frame);
        }
    }

    /// <summary>Takes a reference.</summary>
    public void Pin(int frame)
    {
        ref Frame entry = ref At(frame);
        Invariant.Holds(entry.Pins < MaxPins);
        if (entry.Pins++ == 0 && memory.AreaOf(frame) is { } area)
        {
            area.NeedLoans().Pinned.Set(area.PageOf(frame), 1);
        }
    }

    /// <summary>Drops a reference.</summary>
    public void Unpin(int frame)
    {
        ref Frame entry = ref At(frame);
        Invariant.Holds(entry.Pins > 0);
        if (--entry.Pins > 0)
        {
            return;
        }

        if (memory.AreaOf(frame) is { } area)
        {
            area.NeedLoans().Pinned.Clear(area.PageOf(frame), 1);
        }

        if (entry.Previous == NoPage)
        {
            Release(frame);
        }
    }

    /// <summary>Moves a page that has no reference, with its bytes.</summary>
    /// <param name="frame">Where it is.</param>
    /// <param name="type">What its new place is asked for.</param>
    /// <returns>Where it is now; -1 where no page is free.</returns>
    /// <remarks><b>Kernel:</b> <c>migrate_pages()</c> with <c>alloc_migration_target()</c>.</remarks>
    public int Migrate(int frame, MigrateType type)
    {
        int target = memory.Buddy.Take(0, type);
        if (target < 0)
        {
            return -1;
        }

        AddressSpace owner = OwnerOf(frame)!;
        int index = IndexOf(frame);
        memory.Move(frame, target);
        Bind(target, owner, index);
        Release(frame);
        if (!memory.IsRehearsal)
        {
            owner.Moved(index, target);
        }

        return target;
    }

    /// <summary>Moves pages of an area that have no reference, with their bytes, the lowest first.</summary>
    /// <param name="pages">Where they are: lent pages that lie one after the other.</param>
    /// <returns>How many were moved; less where no page is free for the next one.</returns>
    /// <remarks><b>Cost:</b> constant for pages that come to lie one after the other, and some stores each.</remarks>
    public int Migrate(FrameRun pages)
    {
        CmaArea area = memory.AreaOf(pages.First)!;
        int moved = 0;
        while (moved < pages.Count
            && memory.Buddy.TakeMovable(pages.Count - moved) is { Count: > 0 } targets)
        {
            Move(pages.First + moved, targets, area);
            moved += targets.Count;
        }

        area.NeedLoans().Lent.Clear(area.PageOf(pages.First), moved);
        if (area.IsInPageAllocator)
        {
            memory.Buddy.ReturnRange(pages.First, moved);
        }

        return moved;
    }

    /// <summary>Drops a page of clean page cache.</summary>
    /// <remarks><b>Kernel:</b> <c>reclaim_clean_pages_from_list()</c>.</remarks>
    public void Drop(int frame)
    {
        AddressSpace owner = OwnerOf(frame)!;
        int index = IndexOf(frame);
        Release(frame);
        if (!memory.IsRehearsal)
        {
            owner.Dropped(index);
        }
    }

    private void Move(int first, FrameRun targets, CmaArea area)
    {
        CmaArea? targetArea = memory.AreaOf(targets.First);
        targetArea?.NeedLoans().Lent.Set(targetArea.PageOf(targets.First), targets.Count);
        for (int done = 0; done < targets.Count;)
        {
            int source = first + done;
            int target = targets.First + done;
            int count = Math.Min(targets.Count - done, Section.Frames - (source & InSection));
            Span<Frame> sources = memory.SectionAt(source).Entries.AsSpan(source & InSection, count);
            Span<Frame> copies = memory.SectionAt(target).Entries.AsSpan(target & InSection, count);
            sources.CopyTo(copies);
            foreach (ref Frame entry in sources)
            {
                entry.State = FrameState.Tail;
            }

            done += count;
            int lent = (targetArea is { IsInPageAllocator: false } ? 1 : 0) - (area.IsInPageAllocator ? 0 : 1);
            for (int i = 0; i < count && !memory.IsRehearsal; i++)
            {
                copies[i].IsWritten = false;
                memory.Move(source + i, target + i);
                AddressSpace owner = spaces[copies[i].Next >> TypeShift]!;
                owner.LentFrames += lent;
                owner.Moved(copies[i].Previous, target + i);
            }
        }
    }

    private void Release(int frame)
    {
        ref Frame entry = ref At(frame);
        AddressSpace space = spaces[entry.Next >> TypeShift]!;
        entry.Next = (int)MigrateType.Movable;
        CmaArea? area = memory.AreaOf(frame);
        if (!memory.IsRehearsal)
        {
            Exit(space, area);
        }

        area?.NeedLoans().Return(area.PageOf(frame));
        if (area is { IsInPageAllocator: false })
        {
            entry.State = FrameState.Tail;
        }
        else
        {
            memory.Buddy.Return(frame, 0);
        }
    }

    private void Enter(AddressSpace space, CmaArea? area)
    {
        if (space.Number == 0)
        {
            space.Number = unused.Count > 0 ? unused.Pop() : spaces.Count;
            if (space.Number == spaces.Count)
            {
                spaces.Add(null);
            }

            spaces[space.Number] = space;
        }

        space.HeldFrames++;
        space.LentFrames += area is { IsInPageAllocator: false } ? 1 : 0;
    }

    private void Exit(AddressSpace space, CmaArea? area)
    {
        space.LentFrames -= area is { IsInPageAllocator: false } ? 1 : 0;
        space.HeldFrames--;
        if (space.HeldFrames == 0)
        {
            spaces[space.Number] = null;
            unused.Push(space.Number);
            space.Number = 0;
        }
    }

    // An area that lends only what can be dropped keeps its idle pages from the page allocator.
    private int TakeDiscardable()
    {
        foreach (CmaArea area in memory.Areas)
        {
            int frame = area.TakeDiscardable();
            if (frame >= 0)
            {
                return frame;
            }
        }

        return -1;
    }

    private ref Frame At(int frame) => ref memory.SectionAt(frame).Entries[frame & InSection];
}
