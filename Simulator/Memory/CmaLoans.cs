namespace DmaBufSim.Memory;

/// <summary>Which pages of an area hold movable memory, and which of them cannot be moved.</summary>
/// <remarks><b>Cost:</b> exists only once a page was lent: two bits a page.</remarks>
internal sealed class CmaLoans(PhysicalMemory memory, CmaArea area)
{
    /// <summary>The lent pages.</summary>
    public Bitmap Lent { get; } = new(area.TotalPages);

    /// <summary>Those of them that have a reference.</summary>
    public Bitmap Pinned { get; } = new(area.TotalPages);

    /// <summary>Whose page it is; a pinned page that its owner has left is still called after it.</summary>
    public AddressSpace OwnerOf(int page) => memory.Movable.OwnerOf(area.FrameOf(page))!;

    /// <summary>How many references it has.</summary>
    public int PinsOf(int page) => memory.Movable.PinsOf(area.FrameOf(page));

    /// <summary>Whether a page is lent, and its owner still uses it.</summary>
    public bool IsMappedBy(int page, AddressSpace owner) =>
        Lent.AreSet(page, 1) && OwnerOf(page) == owner && memory.Movable.IndexOf(area.FrameOf(page)) >= 0;

    /// <summary>How many pages of a range would have to leave it.</summary>
    public int MovableIn(int page, int count) => Lent.CountSet(page, count) - Pinned.CountSet(page, count);

    /// <summary>Whether a lent page has content that is dropped, not moved.</summary>
    public bool IsDroppable(int page) => OwnerOf(page).Kind == PageKind.CleanFile;

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
        bool mayDrop = memory.Movable.DroppablePages > 0;
        for (int page = Lent.NextSet(from, end); page < end; page = Lent.NextSet(page, end))
        {
            int stop = Math.Min(Pinned.NextSet(page, end), Lent.NextClear(page, end));
            if (stop == page)
            {
                page++;
            }
            else if (mayDrop && IsDroppable(page))
            {
                memory.Movable.Drop(area.FrameOf(page));
                dropped++;
                page++;
            }
            else
            {
                int count = 1;
                while (page + count < stop && !(mayDrop && IsDroppable(page + count)))
                {
                    count++;
                }

                int done = memory.Movable.Migrate(new FrameRun(area.FrameOf(page), count));
                moved += done;
                page += done;
                if (done < count)
                {
                    return false;
                }
            }
        }

        return true;
    }
}
