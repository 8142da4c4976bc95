namespace DmaBufSim.Memory;

/// <summary>How large an area has to be for a workload, worked out before there is one.</summary>
/// <remarks>
/// <para><b>Kernel:</b> none. Requests are placed as <c>cma_alloc()</c> places them, first fit in an area that begins
/// at a multiple of every alignment and has nothing lent. First fit does not depend on the end of the area, so the
/// workload fits wherever <see cref="TopPage"/> fits, and nowhere below.</para>
/// <para><b>Cost:</b> of each request one search of a bitmap that is as long as all requests together.</para>
/// </remarks>
public sealed class CmaPlan
{
    private Bitmap used = new(1 << 10);

    /// <summary>The pages that are handed out at this moment.</summary>
    public long UsedPages => used.Used;

    /// <summary>The first page behind all that was ever handed out: the fewest pages that the area can have.</summary>
    public int TopPage { get; private set; }

    /// <summary>The most pages that were handed out at once.</summary>
    public int PeakPages { get; private set; }

    /// <summary>
    /// Pages of the smallest area that would never be needed, if requests could be packed without gaps: what alignment
    /// and pieces cost.
    /// </summary>
    public int LostPages => TopPage - PeakPages;

    /// <summary>Hands out a run.</summary>
    /// <param name="pages">How many pages; at least one.</param>
    /// <param name="alignOrder">It begins at a multiple of 2 to this power pages.</param>
    /// <returns>Its first page, counted from the start of the area.</returns>
    public int Take(int pages, int alignOrder)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(pages);
        int mask = (1 << alignOrder) - 1;
        int page = used.FindClearRun(pages, mask, 0);
        if (page < 0)
        {
            // Behind everything there is room at the latest.
            Grow((long)TopPage + mask + pages);
            page = used.FindClearRun(pages, mask, 0);
        }

        used.Set(page, pages);
        TopPage = Math.Max(TopPage, page + pages);
        PeakPages = Math.Max(PeakPages, used.Used);
        return page;
    }

    /// <summary>Gives back a run, or a part of one.</summary>
    /// <exception cref="ArgumentException">The pages are not handed out.</exception>
    public void Return(int page, int pages)
    {
        if (page < 0 || pages <= 0 || pages > used.Length - page || !used.AreSet(page, pages))
        {
            throw new ArgumentException($"{pages} pages from {page} on are not handed out", nameof(page));
        }

        used.Clear(page, pages);
    }

    /// <summary>The size of the smallest area in which everything so far would have succeeded.</summary>
    /// <param name="unit">The size is a multiple of this many pages, as 1024 where areas come in 4 MiB.</param>
    public int SmallestArea(int unit)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(unit);
        return checked((TopPage + unit - 1) / unit * unit);
    }

    private void Grow(long length)
    {
        Bitmap longer = new(checked((int)Math.Max(length, used.Length * 2L)));
        for (int start = used.NextSet(0, used.Length); start < used.Length;)
        {
            int end = used.NextClear(start);
            longer.Set(start, end - start);
            start = used.NextSet(end, used.Length);
        }

        used = longer;
    }
}
