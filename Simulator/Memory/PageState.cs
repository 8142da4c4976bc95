namespace DmaBufSim.Memory;

/// <summary>What the allocators know of a frame.</summary>
public enum PageState
{
    /// <summary>It can be had: it lies in a free block, or idle in an area.</summary>
    Free,

    /// <summary>It has content that can be put elsewhere.</summary>
    Movable,

    /// <summary>It has content that could be put elsewhere, were it not for references to it.</summary>
    Pinned,

    /// <summary>The page allocator has handed it out for something that stays where it is.</summary>
    Unmovable,

    /// <summary>An area has handed it out.</summary>
    HandedOut,

    /// <summary>Boot has set it aside, and no allocator of this room has it.</summary>
    SetAside,
}

/// <summary>Asks the allocators about frames.</summary>
public static class PageStates
{
    /// <summary>What a frame is.</summary>
    /// <param name="memory">The memory.</param>
    /// <param name="area">The area that the frame lies in, or null.</param>
    /// <param name="frame">The frame.</param>
    /// <remarks><b>Cost:</b> a look at one bit in an area, and at eleven frames at most elsewhere.</remarks>
    public static PageState StateOf(this PhysicalMemory memory, CmaArea? area, int frame)
    {
        if (area is not null)
        {
            int page = area.PageOf(frame);
            return area.Loans is { } loans && loans.Lent.AreSet(page, 1)
                ? loans.Pinned.AreSet(page, 1) ? PageState.Pinned : PageState.Movable
                : area.IsAllocated(frame) ? PageState.HandedOut : PageState.Free;
        }

        if (memory.Buddy.IsFree(frame))
        {
            return PageState.Free;
        }

        Section? section = memory.SectionIfMade(frame);
        int head = section?.HeadOf(frame, FrameState.AllocatedHead) ?? -1;
        if (head < 0)
        {
            return PageState.SetAside;
        }

        bool isMovable = (MigrateType)(section!.Entries[head].Next & ReverseMap.TypeBits) == MigrateType.Movable;
        return !isMovable ? PageState.Unmovable
            : memory.Movable.PinsOf(frame) > 0 ? PageState.Pinned
            : PageState.Movable;
    }
}
