using System.Collections.Immutable;

namespace DmaBufSim.Memory.Policies;

/// <summary>A policy for areas that a description can ask for by name.</summary>
/// <param name="Name">The word after <c>policy=</c>.</param>
/// <param name="Summary">What it does, in a few words.</param>
/// <param name="Create">Makes one for one area.</param>
public sealed record CmaPolicyType(string Name, string Summary, Func<CmaPolicy> Create)
{
    /// <summary>The name of what Linux does.</summary>
    public const string Default = "first-fit";

    /// <summary>The policies that come with the library.</summary>
    public static ImmutableArray<CmaPolicyType> BuiltIn { get; } =
    [
        new(Default, "what Linux does: the lowest free run", () => new FirstFit()),
        new("best-fit", "the shortest free run that has room", () => new BestFit()),
        .. Enumerable.Range(4, 6).Select(order => new CmaPolicyType(
            $"align-{order}", $"first fit, aligned to at most {1 << order} pages", () => new AlignmentCap(order))),
        new("reserved-pool", "blocks that were handed out once are kept", () => new ReservedPool()),
        new("retry", "wait 100 ms and try again, five times", () => new MigrationRetries()),
        new("gcma", "guaranteed CMA: lent only to what can be dropped", () => new GuaranteedCma()),
        new("compact-ahead", "the next window is emptied beforehand", () => new CompactionAhead()),
    ];
}
