using System.Collections.Immutable;

namespace DmaBufSim.Security;

/// <summary>What a description says about the hardware that enforces; null has the default of the type.</summary>
/// <param name="Type">The word of a <see cref="GuardType"/>.</param>
public sealed record GuardSettings(string Type = GuardType.Default)
{
    /// <summary>How many regions it has, or how many masters it can have contexts for.</summary>
    public int? Regions { get; init; }

    /// <summary>What a range must be a multiple of, in bytes.</summary>
    public long? Granule { get; init; }

    /// <summary>The smallest range, in bytes.</summary>
    public long? Smallest { get; init; }

    /// <summary>What each change takes, in nanoseconds.</summary>
    public long? Latency { get; init; }

    /// <summary>What each page of a change takes, in nanoseconds.</summary>
    public long? PerPage { get; init; }

    /// <summary>Groups of masters that it cannot tell apart.</summary>
    public ImmutableArray<ImmutableArray<string>> Shared { get; init; } = [];

    /// <summary>
    /// Whether masters that it cannot tell apart may all do what one of them may; otherwise such rules are refused.
    /// </summary>
    public bool Widens { get; init; }

    /// <summary>What a blocked access does.</summary>
    public GuardResponse Response { get; init; }
}
