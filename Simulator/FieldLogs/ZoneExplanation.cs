using System.Collections.Immutable;
using DmaBufSim.Memory;
using static System.FormattableString;
using static DmaBufSim.FieldLogs.LogText;

namespace DmaBufSim.FieldLogs;

/// <summary>What the free blocks of a zone mean, in lines for a person.</summary>
internal static class ZoneExplanation
{
    private const int OrdersInALine = 11;

    /// <summary>What the rows of a table mean.</summary>
    public static IEnumerable<string> Legend =>
    [
        "unusable: the part of the free memory that lies in blocks smaller than this order; 1.000 is all of it.",
        "fragmented: why a request of this order would fail: near 0 for too little memory, near 1 for memory in small "
            + "pieces; -1 where it would not fail.",
        "",
    ];

    /// <summary>The lines about a line of <c>/proc/buddyinfo</c>.</summary>
    public static IEnumerable<string> About(LoggedZone zone) =>
    [
        .. Blocks(zone.Blocks),
        .. Cut(zone.Blocks.Length),
        "  Pages that a request moves out of an area go to free pages outside all areas. These numbers count those "
            + "inside, too: /proc/pagetypeinfo tells them apart.",
    ];

    /// <summary>The lines about a table of <c>/proc/pagetypeinfo</c>.</summary>
    public static IEnumerable<string> About(LoggedTypes zone)
    {
        int orders = zone.Rows.Max(row => row.Blocks.Length);
        ImmutableArray<long> all = Sum(zone, orders, _ => true);
        foreach (string line in Blocks(all))
        {
            yield return line;
        }

        foreach ((string type, ImmutableArray<long> blocks) in zone.Rows)
        {
            long free = Free(blocks);
            if (free > 0)
            {
                yield return $"  {type}: {Bytes(free)}, {Pages(free)}; {Largest(blocks)}";
            }
        }

        foreach (string line in Cut(orders))
        {
            yield return line;
        }

        foreach ((string type, _) in zone.Rows.Where(row => row.Blocks.Length < orders))
        {
            yield return $"  The row of {type} breaks off: what it lacks counts as no block.";
        }

        if (zone.IsCut)
        {
            yield return "  Counts with '>' were cut off at 100000 by the kernel: there are more.";
        }

        long cma = Free(Sum(zone, orders, type => type == "CMA"));
        ImmutableArray<long> common = Sum(zone, orders, type => type is "Unmovable" or "Movable" or "Reclaimable");
        yield return $"  For unmovable requests (the kernel, the system heap): "
            + $"{Size(Free(common))}; {Largest(common)}";
        if (cma > 0)
        {
            yield return Invariant($"  {cma * 100 / Math.Max(1, Free(all))} % of the free pages lie in CMA areas. ")
                + "They serve movable requests alone: if nothing else is free, unmovable ones fail all the same.";
        }

        if (Free(Sum(zone, orders, type => type == "Isolate")) > 0)
        {
            yield return "  Isolated pages are taken out for a request to an area that is at work now.";
        }
    }

    private static string[] Cut(int orders) => orders == BuddyAllocator.MaxOrder + 1
        ? []
        : [Invariant($"  It has {Count(orders, "order")} where {BuddyAllocator.MaxOrder + 1} are usual: ")
            + "it breaks off, "
            + "or the kernel was configured otherwise."];

    /// <summary>The lines about the page blocks of a zone.</summary>
    public static IEnumerable<string> About(LoggedPageblocks zone)
    {
        int order = zone.BlockOrder < 0 ? BuddyAllocator.PageblockOrder : zone.BlockOrder;
        string assumed = zone.BlockOrder < 0 ? " (assumed)" : "";
        yield return $"  a page block has {Bytes(1L << order)}{assumed}";
        yield return "  " + string.Join(", ", zone.Rows.Where(row => row.Blocks > 0)
            .Select(row => Invariant($"{row.Type} {row.Blocks} ({Bytes(row.Blocks << order)})")));
        long unmovable = zone.Rows.Where(row => row.Type == "Unmovable").Sum(row => row.Blocks);
        long common = unmovable + zone.Rows.Where(row => row.Type is "Movable" or "Reclaimable").Sum(row => row.Blocks);
        if (unmovable > 0)
        {
            yield return Invariant($"  {unmovable * 100 / common} % of the page blocks outside areas hold unmovable ")
                + "memory; compaction cannot empty these.";
        }
    }

    private static IEnumerable<string> Blocks(ImmutableArray<long> blocks)
    {
        yield return $"  free: {Size(Free(blocks))}";
        yield return $"  {Largest(blocks)}";
        if (Free(blocks) == 0)
        {
            yield break;
        }

        for (int from = 0; from < blocks.Length; from += OrdersInALine)
        {
            int[] orders = [.. Enumerable.Range(from, Math.Min(OrdersInALine, blocks.Length - from))];
            yield return "  order       " + string.Concat(orders.Select(order => Invariant($"{order,6}")));
            yield return "  unusable    "
                + Thousandths(orders.Select(order => FreeBlockIndices.Unusable(order, blocks)));
            yield return "  fragmented  "
                + Thousandths(orders.Select(order => FreeBlockIndices.Fragmentation(order, blocks)));
        }
    }

    private static string Thousandths(IEnumerable<int> values) => string.Concat(values.Select(value =>
        value < 0 ? "    -1" : Invariant($"{value / 1000,2}.{value % 1000:D3}")));

    private static string Largest(ImmutableArray<long> blocks)
    {
        int order = blocks.Length - 1;
        while (order >= 0 && blocks[order] == 0)
        {
            order--;
        }

        return order < 0 ? "no free block" : $"largest free block: {Bytes(1L << order)}, {Pages(1L << order)}";
    }

    private static ImmutableArray<long> Sum(LoggedTypes zone, int orders, Func<string, bool> counts) =>
    [
        .. Enumerable.Range(0, orders).Select(order => zone.Rows
            .Where(row => counts(row.Type) && order < row.Blocks.Length).Sum(row => row.Blocks[order])),
    ];

    private static long Free(ImmutableArray<long> blocks)
    {
        long pages = 0;
        for (int order = 0; order < blocks.Length; order++)
        {
            pages += blocks[order] << order;
        }

        return pages;
    }
}
