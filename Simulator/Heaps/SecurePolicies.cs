using System.Collections.Immutable;

namespace DmaBufSim.Heaps;

/// <summary>The answers that come with the library.</summary>
public static class SecurePolicies
{
    /// <summary>All of them, in the order in which the question was answered.</summary>
    public static ImmutableArray<SecurePolicy> BuiltIn { get; } =
    [
        new IonPolicy(),
        new AttachPolicy(),
        PerUsagePolicy.Instance,
        new GenericPolicy(),
        new CarveoutPolicy(),
        new TeePolicy(),
    ];
}
