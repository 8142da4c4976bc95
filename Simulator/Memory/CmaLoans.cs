namespace DmaBufSim.Memory;

/// <summary>Which pages of an area hold movable memory, and which of them cannot be moved.</summary>
/// <remarks><b>Cost:</b> exists only once a page was lent: three bits a page.</remarks>
internal sealed class CmaLoans(PhysicalMemory memory, CmaArea area)
{
    /// <summary>The lent pages.</summary>
    public Bitmap Lent { get; } = new(area.TotalPages);

    /// <summary>Those of them that have a reference.</summary>
    public Bitmap Pinned { get; } = new(area.TotalPages);

    /// <summary>Those of them that have clean page cache, which is dropped, not moved.</summary>
    public Bitmap Droppable { get; } = new(area.TotalPages);

    /// <summary>A page is lent.</summary>
    public void Lend(int page, PageKind kind)
    {
        Lent.Set(page, 1);
        if (kind == PageKind.CleanFile)
        {
            Droppable.Set(page, 1);
        }
    }

    /// <summary>A page is not lent any more.</summary>
    public void Return(int page)
    {
        Lent.Clear(page, 1);
        if (Droppable.AreSet(page, 1))
        {
            Droppable.Clear(page, 1);
        }
    }

    /// <summary>Whose page it is; a pinned page that its owner has left is still called after it.</summary>
    public AddressSpace OwnerOf(int page) => memory.Movable.OwnerOf(area.FrameOf(page))!;

    /// <summary>How many references it has.</summary>
    public int PinsOf(int page) => memory.Movable.PinsOf(area.FrameOf(page));

    /// <summary>Whether a page is lent, and its owner still uses it.</summary>
    public bool IsMappedBy(int page, AddressSpace owner) =>
        Lent.AreSet(page, 1) && OwnerOf(page) == owner && memory.Movable.IndexOf(area.FrameOf(page)) >= 0;

    /// <summary>How many pages of a range would have to leave it.</summary>
    public int MovableIn(int page, int count) => Lent.CountSet(page, count) - Pinned.CountSet(page, count);

    /// <summary>How many pages of a range would be dropped to clear it.</summary>
    public int DroppableIn(int page, int count) =>
        Droppable.Used == 0 ? 0 : Droppable.CountSetWithout(Pinned, page, count);

    /// <summary>Takes every page out of a range that can be taken out, lowest first.</summary>
    /// <param name="from">The first page.</param>
    /// <param name="end">The first page behind the range.</param>
    /// <param name="moved">How many were copied elsewhere.</param>
    /// <param name="dropped">How many were dropped.</param>
    /// <returns>Whether memory had room for all of them.</returns>
    /// <remarks><b>Kernel:</b> <c>__alloc_contig_migrate_range()</c>.</remarks>
    public bool Clear(int from, int end, out int moved, out int dropped)
    {
        moved = 0;
        dropped = 0;
        for (int page = Lent.NextSet(from, end); page < end; page = Lent.NextSet(page, end))
        {
            int stop = Math.Min(Pinned.NextSet(page, end), Lent.NextClear(page, end));
            int next = Droppable.NextSet(page, stop);
            if (stop == page)
            {
                page++;
            }
            else if (next == page)
            {
                memory.Movable.Drop(area.FrameOf(page));
                dropped++;
                page++;
            }
            else
            {
                int done = memory.Movable.Migrate(new FrameRun(area.FrameOf(page), next - page));
                moved += done;
                page += done;
                if (page < next)
                {
                    return false;
                }
            }
        }

        return true;
    }
}
