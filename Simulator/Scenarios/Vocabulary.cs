using System.Collections.Immutable;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Memory.Policies;

namespace DmaBufSim.Scenarios;

/// <summary>The kinds of parts that a scenario may name.</summary>
/// <param name="HeapTypes">What may follow <c>type=</c> of a heap.</param>
/// <param name="CmaPolicies">What may follow <c>policy=</c> of an area.</param>
public sealed record Vocabulary(ImmutableArray<string> HeapTypes, ImmutableArray<string> CmaPolicies)
{
    /// <summary>What comes with the library.</summary>
    public static Vocabulary BuiltIn { get; } = new(
        [.. HeapType.BuiltIn.Select(type => type.Name)], [.. CmaPolicyType.BuiltIn.Select(type => type.Name)]);

    /// <summary>What a builder can build.</summary>
    public static Vocabulary Of(MachineBuilder builder) => new(
        [.. builder.HeapTypes.Select(type => type.Name)], [.. builder.CmaPolicies.Select(type => type.Name)]);
}
