namespace DmaBufSim.FieldLogs;

/// <summary>A request in a trace, from its start to its answer.</summary>
/// <param name="Line">The line in which it starts.</param>
/// <param name="Task">Who asked.</param>
/// <param name="Pages">How many pages.</param>
/// <param name="AlignOrder">The alignment order; -1 where it is not told.</param>
/// <param name="Time">When, in nanoseconds; -1 where that is not told.</param>
public sealed record TracedRequest(long Line, string Task, long Pages, int AlignOrder, long Time)
{
    /// <summary>How many of the busy windows are kept one by one.</summary>
    public const int MostWindows = 16;

    /// <summary>Nanoseconds until the answer; -1 where they are not told.</summary>
    public long Duration { get; set; } = -1;

    /// <summary>The page frame of the answer; -1 where it was refused.</summary>
    public long Pfn { get; set; } = -1;

    /// <summary>The errno of a refusal as printed; null where none is.</summary>
    public long? Errno { get; set; }

    /// <summary>How many windows were busy.</summary>
    public long Retries { get; set; }

    /// <summary>The first of them, and the page frame that was in the way; -1 where that is not told.</summary>
    public List<(long Pfn, long Blocker)> Windows { get; } = [];

    /// <summary>The last busy window.</summary>
    public long LastWindow { get; set; } = -1;

    /// <summary>How many pages were moved for it.</summary>
    public long Moved { get; set; }

    /// <summary>How many pages the area had available; -1 where that is not told.</summary>
    public long Available { get; init; } = -1;

    /// <summary>What is in the way of the window that is tried now; -1 where nothing is, or it is not told.</summary>
    internal long Blocker { get; set; } = -1;
}
