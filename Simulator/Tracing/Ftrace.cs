using DmaBufSim.Engine;

namespace DmaBufSim.Tracing;

/// <summary>The trace events of the kernel that are kept.</summary>
public enum FtraceEvent : byte
{
    /// <summary><c>cma:cma_alloc_start</c>.</summary>
    CmaAllocStart,

    /// <summary><c>cma:cma_alloc_finish</c>.</summary>
    CmaAllocFinish,

    /// <summary><c>cma:cma_alloc_busy_retry</c>.</summary>
    CmaAllocBusyRetry,

    /// <summary><c>cma:cma_release</c>.</summary>
    CmaRelease,

    /// <summary><c>migrate:mm_migrate_pages</c>, for the reason <c>contig_range</c>.</summary>
    MigratePages,

    /// <summary><c>page_isolation:test_pages_isolated</c>.</summary>
    TestPagesIsolated,
}

/// <summary>Who was running.</summary>
/// <param name="Command">The name of the program, up to 15 characters.</param>
/// <param name="Pid">Its number.</param>
public readonly record struct FtraceTask(string Command, int Pid);

/// <summary>One record of the trace buffer; <see cref="Ftrace"/> tells what the numbers of an event are.</summary>
/// <param name="Event">The event.</param>
/// <param name="Task">Who was running.</param>
/// <param name="Time">Nanoseconds since boot.</param>
/// <param name="Name">The area, where the event has one.</param>
/// <param name="Pfn">The first page frame.</param>
/// <param name="Count">Pages.</param>
/// <param name="Align">The alignment order that was asked for.</param>
/// <param name="First">Free pages of the area, errno, pages that failed, or the page frame behind the range.</param>
/// <param name="Second">Pages of the area, the page frame tried last, or the one where a test ended.</param>
public readonly record struct FtraceRecord(
    FtraceEvent Event,
    FtraceTask Task,
    long Time,
    string? Name,
    long Pfn,
    long Count,
    int Align,
    long First,
    long Second);

/// <summary>The trace buffer of a machine, with the events that tell how areas hand out memory.</summary>
/// <remarks>
/// <para><b>Kernel:</b> /sys/kernel/tracing, with these events switched on from boot. The methods are called like the
/// trace points and take what they take.</para>
/// <para><b>Cost:</b> about 100 bytes a record, at most <see cref="Capacity"/> of them: then the oldest go.</para>
/// </remarks>
public sealed class Ftrace(SimClock clock)
{
    /// <summary>How many records are kept.</summary>
    public const int Capacity = 1 << 16;

    // COMPACT_CLUSTER_MAX: so many pages are isolated, then moved.
    private const int PagesAtOnce = 32;

    private readonly List<FtraceRecord> records = [];
    private int oldest;
    private int align;
    private long tried = -1;

    /// <summary>Who runs now.</summary>
    public FtraceTask Task { get; set; } = new("runner", 1);

    /// <summary>How many records were written since boot.</summary>
    public long Written { get; private set; }

    /// <summary>The records that are left, oldest first.</summary>
    public IEnumerable<FtraceRecord> Records
    {
        get
        {
            for (int i = 0; i < records.Count; i++)
            {
                yield return records[(oldest + i) % records.Count];
            }
        }
    }

    /// <summary>An area is asked for pages.</summary>
    public void CmaAllocStart(string name, long pages, long available, long total, int alignOrder)
    {
        align = alignOrder;
        tried = -1;
        Write(FtraceEvent.CmaAllocStart, name, 0, pages, available, total);
    }

    /// <summary>It has answered: with a page frame, or -1 and an errno.</summary>
    public void CmaAllocFinish(string name, long pfn, long pages, int errno) =>
        Write(FtraceEvent.CmaAllocFinish, name, pfn, pages, errno, tried);

    /// <summary>A window of the area could not be emptied.</summary>
    public void CmaAllocBusyRetry(string name, long pfn, long pages) =>
        Write(FtraceEvent.CmaAllocBusyRetry, name, pfn, pages, 0, 0);

    /// <summary>Pages go back to the area.</summary>
    public void CmaRelease(string name, long pfn, long pages) =>
        Write(FtraceEvent.CmaRelease, name, pfn, pages, 0, 0);

    /// <summary>Pages were moved out of a window, 32 at a time.</summary>
    /// <param name="pfn">Where the window begins.</param>
    /// <param name="moved">How many were moved.</param>
    /// <param name="endsWithMove">Whether the last page of the window was among them.</param>
    /// <param name="isStuck">Whether the next one had nowhere to go.</param>
    /// <remarks><b>Kernel:</b> <c>__alloc_contig_migrate_range()</c>, a record for each call of
    /// <c>migrate_pages()</c>.</remarks>
    public void WindowTried(long pfn, int moved, bool endsWithMove, bool isStuck)
    {
        tried = pfn;
        for (; moved >= PagesAtOnce; moved -= PagesAtOnce)
        {
            Write(FtraceEvent.MigratePages, null, 0, PagesAtOnce, 0, 0);
            if (moved == PagesAtOnce && endsWithMove && !isStuck)
            {
                return;
            }
        }

        Write(FtraceEvent.MigratePages, null, 0, moved, isStuck ? 1 : 0, 0);
    }

    /// <summary>It was tested whether all pages of a range are free now.</summary>
    /// <param name="start">The first page frame.</param>
    /// <param name="end">The first behind the range.</param>
    /// <param name="fin">The first that is not free, or where the block ends that reaches to the end.</param>
    public void TestPagesIsolated(long start, long end, long fin) =>
        Write(FtraceEvent.TestPagesIsolated, null, start, 0, end, fin);

    private void Write(FtraceEvent what, string? name, long pfn, long count, long first, long second)
    {
        FtraceRecord record = new(what, Task, clock.Now, name, pfn, count, align, first, second);
        Written++;
        if (records.Count < Capacity)
        {
            records.Add(record);
            return;
        }

        records[oldest] = record;
        oldest = (oldest + 1) % Capacity;
    }
}
