using System.Globalization;
using System.Text;
using DmaBufSim.Abi;

namespace DmaBufSim.Memory;

/// <summary>What the log of the kernel gets to know of an area.</summary>
public sealed partial class CmaArea
{
    private readonly List<string> log = [];

    /// <summary>The lines that boot and failures left in the kernel's log.</summary>
    public IReadOnlyList<string> Log => log;

    /// <summary>Boot has set the frames aside, in as many ranges as it needed.</summary>
    /// <remarks><b>Kernel:</b> <c>cma_declare_contiguous_multi()</c>.</remarks>
    internal void NoteReserved(long bytes)
    {
        string plural = ranges.Length == 1 ? "" : "s";
        Print(string.Create(
            CultureInfo.InvariantCulture, $"cma: Reserved {bytes >> 20} MiB in {ranges.Length} range{plural}"));
    }

    private void Fail(long pages, Errno logged)
    {
        CountFailure(pages);
        if (memory.IsRehearsal)
        {
            return;
        }

        trace.Ftrace?.CmaAllocFinish(Name, -1, pages, (int)logged);
        string errno = logged == Errno.EBUSY ? "-16" : "-12";
        Print(string.Create(
            CultureInfo.InvariantCulture,
            $"cma: {kernel.CmaAllocFunction}: {Name}: alloc failed, req-size: {pages} pages, ret: {errno}"));
        string total = string.Create(CultureInfo.InvariantCulture, $"=> {FreePages} free of {TotalPages} total pages");
        if (kernel.CmaCountsAvailable)
        {
            Print("cma: number of available pages: ");
            for (int i = 0; i < ranges.Length; i++)
            {
                string runs = FreeText(ranges[i], quirk: true);
                Print(string.Create(CultureInfo.InvariantCulture, $"cma: range {i}: {runs}"));
                Print("cma: ");
            }

            Print(total);
        }
        else
        {
            Print($"cma: number of available pages: {FreeText(ranges[0], quirk: false)}{total}");
        }
    }

    private void Print(string line)
    {
        log.Add(line);
        trace.Print(line);
    }

    // From 6.15 on the separator is printed whenever a run does not start at bit 0.
    private string FreeText(CmaRange range, bool quirk)
    {
        StringBuilder text = new();
        foreach (FrameRun run in FreeRuns(range))
        {
            bool separates = quirk ? run.First > range.FirstPage : text.Length > 0;
            text.Append(separates ? "+" : "");
            text.Append(CultureInfo.InvariantCulture, $"{run.Count}@{(run.First - range.FirstPage) >> OrderPerBit}");
        }

        return text.ToString();
    }
}
