using DmaBufSim.Abi;
using static System.FormattableString;

namespace DmaBufSim.Tracing;

/// <summary>The trace buffer as the file <c>trace</c> prints it.</summary>
/// <remarks>
/// <para><b>Kernel:</b> kernel/trace/trace_output.c, include/trace/events/cma.h, migrate.h, page_isolation.h.</para>
/// <para><b>Differs:</b> one CPU, whose flags are always <c>.....</c>; <c>page=</c> is a hash as on Linux, but of the
/// page frame number alone, so it is the same in each run.</para>
/// </remarks>
public static class FtraceText
{
    private const string Header = """
        #
        #                                _-----=> irqs-off/BH-disabled
        #                               / _----=> need-resched
        #                              | / _---=> hardirq/softirq
        #                              || / _--=> preempt-depth
        #                              ||| / _-=> migrate-disable
        #                              |||| /     delay
        #           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION
        #              | |         |   |||||     |         |
        """;

    /// <summary>The lines of the file.</summary>
    /// <param name="ftrace">The buffer; null where nothing is traced.</param>
    /// <param name="kernel">The generation, whose fields the events have.</param>
    public static IEnumerable<string> Lines(Ftrace? ftrace, KernelProfile kernel)
    {
        long left = Math.Min(ftrace?.Written ?? 0, Ftrace.Capacity);
        yield return "# tracer: nop";
        yield return "#";
        yield return Invariant($"# entries-in-buffer/entries-written: {left}/{ftrace?.Written ?? 0}   #P:1");
        foreach (string line in Header.Split('\n'))
        {
            yield return line;
        }

        foreach (FtraceRecord record in ftrace?.Records ?? [])
        {
            yield return Line(record, kernel);
        }
    }

    private static string Line(in FtraceRecord record, KernelProfile kernel)
    {
        (string command, int pid) = record.Task;
        long micros = record.Time / 1000;
        return Invariant($"{command,16}-{pid,-7} [000] ..... {micros / 1_000_000,5}.{micros % 1_000_000:D6}: ")
            + Text(record, kernel);
    }

    private static string Text(in FtraceRecord record, KernelProfile kernel)
    {
        (FtraceEvent what, _, _, string? name, long pfn, long count, int align, long first, long second) = record;
        switch (what)
        {
            case FtraceEvent.CmaAllocStart:
                return kernel.CmaCountsAvailable
                    ? Invariant($"cma_alloc_start: name={name} request_count={count} available_count={first} ")
                        + Invariant($"total_count={second} align={align}")
                    : Invariant($"cma_alloc_start: name={name} count={count} align={align}");
            case FtraceEvent.CmaAllocFinish:
                long place = first == 0 ? pfn : kernel.CmaHasRanges ? 0 : second;
                string page = first == 0 ? Page(pfn) : NullPage;
                string errno = kernel.CmaTraceTellsErrno ? Invariant($" errorno={-first}") : "";
                return Invariant($"cma_alloc_finish: name={name} pfn=0x{place:x} page={page} count={count} ")
                    + Invariant($"align={align}{errno}");
            case FtraceEvent.CmaAllocBusyRetry:
                return Invariant($"cma_alloc_busy_retry: name={name} pfn=0x{pfn:x} page={Page(pfn)} count={count} ")
                    + Invariant($"align={align}");
            case FtraceEvent.CmaRelease:
                return Invariant($"cma_release: name={name} pfn=0x{pfn:x} page={Page(pfn)} count={count}");
            case FtraceEvent.MigratePages:
                string split = kernel.MigrateTraceTellsSplits ? " nr_split=0" : "";
                return Invariant($"mm_migrate_pages: nr_succeeded={count} nr_failed={first} nr_thp_succeeded=0 ")
                    + $"nr_thp_failed=0 nr_thp_split=0{split} mode=MIGRATE_SYNC reason=contig_range";
            default:
                string ret = first <= second ? "success" : "fail";
                return Invariant($"test_pages_isolated: start_pfn=0x{pfn:x} end_pfn=0x{first:x} ")
                    + Invariant($"fin_pfn=0x{second:x} ret={ret}");
        }
    }

    private const string NullPage = "0000000000000000";

    private static string Page(long pfn)
    {
        ulong hash = Fnv1a.Start;
        for (int shift = 0; shift < 64; shift += 8)
        {
            hash = Fnv1a.Add(hash, (byte)((pfn >> shift) & byte.MaxValue));
        }

        return Invariant($"{hash & uint.MaxValue:x16}");
    }
}
