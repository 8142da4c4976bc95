namespace DmaBufSim.FieldLogs;

/// <summary>What a trace event of an area tells.</summary>
public enum LoggedEventKind
{
    /// <summary><c>cma_alloc_start</c>: pages are asked for.</summary>
    Start,

    /// <summary><c>cma_alloc_busy_retry</c>: a window could not be emptied.</summary>
    Retry,

    /// <summary><c>cma_alloc_finish</c>, or <c>cma_alloc</c> of old kernels: the answer.</summary>
    Finish,

    /// <summary><c>cma_release</c>: pages go back.</summary>
    Release,

    /// <summary><c>mm_migrate_pages</c>: pages were moved out of a window.</summary>
    Moved,

    /// <summary><c>test_pages_isolated</c>: a window was looked at after that.</summary>
    Tested,
}

/// <summary>A trace event of an area, as ftrace prints it.</summary>
/// <param name="Line">The line.</param>
/// <param name="Kind">Which event.</param>
/// <param name="Area">The name of the area; empty where none is printed.</param>
/// <param name="Task">Who was running, as printed; empty where that is not told.</param>
/// <param name="Time">When, in nanoseconds; -1 where that is not told.</param>
public sealed record LoggedEvent(long Line, LoggedEventKind Kind, string Area, string Task, long Time) : LogEntry(Line)
{
    /// <summary>The first page frame; -1 where there is none.</summary>
    public long Pfn { get; init; } = -1;

    /// <summary>Pages asked for, handed out, given back or moved.</summary>
    public long Pages { get; init; }

    /// <summary>The alignment order; -1 where it is not told.</summary>
    public int AlignOrder { get; init; } = -1;

    /// <summary>The answer, 0 or a negative errno; null where it is not told.</summary>
    public long? Errno { get; init; }

    /// <summary>Whether the answer was no page.</summary>
    public bool IsRefused { get; init; }

    /// <summary>How many pages the area had available; -1 where that is not told.</summary>
    public long Available { get; init; } = -1;

    /// <summary>How many pages the area has; -1 where that is not told.</summary>
    public long Total { get; init; } = -1;

    /// <summary>The page frame that was in the way of a window; -1 where there was none.</summary>
    public long Blocker { get; init; } = -1;
}
