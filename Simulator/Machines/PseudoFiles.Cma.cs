using System.Globalization;
using System.Text;
using DmaBufSim.Abi;
using DmaBufSim.Memory;
using static System.FormattableString;

namespace DmaBufSim.Machines;

public static partial class PseudoFiles
{
    private const string CmaPath = "/sys/kernel/debug/cma/";
    private const string CmaStatisticsPath = "/sys/kernel/mm/cma/";
    private const string RangesPath = "/ranges/";

    private static IEnumerable<string> AreaPaths(CmaArea area, KernelProfile kernel)
    {
        string[] debug = ["base_pfn", "bitmap", "count", "maxchunk", "order_per_bit", "used"];
        IEnumerable<string> ranges = Enumerable.Range(0, kernel.CmaHasRanges ? area.Ranges.Length : 0)
            .Select(range => Invariant($"ranges/{range}/"))
            .SelectMany(range => (string[])[$"{range}base_pfn", $"{range}bitmap"]);
        string[] releases = kernel.CmaCountsReleases ? ["release_pages_success"] : [];
        string[] totals = kernel.CmaCountsAvailable ? ["available_pages", "total_pages"] : [];
        string[] statistics = ["alloc_pages_fail", "alloc_pages_success", .. releases, .. totals];
        return debug.Concat(ranges).Select(file => $"{CmaPath}{area.Name}/{file}")
            .Concat(statistics.Select(file => $"{CmaStatisticsPath}{area.Name}/{file}"));
    }

    // mm/cma_debug.c; what lies beside the ranges is a link to the first of them
    private static List<string>? Cma(Machine machine, string rest)
    {
        (CmaArea? area, string file) = AreaOf(machine, rest);
        if (area is not null && file is "base_pfn" or "bitmap")
        {
            return RangeFile(machine, area, area.Ranges[0], file);
        }

        int ranges = rest.LastIndexOf(RangesPath, StringComparison.Ordinal);
        if (machine.Kernel.CmaHasRanges && ranges >= 0)
        {
            (area, _) = AreaOf(machine, rest[..(ranges + 1)]);
            string[] words = rest[(ranges + RangesPath.Length)..].Split('/');
            return area is not null && words is [string number, "base_pfn" or "bitmap"]
                && RangeOf(area, number) is { } range
                ? RangeFile(machine, area, range, words[1])
                : null;
        }

        long? value = (area, file) switch
        {
            (null, _) => null,
            (_, "count") => area.TotalPages,
            (_, "maxchunk") => area.MaxChunk,
            (_, "order_per_bit") => area.OrderPerBit,
            (_, "used") => machine.Kernel.CmaCountsAvailable ? area.TotalPages - area.AvailablePages : area.UsedPages,
            _ => null,
        };
        return value is { } sum ? [Text(sum)] : null;
    }

    private static CmaRange? RangeOf(CmaArea area, string number)
    {
        foreach (CmaRange range in area.Ranges)
        {
            if (number == Text(area.Ranges.IndexOf(range)))
            {
                return range;
            }
        }

        return null;
    }

    private static List<string> RangeFile(Machine machine, CmaArea area, CmaRange range, string file) =>
        file == "bitmap"
            ? [Bitmap(area, range)]
            : [Text(machine.Memory.Address(range.Frames.First) >> PhysicalMemory.PageShift)];

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
            (_, "total_pages") when kernel.CmaCountsAvailable => area.TotalPages,
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
    private static string Bitmap(CmaArea area, CmaRange range)
    {
        StringBuilder text = new();
        ReadOnlySpan<ulong> words = area.Bitmap;
        int end = range.EndPage >> area.OrderPerBit;
        for (int bit = range.FirstPage >> area.OrderPerBit; bit < end; bit += 32)
        {
            UInt128 pair = new((bit >> 6) + 1 < words.Length ? words[(bit >> 6) + 1] : 0, words[bit >> 6]);
            uint mask = end - bit < 32 ? (1u << (end - bit)) - 1 : uint.MaxValue;
            text.Append(text.Length == 0 ? "" : " ");
            text.Append(CultureInfo.InvariantCulture, $"{(uint)((pair >> (bit & 63)) & mask)}");
        }

        return text.ToString();
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
