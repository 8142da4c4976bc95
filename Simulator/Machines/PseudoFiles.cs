using System.Globalization;
using System.Text;
using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Files;
using DmaBufSim.Processes;
using DmaBufSim.Tracing;

namespace DmaBufSim.Machines;

/// <summary>The pseudo-files of a machine, in the kernel's text.</summary>
public static partial class PseudoFiles
{
    private const string BufInfoPath = "/sys/kernel/debug/dma_buf/bufinfo";
    private const string SyncInfoPath = "/sys/kernel/debug/sync/info";
    private const string TracePath = "/sys/kernel/tracing/trace";
    private const string FdInfoPath = "/proc/self/fdinfo/";
    private const string HeapPath = "/sys/class/dma_heap";
    private const int MountId = 16;

    /// <summary>The paths that exist, for completion and help; the ones with a name or number as a pattern.</summary>
    public static IEnumerable<string> Paths(Machine machine)
    {
        yield return BufInfoPath;
        yield return SyncInfoPath;
        yield return TracePath;
        foreach (string path in machine.Areas.SelectMany(area => AreaPaths(area, machine.Kernel)))
        {
            yield return path;
        }

        yield return HeapPath;
        foreach (string path in MemoryFiles)
        {
            yield return path;
        }

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
            TracePath => [.. FtraceText.Lines(machine.Trace.Ftrace, machine.Kernel)],
            HeapPath => [.. machine.Heaps.Heaps.Select(heap => heap.Name.Replace('/', '!'))],
            _ when path.StartsWith(CmaPath, StringComparison.Ordinal) => Cma(machine, path[CmaPath.Length..]),
            _ when path.StartsWith(CmaStatisticsPath, StringComparison.Ordinal) =>
                CmaStatistics(machine, path[CmaStatisticsPath.Length..]),
            _ when path.StartsWith(FdInfoPath, StringComparison.Ordinal) => FdInfo(process, path[FdInfoPath.Length..]),
            _ => Memory(machine, path),
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
}
