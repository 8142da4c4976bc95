using System.Collections.Immutable;
using DmaBufSim.Machines;

namespace DmaBufSim.Workloads;

/// <summary>Holds the description of a tenant against its type and its machine.</summary>
internal static class TenantCheck
{
    /// <summary>The type of a tenant.</summary>
    /// <exception cref="ArgumentException">Something is wrong with the description.</exception>
    public static TenantType TypeOf(
        Machine machine, TenantDescription tenant, ImmutableArray<TenantType> types)
    {
        TenantType type = types.FirstOrDefault(known => known.Name == tenant.Type)
            ?? throw Wrong(tenant, $"unknown type '{tenant.Type}'");
        foreach ((string name, TenantSetting setting) in tenant.Settings)
        {
            TenantKey key = type.Key(name) ?? throw Wrong(tenant, $"unknown key '{name}'");
            if (!key.Accepts(setting))
            {
                throw Wrong(tenant, $"'{name}' cannot have that value");
            }

            if (key.Value == TenantValue.Heap && !machine.Heaps.Heaps.Any(heap => heap.Name == setting.Word))
            {
                throw Wrong(tenant, $"there is no heap '{setting.Word}'");
            }

            if (key.Value == TenantValue.Device && machine.FindImporter(setting.Word!) is null)
            {
                throw Wrong(tenant, $"there is no device '{setting.Word}'");
            }

            if (key.Value == TenantValue.Tenant && !HasPages(machine.Description, setting.Word!, types))
            {
                throw Wrong(tenant, $"there is no tenant '{setting.Word}' that has pages");
            }
        }

        return type.Problem(tenant) is { } problem ? throw Wrong(tenant, problem) : type;
    }

    /// <summary>Whether a machine has a tenant of that name whose pages can be pinned.</summary>
    private static bool HasPages(MachineDescription machine, string name, ImmutableArray<TenantType> types) =>
        machine.Tenants.Any(tenant => tenant.Name == name
            && types.Any(type => type.Name == tenant.Type && type.HasPages));

    private static ArgumentException Wrong(TenantDescription tenant, string why) =>
        new($"tenant '{tenant.Name}': {why}");
}
