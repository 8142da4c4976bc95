using System.Collections.Immutable;
using DmaBufSim.Devices;
using DmaBufSim.Heaps;
using DmaBufSim.Memory;
using DmaBufSim.Security;
using DmaBufSim.Tracing;

namespace DmaBufSim.Machines;

public sealed partial class MachineBuilder
{
    private const string ProtectedType = "protected";
    private const long Block = PhysicalMemory.PageblockBytes;

    /// <summary>What can become of rules.</summary>
    public ImmutableArray<SecurePolicy> Policies { get; } =
        Distinct("policies", policies ?? SecurePolicies.BuiltIn, policy => policy.Name);

    /// <summary>The hardware that can enforce.</summary>
    public ImmutableArray<GuardType> GuardTypes { get; } =
        Distinct("kinds of guards", guards ?? GuardType.BuiltIn, guard => guard.Name);

    /// <summary>The masters of a machine: the CPU, the trusted application, the devices as they are declared.</summary>
    public static ImmutableArray<Master> MastersOf(MachineDescription description)
    {
        ImmutableArray<Master>.Builder masters = ImmutableArray.CreateBuilder<Master>();
        masters.Add(new Master("cpu", IsCpu: true));
        masters.Add(Master.Ta);
        foreach (DeviceDescription device in description.Devices)
        {
            if (device.Name == Master.Ta.Name)
            {
                throw new ArgumentException($"device '{device.Name}': the trusted application has this name");
            }

            if (DeviceType.Find(device.Type) is { UsesVmap: false } type)
            {
                masters.Add(new Master(device.Name, device.Secure ?? false, HasStream: device.Iommu ?? type.HasIommu));
            }
        }

        return masters.DrainToImmutable();
    }

    private SecurePolicy FindPolicy(string? name) =>
        name is null
            ? PerUsagePolicy.Instance
            : Policies.FirstOrDefault(policy => policy.Name == name)
                ?? throw new ArgumentException($"unknown policy '{name}'");

    private Firewall MakeFirewall(
        GuardSettings settings, SecurePolicy answer, ImmutableArray<Master> masters, Trace trace)
    {
        GuardType type = GuardTypes.FirstOrDefault(known => known.Name == settings.Type)
            ?? throw new ArgumentException($"unknown guard '{settings.Type}'");
        return new Firewall(trace, type.Create(settings))
        {
            Masters = masters,
            Response = settings.Response,
            ChecksFlows = answer.ChecksFlows,
        };
    }

    // Where the policy wants the memory of a protected heap.
    private static HeapDescription Place(MachineDescription machine, SecurePolicy answer, HeapDescription heap)
    {
        if (heap.Type != ProtectedType)
        {
            return heap;
        }

        long? pool = heap.Peak ?? heap.Size ?? ShareOf(machine, heap);
        return answer.Memory switch
        {
            SecureMemory.BufferByBuffer when heap.On is not null => heap with { Size = null },
            SecureMemory.LentPool => heap with { Size = pool },
            SecureMemory.Carveout => heap with { On = null, Size = pool },
            _ => heap,
        };
    }

    // Each protected heap on an area gets as much as the others.
    private static long? ShareOf(MachineDescription machine, HeapDescription heap)
    {
        if (machine.Areas.FirstOrDefault(area => area.Name == heap.On) is not { } area)
        {
            return null;
        }

        int heaps = machine.Heaps.Count(other => other.Type == ProtectedType && other.On == heap.On);
        return Math.Max(Block, area.Size / heaps / Block * Block);
    }
}
