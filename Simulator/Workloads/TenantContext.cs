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
    /// <exception cref="ArgumentException">The type of the tenant has no such key, or it has no type.</exception>
    public TenantSetting? Find(string key)
    {
        TenantKey known = type?.Key(key) ?? throw new ArgumentException($"the type of '{Name}' has no key '{key}'");
        return description!.Settings.TryGetValue(key, out TenantSetting setting) ? setting : known.Default;
    }

    /// <summary>A setting that surely has a value.</summary>
    /// <exception cref="ArgumentException">It has none, or the type has no such key.</exception>
    public TenantSetting Get(string key) =>
        Find(key) ?? throw new ArgumentException($"the key '{key}' of '{Name}' has no value and no default");
}
