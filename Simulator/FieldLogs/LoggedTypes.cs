using System.Collections.Immutable;

namespace DmaBufSim.FieldLogs;

/// <summary>The free blocks of a zone by migrate type, from <c>/proc/pagetypeinfo</c>.</summary>
/// <param name="Line">The line of the first type.</param>
/// <param name="Node">The node.</param>
/// <param name="Zone">The name of the zone.</param>
/// <param name="Rows">For each type its name, and how many free blocks it has of 1, 2, 4, ... pages.</param>
public sealed record LoggedTypes(
    long Line, long Node, string Zone, ImmutableArray<(string Type, ImmutableArray<long> Blocks)> Rows) : LogEntry(Line)
{
    /// <summary>Whether a count was cut off at 100,000, so that there are more.</summary>
    public bool IsCut { get; init; }
}

/// <summary>The page blocks of a zone by migrate type, from the second table of <c>/proc/pagetypeinfo</c>.</summary>
/// <param name="Line">The line.</param>
/// <param name="Node">The node.</param>
/// <param name="Zone">The name of the zone.</param>
/// <param name="Rows">For each type its name, and how many page blocks it has.</param>
/// <param name="BlockOrder">A page block has 2 to this power pages; -1 where that is not told.</param>
public sealed record LoggedPageblocks(
    long Line, long Node, string Zone, ImmutableArray<(string Type, long Blocks)> Rows, int BlockOrder)
    : LogEntry(Line);
