namespace DmaBufSim.Memory;

/// <summary>Which pages of an area hold movable memory, whose, and which of them are pinned.</summary>
/// <remarks>
/// <b>Cost:</b> exists only once a page was lent: two bits a page, and the bookkeeping of the frames themselves.
/// </remarks>
internal sealed class CmaLoans(PhysicalMemory memory, FrameRun range)
{
    /// <summary>How many pins a page can have.</summary>
    public const int MaxPins = byte.MaxValue;

    private const int NoSlot = -1;
    private const int InSection = Section.Frames - 1;

    private readonly List<MovableMemory> owners = [];

    /// <summary>The lent pages.</summary>
    public Bitmap Lent { get; } = new(range.Count);

    /// <summary>Those of them that cannot be moved.</summary>
    public Bitmap Pinned { get; } = new(range.Count);

    /// <summary>Whose page it is; a pinned page that its owner has left is still called after it.</summary>
    public MovableMemory OwnerOf(int page) => owners[At(page).Next];

    /// <summary>How many pins it has.</summary>
    public int PinsOf(int page) => At(page).Pins;

    /// <summary>Whether a page is lent, and its owner still uses it.</summary>
    public bool IsMappedBy(int page, MovableMemory owner) =>
        Lent.AreSet(page, 1) && OwnerOf(page) == owner && At(page).Previous != NoSlot;

    /// <summary>Lends an idle page, or one that the same owner had left behind pinned.</summary>
    public void Lend(int page, MovableMemory owner)
    {
        bool isIdle = !Lent.AreSet(page, 1);
        ref Frame entry = ref At(page);
        if (isIdle)
        {
            int number = owners.IndexOf(owner);
            if (number < 0)
            {
                number = owners.Count;
                owners.Add(owner);
            }

            entry.Next = number;
            entry.Pins = 0;
            Lent.Set(page, 1);
        }

        entry.Previous = owner.Settle(range.First + page, isIdle);
    }

    /// <summary>The owner does not use the page any more; a pin keeps it where it is.</summary>
    public void Leave(int page)
    {
        ref Frame entry = ref At(page);
        OwnerOf(page).Drop(entry.Previous);
        entry.Previous = NoSlot;
        FreeUnheld(page);
    }

    /// <summary>Takes a reference.</summary>
    public void Pin(int page)
    {
        ref Frame entry = ref At(page);
        if (entry.Pins++ == 0)
        {
            Pinned.Set(page, 1);
        }
    }

    /// <summary>Drops a reference.</summary>
    public void Unpin(int page)
    {
        ref Frame entry = ref At(page);
        if (--entry.Pins == 0)
        {
            Pinned.Clear(page, 1);
            FreeUnheld(page);
        }
    }

    /// <summary>Moves every page of a range that can be moved out of the area, lowest first.</summary>
    /// <param name="from">The first page.</param>
    /// <param name="end">The first page behind the range.</param>
    /// <param name="moved">How many were moved.</param>
    /// <returns>Whether memory had room for all of them.</returns>
    /// <remarks><b>Kernel:</b> <c>__alloc_contig_migrate_range()</c>, <c>alloc_migration_target()</c>.</remarks>
    public bool MoveOut(int from, int end, out int moved)
    {
        moved = 0;
        for (int page = Lent.NextSet(from, end); page < end; page = Lent.NextSet(page + 1, end))
        {
            if (Pinned.AreSet(page, 1))
            {
                continue;
            }

            int target = memory.Buddy.Take(0, MigrateType.Movable);
            if (target < 0)
            {
                return false;
            }

            memory.Move(range.First + page, target);
            OwnerOf(page).MoveOut(At(page).Previous, target);
            Lent.Clear(page, 1);
            moved++;
        }

        return true;
    }

    private void FreeUnheld(int page)
    {
        ref Frame entry = ref At(page);
        if (entry.Previous == NoSlot && entry.Pins == 0)
        {
            Lent.Clear(page, 1);
        }
    }

    private ref Frame At(int page)
    {
        int frame = range.First + page;
        return ref memory.SectionAt(frame).Entries[frame & InSection];
    }
}
