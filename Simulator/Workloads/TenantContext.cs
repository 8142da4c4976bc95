using DmaBufSim.Engine;
using DmaBufSim.Machines;

namespace DmaBufSim.Workloads;

/// <summary>What a tenant is made from.</summary>
/// <param name="Workload">Whose tenant it is.</param>
/// <param name="Name">Its name.</param>
/// <param name="Draws">The numbers that it draws.</param>
public sealed record TenantContext(Workload Workload, string Name, RandomStream Draws)
{
    private readonly TenantType? type;
    private readonly TenantDescription? description;

    internal TenantContext(Workload workload, TenantType type, TenantDescription description, RandomStream random)
        : this(workload, description.Name, random)
    {
        this.type = type;
        this.description = description;
    }

    /// <summary>A setting, or its default; null where it has neither.</summary>
    internal TenantSetting? Find(string key) =>
        description!.Settings.TryGetValue(key, out TenantSetting setting) ? setting : type!.Key(key)!.Default;

    /// <summary>A setting that surely has a value.</summary>
    internal TenantSetting Get(string key) => Find(key)!.Value;
}
