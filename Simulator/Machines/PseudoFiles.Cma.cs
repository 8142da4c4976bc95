using System.Globalization;
using System.Text;
using DmaBufSim.Abi;
using DmaBufSim.Memory;

namespace DmaBufSim.Machines;

public static partial class PseudoFiles
{
    private const string CmaPath = "/sys/kernel/debug/cma/";
    private const string CmaStatisticsPath = "/sys/kernel/mm/cma/";
    private const string RangePath = "ranges/0/";

    private static IEnumerable<string> AreaPaths(CmaArea area, KernelProfile kernel)
    {
        string[] debug = ["base_pfn", "bitmap", "count", "maxchunk", "order_per_bit", "used"];
        string[] ranges = kernel.CmaHasRanges ? ["ranges/0/base_pfn", "ranges/0/bitmap"] : [];
        string[] releases = kernel.CmaCountsReleases ? ["release_pages_success"] : [];
        string[] totals = kernel.CmaCountsAvailable ? ["available_pages", "total_pages"] : [];
        string[] statistics = ["alloc_pages_fail", "alloc_pages_success", .. releases, .. totals];
        return debug.Concat(ranges).Select(file => $"{CmaPath}{area.Name}/{file}")
            .Concat(statistics.Select(file => $"{CmaStatisticsPath}{area.Name}/{file}"));
    }

    // mm/cma_debug.c
    private static List<string>? Cma(Machine machine, string rest)
    {
        (CmaArea? area, string file) = AreaOf(machine, rest);
        if (machine.Kernel.CmaHasRanges && file is "base_pfn" or "bitmap" && IsInRange(rest, file))
        {
            (area, _) = AreaOf(machine, rest[..^(RangePath.Length + file.Length)] + file);
        }

        long? value = (area, file) switch
        {
            (null, _) => null,
            (_, "base_pfn") => machine.Memory.Address(area.Range.First) >> PhysicalMemory.PageShift,
            (_, "count") => area.Range.Count,
            (_, "maxchunk") => area.MaxChunk,
            (_, "order_per_bit") => area.OrderPerBit,
            (_, "used") => machine.Kernel.CmaCountsAvailable ? area.Range.Count - area.AvailablePages : area.UsedPages,
            _ => null,
        };
        return area is not null && file == "bitmap" ? [Bitmap(area)] : value is { } number ? [Text(number)] : null;
    }

    private static bool IsInRange(string rest, string file) =>
        rest.EndsWith("/" + RangePath + file, StringComparison.Ordinal);

    // mm/cma_sysfs.c
    private static List<string>? CmaStatistics(Machine machine, string rest)
    {
        (CmaArea? area, string file) = AreaOf(machine, rest);
        KernelProfile kernel = machine.Kernel;
        long? value = (area, file) switch
        {
            (null, _) => null,
            (_, "alloc_pages_success") => area.AllocatedPagesSucceeded,
            (_, "alloc_pages_fail") => area.AllocatedPagesFailed,
            (_, "release_pages_success") when kernel.CmaCountsReleases => area.ReleasedPages,
            (_, "total_pages") when kernel.CmaCountsAvailable => area.Range.Count,
            (_, "available_pages") when kernel.CmaCountsAvailable => area.AvailablePages,
            _ => null,
        };
        return value is { } number ? [Text(number)] : null;
    }

    private static (CmaArea? Area, string File) AreaOf(Machine machine, string rest)
    {
        int slash = rest.LastIndexOf('/');
        return slash < 0
            ? (null, rest)
            : (machine.Areas.FirstOrDefault(area => area.Name == rest[..slash]), rest[(slash + 1)..]);
    }

    // u32 words in decimal, as debugfs_create_u32_array() prints them.
    private static string Bitmap(CmaArea area)
    {
        StringBuilder text = new();
        int words = ((area.Range.Count >> area.OrderPerBit) + 31) / 32;
        for (int i = 0; i < words; i++)
        {
            ulong pair = area.Bitmap[i / 2];
            text.Append(i == 0 ? "" : " ");
            text.Append(CultureInfo.InvariantCulture, $"{(uint)((pair >> (i % 2 * 32)) & uint.MaxValue)}");
        }

        return text.ToString();
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
