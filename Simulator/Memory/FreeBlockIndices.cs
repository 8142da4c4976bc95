namespace DmaBufSim.Memory;

/// <summary>How far the free blocks of a zone are from serving a request, in thousandths.</summary>
/// <remarks><b>Kernel:</b> mm/vmstat.c, whose integer arithmetic this is.</remarks>
public static class FreeBlockIndices
{
    /// <summary>Which part of the free memory lies in blocks that are too small for an order.</summary>
    /// <param name="order">The order of the request.</param>
    /// <param name="blocks">How many free blocks there are of each order.</param>
    /// <returns>From 0, all can be used, to 1000, none can.</returns>
    /// <remarks><b>Kernel:</b> <c>unusable_free_index()</c>.</remarks>
    public static int Unusable(int order, IReadOnlyList<long> blocks)
    {
        long free = Free(blocks);
        return free == 0 ? 1000 : (int)((free - Usable(order, blocks)) * 1000 / free);
    }

    /// <summary>Why a request of an order would fail.</summary>
    /// <param name="order">The order of the request.</param>
    /// <param name="blocks">How many free blocks there are of each order.</param>
    /// <returns>
    /// -1000 where it would not fail; towards 0 for too little memory, towards 1000 for memory in small pieces; 0 where
    /// nothing is free, and for an order that no block has.
    /// </returns>
    /// <remarks><b>Kernel:</b> <c>__fragmentation_index()</c>.</remarks>
    public static int Fragmentation(int order, IReadOnlyList<long> blocks)
    {
        long all = blocks.Sum();
        if (all == 0 || order >= blocks.Count)
        {
            return 0;
        }

        return Usable(order, blocks) > 0 ? -1000 : (int)(1000 - ((1000 + (Free(blocks) * 1000 >> order)) / all));
    }

    private static long Free(IReadOnlyList<long> blocks) => Usable(0, blocks);

    private static long Usable(int order, IReadOnlyList<long> blocks)
    {
        long pages = 0;
        for (int i = order; i < blocks.Count; i++)
        {
            pages += blocks[i] << i;
        }

        return pages;
    }
}
