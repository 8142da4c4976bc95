using System.Collections.Immutable;
using DmaBufSim.Memory;
using static System.FormattableString;

namespace DmaBufSim.Machines;

public static partial class PseudoFiles
{
    private const string ZoneWords = "Node 0, zone   Normal ";
    private const int KibPerPage = PhysicalMemory.PageSize / 1024;

    // As pagetypeinfo counts: more blocks than this are not looked at one by one.
    private const int MostBlocks = 100_000;

    private static readonly ImmutableArray<string> MemoryFiles =
    [
        "/proc/buddyinfo",
        "/proc/meminfo",
        "/proc/pagetypeinfo",
        "/proc/vmstat",
        "/sys/kernel/debug/extfrag/extfrag_index",
        "/sys/kernel/debug/extfrag/unusable_index",
    ];

    private static IEnumerable<int> Orders => Enumerable.Range(0, BuddyAllocator.MaxOrder + 1);

    private static List<string>? Memory(Machine machine, string path) => path switch
    {
        "/proc/buddyinfo" => [ZoneWords + Cells(FreeBlocks(machine), count => Invariant($"{count,6} "))],
        "/proc/meminfo" => MemInfo(machine),
        "/proc/pagetypeinfo" => PageTypeInfo(machine),
        "/proc/vmstat" => VmStat(machine),
        "/sys/kernel/debug/extfrag/extfrag_index" => Indices(machine, FreeBlockIndices.Fragmentation, 2),
        "/sys/kernel/debug/extfrag/unusable_index" => Indices(machine, FreeBlockIndices.Unusable, 1),
        _ => null,
    };

    private static List<string> MemInfo(Machine machine) =>
    [
        Kib("MemTotal:", machine.Memory.TotalFrames),
        Kib("MemFree:", FreePages(machine)),
        Kib("CmaTotal:", machine.Areas.Sum(area => (long)area.TotalPages)),
        Kib("CmaFree:", FreeCmaPages(machine)),
    ];

    // mm/vmstat.c; the lines whose numbers are known.
    private static List<string> VmStat(Machine machine)
    {
        int pageblock = BuddyAllocator.PageblockOrder;
        long inBlocks = Orders.Skip(pageblock).Sum(order => (long)machine.Memory.Buddy.FreeBlocks(order) << order);
        string[] blocks = machine.Kernel.CountsFreePageblocks ? [Invariant($"nr_free_pages_blocks {inBlocks}")] : [];
        return
        [
            Invariant($"nr_free_pages {FreePages(machine)}"),
            .. blocks,
            Invariant($"nr_free_cma {FreeCmaPages(machine)}"),
            Invariant($"cma_alloc_success {machine.Areas.Sum(area => area.AllocationsSucceeded)}"),
            Invariant($"cma_alloc_fail {machine.Areas.Sum(area => area.AllocationsFailed)}"),
        ];
    }

    // pagetypeinfo_show(), mm/vmstat.c
    private static List<string> PageTypeInfo(Machine machine)
    {
        (MigrateType Type, string Name)[] types =
        [
            (MigrateType.Unmovable, "Unmovable"),
            (MigrateType.Movable, "Movable"),
            (MigrateType.Reclaimable, "Reclaimable"),
            (MigrateType.HighAtomic, "HighAtomic"),
            (MigrateType.Cma, "CMA"),
            (MigrateType.Isolate, "Isolate"),
        ];
        BuddyAllocator buddy = machine.Memory.Buddy;
        int[] blocks = new int[types.Length];
        for (int frame = 0; frame < machine.Memory.FrameCount; frame += 1 << BuddyAllocator.PageblockOrder)
        {
            blocks[(int)buddy.TypeOf(frame)] += machine.Memory.IsMemory(frame) ? 1 : 0;
        }

        return
        [
            Invariant($"Page block order: {BuddyAllocator.PageblockOrder}"),
            Invariant($"Pages per block:  {1 << BuddyAllocator.PageblockOrder}"),
            "",
            $"{"Free pages count per migrate type at order",-43} " + Cells(Orders, order => Invariant($"{order,6} ")),
            .. types.Select(type => $"Node    0, zone   Normal, type {type.Name,12} "
                + Cells(Orders.Select(order => buddy.FreeBlocks(order, type.Type)), Scanned)),
            "",
            $"{"Number of blocks type ",-23}" + string.Concat(types.Select(type => $"{type.Name,12} ")),
            ZoneWords + Cells(blocks, count => Invariant($"{count,12} ")),
        ];
    }

    // mm/vmstat.c, in thousandths
    private static List<string> Indices(Machine machine, Func<int, IReadOnlyList<long>, int> index, int width)
    {
        long[] blocks = [.. FreeBlocks(machine).Select(count => (long)count)];
        return
        [
            ZoneWords + Cells(
                Orders.Select(order => index(order, blocks)),
                value => Invariant($"{value / 1000}").PadLeft(width) + Invariant($".{value % 1000:D3} ")),
        ];
    }

    private static IEnumerable<int> FreeBlocks(Machine machine) => Orders.Select(machine.Memory.Buddy.FreeBlocks);

    // NR_FREE_PAGES
    private static long FreePages(Machine machine) => machine.Memory.Buddy.FreeFrames + FreeCmaPages(machine);

    // NR_FREE_CMA_PAGES
    private static long FreeCmaPages(Machine machine) => machine.Areas.Sum(area => area.IdlePages);

    private static string Scanned(int count) =>
        count > MostBlocks ? Invariant($">{MostBlocks,6} ") : Invariant($"{count,6} ");

    private static string Cells(IEnumerable<int> numbers, Func<int, string> cell) =>
        string.Concat(numbers.Select(cell));

    private static string Kib(string name, long pages) => Invariant($"{name,-16}{pages * KibPerPage,8} kB");
}
