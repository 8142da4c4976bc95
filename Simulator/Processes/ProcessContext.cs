using DmaBufSim.Abi;
using DmaBufSim.Dma;
using DmaBufSim.Fences;
using DmaBufSim.Heaps;
using DmaBufSim.Security;
using DmaBufSim.Tracing;

namespace DmaBufSim.Processes;

/// <summary>What the system calls of a process reach.</summary>
/// <param name="Kernel">The kernel generation.</param>
/// <param name="Heaps">The heap nodes.</param>
/// <param name="Fences">What the fences of the machine share.</param>
/// <param name="Bus">The way to the bytes.</param>
/// <param name="Cpu">The master that processes run on.</param>
/// <param name="Trace">Where records and refusals go.</param>
/// <param name="MaxDescriptors">How many descriptors a process may have.</param>
public sealed record ProcessContext(
    KernelProfile Kernel,
    HeapRegistry Heaps,
    FenceCore Fences,
    MemoryBus Bus,
    Master Cpu,
    Trace Trace,
    int MaxDescriptors)
{
    /// <summary>Where memfds are made.</summary>
    public required MemfdList Memfds { get; init; }

    /// <summary>The device node /dev/udmabuf.</summary>
    public required Udmabuf Udmabuf { get; init; }
}
