using System.Collections.Immutable;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Security;

namespace DmaBufSim.Scenarios;

/// <summary>The words of a scenario that plug-ins can add to.</summary>
/// <param name="HeapTypes">What may follow <c>type=</c> of a heap.</param>
/// <param name="Policies">What may follow <c>policy=</c>.</param>
/// <param name="Guards">What may follow <c>type=</c> of a guard.</param>
public sealed record Vocabulary(
    ImmutableArray<string> HeapTypes, ImmutableArray<string> Policies, ImmutableArray<string> Guards)
{
    /// <summary>The words of the library.</summary>
    public static Vocabulary BuiltIn { get; } = new(
        [.. HeapType.BuiltIn.Select(type => type.Name)],
        [.. SecurePolicies.BuiltIn.Select(policy => policy.Name)],
        [.. GuardType.BuiltIn.Select(type => type.Name)]);

    /// <summary>The words that a builder knows.</summary>
    public static Vocabulary Of(MachineBuilder builder) => new(
        [.. builder.HeapTypes.Select(type => type.Name)],
        [.. builder.Policies.Select(policy => policy.Name)],
        [.. builder.GuardTypes.Select(type => type.Name)]);

    /// <summary>The words of the library with these types of heaps.</summary>
    public static implicit operator Vocabulary(ImmutableArray<string> heapTypes) =>
        BuiltIn with { HeapTypes = heapTypes };
}
