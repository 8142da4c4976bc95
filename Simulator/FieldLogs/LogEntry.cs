using System.Collections.Immutable;

namespace DmaBufSim.FieldLogs;

/// <summary>Something that a kernel log or a file of debugfs tells of memory.</summary>
/// <param name="Line">The line in which it begins, from 1.</param>
public abstract record LogEntry(long Line);

/// <summary>A free run of an area, as it was printed.</summary>
/// <param name="Range">The part of the area that it lies in; 0 where the area has one.</param>
/// <param name="Bit">The bit it begins with, counted from the start of that part.</param>
/// <param name="Pages">How many pages it has.</param>
public readonly record struct LoggedRun(long Range, long Bit, long Pages);

/// <summary>A request that an area refused, or what was free in an area.</summary>
/// <param name="Line">The line in which it begins.</param>
public sealed record LoggedArea(long Line) : LogEntry(Line)
{
    /// <summary>The name of the area; older kernels do not print it.</summary>
    public string? Name { get; init; }

    /// <summary>Whether it is a request that was refused; otherwise only what was free.</summary>
    public bool IsRefusal { get; init; }

    /// <summary>The pages asked for; 0 where that is not told, or is no possible number.</summary>
    public long Pages { get; init; }

    /// <summary>The pages asked for as they are written, where no request can have as many; or null.</summary>
    public string? ImpossibleSize { get; init; }

    /// <summary>What the kernel returned, as a negative number; 0 where it is not told.</summary>
    public long Ret { get; init; }

    /// <summary>Whether it is a bitmap of debugfs, and no line of the log.</summary>
    public bool IsBitmap { get; init; }

    /// <summary>Whether free runs are told at all; there may be none of them.</summary>
    public bool HasRuns { get; init; }

    /// <summary>Whether the runs are told by ranges, as kernels do from 6.15 on.</summary>
    public bool HasRanges { get; init; }

    /// <summary>The free runs that can be believed, in order.</summary>
    public ImmutableArray<LoggedRun> Runs { get; init; } = [];

    /// <summary>The free pages in all, as printed; -1 where they are not told.</summary>
    public long Free { get; init; } = -1;

    /// <summary>The pages of the area, as printed; -1 where they are not told.</summary>
    public long Total { get; init; } = -1;

    /// <summary>Whether all of it was read and the sums agree.</summary>
    public bool IsSound { get; init; }

    /// <summary>Whether all free runs are told; otherwise there may be more.</summary>
    public bool IsWhole { get; init; } = true;

    /// <summary>The most free pages that there may be besides those of the runs.</summary>
    public long Untold => IsWhole ? 0
        : Free < 0 || IsBitmap ? long.MaxValue
        : Math.Max(0, Free - Runs.Sum(run => run.Pages));

    /// <summary>Whether the area has no more pages than are told.</summary>
    public bool IsEndKnown => Total >= 0 && (IsWhole || !IsBitmap);
}

/// <summary>A line of <c>/proc/buddyinfo</c>.</summary>
/// <param name="Line">The line.</param>
/// <param name="Node">The node.</param>
/// <param name="Zone">The name of the zone.</param>
/// <param name="Blocks">How many free blocks there are of 1, 2, 4, ... pages.</param>
public sealed record LoggedZone(long Line, long Node, string Zone, ImmutableArray<long> Blocks) : LogEntry(Line);
