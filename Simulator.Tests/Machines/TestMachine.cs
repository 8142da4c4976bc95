using DmaBufSim.Abi;
using DmaBufSim.Files;
using DmaBufSim.Machines;
using DmaBufSim.Processes;

namespace DmaBufSim.Tests.Machines;

/// <summary>Small machines for the tests of the rooms on top of the heaps.</summary>
internal static class TestMachine
{
    /// <summary>The name of the CMA heap.</summary>
    public const string Cma = "default_cma_region";

    /// <summary>The name of the protected heap.</summary>
    public const string Secure = "protected,secure-video";

    /// <summary>32 MiB with a system heap, a CMA heap of 8 MiB, a protected heap of 4 MiB and two probes.</summary>
    public static Machine Build(string kernel = "6.12", int maxDescriptors = 1024) =>
        new MachineBuilder().Build(new MachineDescription
        {
            Memory = 32 << 20,
            Kernel = KernelProfile.Find(kernel)!,
            MaxDescriptors = maxDescriptors,
            Heaps =
            [
                new HeapDescription("system", "system"),
                new HeapDescription(Cma, "cma") { Size = 8 << 20 },
                new HeapDescription(Secure, "protected") { Size = 4 << 20 },
            ],
            Devices = [new DeviceDescription("probe0", "probe"), new DeviceDescription("probe1", "probe")],
        });

    /// <summary>A buffer that must come out.</summary>
    public static int Make(
        this Process process, string heap, int length, OpenFlags flags = OpenFlags.ReadWrite) =>
        process.Allocate(heap, (ulong)length, flags) is { IsOk: true } made
            ? made.Value
            : throw new InvalidOperationException("the allocation failed");

    /// <summary>What is free, so that two moments can be compared.</summary>
    public static string FreeMemory(this Machine machine)
    {
        IEnumerable<long> blocks =
            Enumerable.Range(0, 11).Select(order => (long)machine.Memory.Buddy.FreeBlocks(order));
        IEnumerable<long> areas = machine.Areas.Select(area => (long)area.FreePages);
        return string.Join(' ', blocks.Concat(areas));
    }
}
