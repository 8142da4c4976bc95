using System.Collections.Immutable;
using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Devices;
using DmaBufSim.Files;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Security;

namespace DmaBufSim.Tests.Support;

/// <summary>Machines for tests, and short words for what their first process does.</summary>
internal static class Box
{
    public static MachineDescription Empty { get; } = new() { Memory = 64 << 20 };

    public static MachineDescription Area(this MachineDescription machine, string name, long size) =>
        machine with { Areas = machine.Areas.Add(new AreaDescription(name, size)) };

    public static MachineDescription Heap(
        this MachineDescription machine, string name, string type, string? on = null, long? size = null,
        AccessRule[]? rules = null, params (string Key, string Text)[] options) =>
        machine with
        {
            Heaps = machine.Heaps.Add(new HeapDescription(name, type)
            {
                On = on,
                Size = size,
                Rules = [.. rules ?? []],
                Options = options.ToImmutableSortedDictionary(o => o.Key, o => o.Text, StringComparer.Ordinal),
            }),
        };

    public static MachineDescription Heap(this MachineDescription machine, HeapDescription heap) =>
        machine with { Heaps = machine.Heaps.Add(heap) };

    public static MachineDescription Device(this MachineDescription machine, string name, string type) =>
        machine with { Devices = machine.Devices.Add(new DeviceDescription(name, type)) };

    public static MachineDescription Device(this MachineDescription machine, DeviceDescription device) =>
        machine with { Devices = machine.Devices.Add(device) };

    public static MachineDescription On(this MachineDescription machine, string kernel) =>
        machine with { Kernel = KernelProfile.Find(kernel)! };

    public static Machine Build(this MachineDescription machine, params HeapType[] more) =>
        new MachineBuilder([.. HeapType.BuiltIn, .. more]).Build(machine);

    public static AccessRule Allow(string master, AccessRights rights, string? region = null) =>
        new(master, rights, region);

    public static int Alloc(this Machine machine, string heap, long bytes)
    {
        Result<int> descriptor = machine.TryAlloc(heap, bytes);
        return descriptor.IsOk ? descriptor.Value : throw new InvalidOperationException(descriptor.ToString());
    }

    public static Result<int> TryAlloc(this Machine machine, string heap, long bytes) =>
        machine.First.Allocate(heap, unchecked((ulong)bytes), OpenFlags.ReadWrite);

    public static DmaBuf Buffer(this Machine machine, int descriptor) => machine.First.Buffer(descriptor).Value;

    public static Result<Import> TryAttach(
        this Machine machine, string device, int descriptor, bool isDynamic = false) =>
        machine.FindImporter(device)!.Attach(machine.Buffer(descriptor), isDynamic);

    public static Import Attach(this Machine machine, string device, int descriptor)
    {
        Result<Import> import = machine.TryAttach(device, descriptor);
        return import.IsOk ? import.Value : throw new InvalidOperationException(import.ToString());
    }

    public static Result<long> Mmap(
        this Machine machine, int descriptor, long bytes, MapProtection protection, MapType type = MapType.Shared) =>
        machine.First.Mmap(descriptor, 0, (ulong)bytes, protection, (uint)type);

    public static (Errno Errno, Reason Reason) Why(this Result result) => (result.Errno, result.Reason);

    public static (Errno Errno, Reason Reason) Why<T>(this Result<T> result) => (result.Errno, result.Reason);

    /// <summary>The hash of bytes as a transcript prints it, by the book.</summary>
    public static ulong HashOf(IEnumerable<byte> bytes) =>
        bytes.Aggregate(0xcbf29ce484222325, (hash, value) => unchecked((hash ^ value) * 0x100000001b3));

    /// <summary>Leaves two free pages of a 4 MiB machine that are not neighbours.</summary>
    public static void Fragment(this Machine machine, string heap)
    {
        List<int> pages = [];
        for (Result<int> page = machine.TryAlloc(heap, 4096); page.IsOk; page = machine.TryAlloc(heap, 4096))
        {
            pages.Add(page.Value);
        }

        machine.First.Close(pages[100]);
        machine.First.Close(pages[104]);
    }
}
