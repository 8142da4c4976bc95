using System.Globalization;
using System.Text;
using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Files;
using DmaBufSim.Memory;
using DmaBufSim.Processes;

namespace DmaBufSim.Machines;

/// <summary>The pseudo-files of a machine, in the kernel's text.</summary>
public static class PseudoFiles
{
    private const string BufInfoPath = "/sys/kernel/debug/dma_buf/bufinfo";
    private const string SyncInfoPath = "/sys/kernel/debug/sync/info";
    private const string CmaPath = "/sys/kernel/debug/cma/";
    private const string CmaStatisticsPath = "/sys/kernel/mm/cma/";
    private const string FdInfoPath = "/proc/self/fdinfo/";
    private const string HeapPath = "/sys/class/dma_heap";
    private const int MountId = 16;
    private const int KibPerPage = PhysicalMemory.PageSize / 1024;

    /// <summary>The paths that exist, for completion and help; the ones with a name or number as a pattern.</summary>
    public static IEnumerable<string> Paths(Machine machine)
    {
        yield return BufInfoPath;
        yield return SyncInfoPath;
        foreach (CmaArea area in machine.Areas)
        {
            foreach (string file in (string[])["base_pfn", "bitmap", "count", "maxchunk", "order_per_bit", "used"])
            {
                yield return $"{CmaPath}{area.Name}/{file}";
            }

            foreach (string file in (string[])["alloc_pages_fail", "alloc_pages_success"])
            {
                yield return $"{CmaStatisticsPath}{area.Name}/{file}";
            }
        }

        yield return HeapPath;
        yield return "/proc/buddyinfo";
        yield return "/proc/meminfo";
        yield return $"{FdInfoPath}N";
    }

    /// <summary>Reads a pseudo-file.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="process">Who reads; <c>/proc/self</c> is this process.</param>
    /// <param name="path">The path.</param>
    /// <returns>
    /// The lines; <see cref="Errno.ENOENT"/> where there is no such file; <see cref="Errno.EINTR"/> of bufinfo where
    /// the reservation of a buffer is locked and Linux would sleep.
    /// </returns>
    public static Result<List<string>> Read(Machine machine, Process process, string path)
    {
        if (path == BufInfoPath)
        {
            List<string> buffers = [];
            Result told = BufInfo(machine, buffers);
            return told.IsOk ? SplitNames(buffers) : told;
        }

        List<string>? lines = path switch
        {
            SyncInfoPath => SyncInfo(machine),
            "/proc/buddyinfo" => BuddyInfo(machine),
            "/proc/meminfo" => MemInfo(machine),
            HeapPath => [.. machine.Heaps.Heaps.Select(heap => heap.Name.Replace('/', '!'))],
            _ when path.StartsWith(CmaPath, StringComparison.Ordinal) => Cma(machine, path[CmaPath.Length..]),
            _ when path.StartsWith(CmaStatisticsPath, StringComparison.Ordinal) =>
                CmaStatistics(machine, path[CmaStatisticsPath.Length..]),
            _ when path.StartsWith(FdInfoPath, StringComparison.Ordinal) => FdInfo(process, path[FdInfoPath.Length..]),
            _ => null,
        };
        return lines is null ? machine.Trace.Refuse(Errno.ENOENT, Reason.PathUnknown, path) : SplitNames(lines);
    }

