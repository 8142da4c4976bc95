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
    private const int TypeBits = 7;

    /// <summary>What a frame is.</summary>
    /// <param name="memory">The memory.</param>
    /// <param name="area">The area that the frame lies in, or null.</param>
    /// <param name="frame">The frame.</param>
    /// <remarks><b>Cost:</b> a look at one bit in an area, and at eleven frames at most elsewhere.</remarks>
    public static PageState StateOf(this PhysicalMemory memory, CmaArea? area, int frame)
    {
        if (area is not null)
        {
            return area.Loans is { } loans && loans.Lent.AreSet(frame - area.Range.First, 1)
                ? loans.Pinned.AreSet(frame - area.Range.First, 1) ? PageState.Pinned : PageState.Movable
                : area.IsAllocated(frame) ? PageState.HandedOut : PageState.Free;
        }

        if (memory.Buddy.IsFree(frame))
        {
            return PageState.Free;
        }

        return TypeInBlock(memory, frame) switch
        {
            null => PageState.SetAside,
            MigrateType.Movable when PinsOf(memory, frame) > 0 => PageState.Pinned,
            MigrateType.Movable => PageState.Movable,
            _ => PageState.Unmovable,
        };
    }

    private static int PinsOf(PhysicalMemory memory, int frame) =>
        memory.SectionIfMade(frame) is { } section ? section.Entries[frame & (Section.Frames - 1)].Pins : 0;

    // What the allocated block around a frame was asked for, or null outside all of them.
    private static MigrateType? TypeInBlock(PhysicalMemory memory, int frame)
    {
        if (memory.SectionIfMade(frame) is not { } section)
        {
            return null;
        }

        for (int order = 0; order <= BuddyAllocator.MaxOrder; order++)
        {
            ref Frame head = ref section.Entries[frame & (Section.Frames - 1) & ~((1 << order) - 1)];
            if (head.State == FrameState.AllocatedHead && head.Order >= order)
            {
                return (MigrateType)(head.Next & TypeBits);
            }
        }

        return null;
    }
}
