using System.Collections.Immutable;
using DmaBufSim.Machines;
using DmaBufSim.Security;
using DmaBufSim.Workloads;

namespace DmaBufSim.Scenarios;

/// <summary>The words of a scenario that plug-ins can add to.</summary>
/// <param name="HeapTypes">What may follow <c>type=</c> of a heap.</param>
/// <param name="Policies">What may follow <c>policy=</c> of the machine.</param>
/// <param name="GuardTypes">What may follow <c>guard</c>, with its keys.</param>
/// <param name="CmaPolicies">What may follow <c>policy=</c> of an area.</param>
public sealed record Vocabulary(
    ImmutableArray<string> HeapTypes,
    ImmutableArray<string> Policies,
    ImmutableArray<GuardType> GuardTypes,
    ImmutableArray<string> CmaPolicies)
{
    /// <summary>What may follow <c>type=</c> of a tenant, with its keys.</summary>
    public ImmutableArray<TenantType> TenantTypes { get; init; } = TenantType.BuiltIn;

    /// <summary>The words of the library.</summary>
    public static Vocabulary BuiltIn { get; } = Of(new MachineBuilder());

    /// <summary>The words that a builder knows.</summary>
    public static Vocabulary Of(MachineBuilder builder) => new(
        [.. builder.HeapTypes.Select(type => type.Name)],
        [.. builder.Policies.Select(policy => policy.Name)],
        builder.GuardTypes,
        [.. builder.CmaPolicies.Select(type => type.Name)]);

    /// <summary>The kind of tenant of that name, or null.</summary>
    public TenantType? FindTenant(string name) => TenantTypes.FirstOrDefault(type => type.Name == name);
}