    /// <summary>The lines of /proc/PID/fdinfo for a file.</summary>
    /// <remarks><b>Kernel:</b> <c>dma_buf_show_fdinfo()</c> after the generic lines of fs/proc/fd.c.</remarks>
    public static List<string> FdInfo(OpenFile file, bool closeOnExec)
    {
        List<string> lines =
        [
            string.Create(CultureInfo.InvariantCulture, $"pos:\t{file.Position}"),
            $"flags:\t0{FlagsOctal(file, closeOnExec)}",
            string.Create(CultureInfo.InvariantCulture, $"mnt_id:\t{MountId}"),
            string.Create(CultureInfo.InvariantCulture, $"ino:\t{file.Inode}"),
        ];
        if (file is DmaBuf buffer)
        {
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"size:\t{buffer.Size}"));
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"count:\t{buffer.References}"));
            lines.Add($"exp_name:\t{buffer.ExporterName}");
            if (buffer.Name is { } name)
            {
                lines.Add($"name:\t{name}");
            }
        }

        return lines;
    }

    /// <summary>The flags of a descriptor as fdinfo prints them, without the leading zero.</summary>
    public static string FlagsOctal(OpenFile file, bool closeOnExec) =>
        Convert.ToString((int)file.Flags | (closeOnExec ? (int)OpenFlags.CloseOnExec : 0), 8);

    // A name is printed as it is, so one with a newline makes lines of its own.
    private static List<string> SplitNames(List<string> lines) =>
        lines.Exists(line => line.Contains('\n')) ? [.. lines.SelectMany(line => line.Split('\n'))] : lines;

    // A leading zero makes no name of a number: proc looks up 3 and never 03.
    private static List<string>? FdInfo(Process process, string number) =>
        (number.Length == 1 || !number.StartsWith('0'))
            && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int descriptor)
            && process.Files.Find(descriptor) is { } file
            ? FdInfo(file, process.Files.IsCloseOnExec(descriptor))
            : null;

    // dma_buf_debug_show(), drivers/dma-buf/dma-buf.c
    private static Result BufInfo(Machine machine, List<string> lines)
    {
        lines.AddRange(
            "", "Dma-buf Objects:", "size    \tflags   \tmode    \tcount   \texp_name\tino     \tname");
        StringBuilder fences = new();
        long total = 0;
        foreach (DmaBuf buffer in machine.Buffers.NewestFirst)
        {
            string numbers = string.Create(
                CultureInfo.InvariantCulture,
                $"{buffer.Size:D8}\t{(uint)buffer.Flags:x8}\t{Mode(machine, buffer):x8}\t{buffer.References:D8}");
            string inode = buffer.Inode.ToString("D8", CultureInfo.InvariantCulture);
            lines.Add($"{numbers}\t{buffer.ExporterName}\t{inode}\t{buffer.Name ?? "<none>"}");
            Result described = buffer.DescribeFences(fences.Clear());
            if (!described.IsOk)
            {
                return described;
            }

            lines.AddRange(Lines(fences.ToString()));
            lines.Add("\tAttached Devices:");
            int attached = 0;
            foreach (DmaBufAttachment attachment in buffer.Attachments)
            {
                lines.Add($"\t{attachment.Device.Name}");
                attached++;
            }

            lines.Add(string.Create(CultureInfo.InvariantCulture, $"Total {attached} devices attached"));
            lines.Add("");
            total += buffer.Size;
        }

        lines.Add("");
        lines.Add(string.Create(
            CultureInfo.InvariantCulture, $"Total {machine.Buffers.Count} objects, {total} bytes"));
        return Result.Ok;
    }

    private static List<string> SyncInfo(Machine machine) => [.. Lines(machine.Fences.Timelines.Info())];

    private static string[] Lines(string text) => text.Length == 0 ? [] : text[..^1].Split('\n');

    private static uint Mode(Machine machine, DmaBuf buffer) =>
        machine.Kernel.FileModeBits | (buffer.IsReadable ? 1u : 0) | (buffer.IsWritable ? 2u : 0);

    // mm/cma_debug.c
    private static List<string>? Cma(Machine machine, string rest)
    {
        (CmaArea? area, string file) = AreaOf(machine, rest);
        long? value = (area, file) switch
        {
            (null, _) => null,
            (_, "base_pfn") => machine.Memory.Address(area.Range.First) >> PhysicalMemory.PageShift,
            (_, "count") => area.Range.Count,
            (_, "maxchunk") => area.MaxChunk,
            (_, "order_per_bit") => area.OrderPerBit,
            (_, "used") => area.UsedPages,
            _ => null,
        };
        if (area is not null && file == "bitmap")
        {
            return [Bitmap(area)];
        }

        return value is { } number ? [number.ToString(CultureInfo.InvariantCulture)] : null;
    }

    private static List<string>? CmaStatistics(Machine machine, string rest)
    {
        (CmaArea? area, string file) = AreaOf(machine, rest);
        long? value = (area, file) switch
        {
            (null, _) => null,
            (_, "alloc_pages_success") => area.AllocatedPagesSucceeded,
            (_, "alloc_pages_fail") => area.AllocatedPagesFailed,
            _ => null,
        };
        return value is { } number ? [number.ToString(CultureInfo.InvariantCulture)] : null;
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

    private static List<string> BuddyInfo(Machine machine)
    {
        StringBuilder line = new("Node 0, zone   Normal ");
        for (int order = 0; order <= BuddyAllocator.MaxOrder; order++)
        {
            line.Append(CultureInfo.InvariantCulture, $"{machine.Memory.Buddy.FreeBlocks(order),6} ");
        }

        return [line.ToString()];
    }

    private static List<string> MemInfo(Machine machine)
    {
        long areaPages = machine.Areas.Sum(area => (long)area.Range.Count);
        long areaFree = machine.Areas.Sum(area => area.IdlePages);
        return
        [
            Kib("MemTotal:", machine.Memory.FrameCount),
            Kib("MemFree:", machine.Memory.Buddy.FreeFrames + areaFree),
            Kib("CmaTotal:", areaPages),
            Kib("CmaFree:", areaFree),
        ];
    }

    private static string Kib(string name, long pages) =>
        string.Create(CultureInfo.InvariantCulture, $"{name,-16}{pages * KibPerPage,8} kB");
}
