using System.Collections.Immutable;
using DmaBufSim.Abi;
using DmaBufSim.Devices;
using DmaBufSim.Heaps;
using DmaBufSim.Memory;
using DmaBufSim.Memory.Policies;
using DmaBufSim.Security;

namespace DmaBufSim.Machines;

/// <summary>What a machine is made of, before it is switched on. Pure data for any number of machines.</summary>
public sealed record MachineDescription
{
    /// <summary>Memory in bytes, a multiple of 4 MiB.</summary>
    public long Memory { get; init; } = 256L << 20;

    /// <summary>The physical address of the first byte of memory, a multiple of 4 MiB.</summary>
    public long Base { get; init; }

    /// <summary>Addresses that are no memory: of devices, or kept by the firmware. Lowest first.</summary>
    public ImmutableArray<MemoryHole> Holes { get; init; } = [];

    /// <summary>The kernel generation.</summary>
    public KernelProfile Kernel { get; init; } = KernelProfile.Default;

    /// <summary>The seed of every draw.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>How many descriptors a process may have open (RLIMIT_NOFILE).</summary>
    public int MaxDescriptors { get; init; } = 1024;

    /// <summary>What the udmabuf parameter size_limit_mb says, in bytes; null for the default of the kernel.</summary>
    public long? UdmabufSizeLimit { get; init; }

    /// <summary>The udmabuf parameter list_limit.</summary>
    public int UdmabufListLimit { get; init; } = 1024;

    /// <summary>How areas are used that do not say it themselves.</summary>
    public string CmaPolicy { get; init; } = CmaPolicyType.Default;

    /// <summary>Which allocations from areas wait for each other; null for what the kernel does.</summary>
    public CmaLock? CmaLock { get; init; }

    /// <summary>Whether the kernel traces what areas do, from boot on.</summary>
    public bool Ftrace { get; init; }

    /// <summary>
    /// What becomes of the rules of heaps: the name of a <see cref="SecurePolicy"/>; null for that of
    /// <see cref="PerUsagePolicy"/>.
    /// </summary>
    public string? Policy { get; init; }

    /// <summary>
    /// How drivers learn that a buffer is protected, where their description says nothing; null: not needed.
    /// </summary>
    public ImporterKnowledge? Knows { get; init; }

    /// <summary>The hardware that enforces.</summary>
    public GuardSettings Guard { get; init; } = new();

    /// <summary>The CMA areas, in the order of their declaration.</summary>
    public ImmutableArray<AreaDescription> Areas { get; init; } = [];

    /// <summary>The heaps, in the order of their declaration.</summary>
    public ImmutableArray<HeapDescription> Heaps { get; init; } = [];

    /// <summary>The devices, in the order of their declaration.</summary>
    public ImmutableArray<DeviceDescription> Devices { get; init; } = [];

    /// <summary>The tenants that use memory in the background, in the order of their declaration.</summary>
    public ImmutableArray<TenantDescription> Tenants { get; init; } = [];

    /// <summary>The frames of <see cref="Holes"/>.</summary>
    internal FrameRun[] HoleFrames =>
    [
        .. Holes.Select(hole => new FrameRun(
            (int)((hole.Address - Base) >> PhysicalMemory.PageShift), (int)(hole.Bytes >> PhysicalMemory.PageShift))),
    ];
}

/// <summary>Physical addresses between those of memory that are none.</summary>
/// <param name="Address">The first, a multiple of 4 MiB.</param>
/// <param name="Bytes">How many, a multiple of 4 MiB.</param>
public readonly record struct MemoryHole(long Address, long Bytes);

/// <summary>A CMA area that heaps may share.</summary>
/// <param name="Name">The name that heaps refer to.</param>
/// <param name="Size">Bytes; rounded up to page blocks of 2 MiB, as Linux does.</param>
/// <param name="OrderPerBit">Each bit of the area's bitmap stands for 2 to this power pages.</param>
/// <param name="MaxAlignment">The highest alignment order that an allocation asks for (CONFIG_CMA_ALIGNMENT).</param>
/// <param name="Policy">How it is used, by name; null for that of the machine.</param>
/// <param name="Multi">Whether it may lie in several ranges, where no single one is large enough.</param>
public sealed record AreaDescription(
    string Name, long Size, int OrderPerBit = 0, int MaxAlignment = 8, string? Policy = null, bool Multi = false);

/// <summary>A heap: its node name, its type, where its memory comes from and who may touch its buffers.</summary>
/// <param name="Name">The name under /dev/dma_heap.</param>
/// <param name="Type"><c>system</c>, <c>cma</c>, <c>carveout</c>, <c>protected</c>, or that of a plug-in.</param>
public sealed record HeapDescription(string Name, string Type)
{
    /// <summary>The CMA area that the memory comes from, or null.</summary>
    public string? On { get; init; }

    /// <summary>Bytes of a pool or area of the heap's own, or null.</summary>
    public long? Size { get; init; }

    /// <summary>
    /// What a protected heap needs at most at a time, in bytes, for policies that give it a pool; null for
    /// <see cref="Size"/>, or else for its share of the area.
    /// </summary>
    public long? Peak { get; init; }

    /// <summary>Who may do what; empty where the heap has no rules.</summary>
    public ImmutableArray<AccessRule> Rules { get; init; } = [];

    /// <summary>Settings that only this type of heap knows, as written: key and text.</summary>
    public ImmutableSortedDictionary<string, string> Options { get; init; } =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
}

/// <summary>A device that imports buffers, and what the DMA layer must know of it.</summary>
/// <param name="Name">Its name, and the name of the master that moves its bytes.</param>
/// <param name="Type"><c>decoder</c>, <c>display</c>, <c>camera</c>, <c>cpu</c>, <c>gpu</c> or <c>probe</c>.</param>
/// <remarks>A property that is null has the default of the type.</remarks>
public sealed record DeviceDescription(string Name, string Type)
{
    /// <summary>How many address bits it can put on the bus (its DMA mask).</summary>
    public int? Mask { get; init; }

    /// <summary>It needs one run of addresses.</summary>
    public bool? Contiguous { get; init; }

    /// <summary>The longest segment that its engine takes, in bytes.</summary>
    public long? MaxSegment { get; init; }

    /// <summary>It sits behind an IOMMU.</summary>
    public bool? Iommu { get; init; }

    /// <summary>It is a secure master: it may touch protected memory that names no masters.</summary>
    public bool? Secure { get; init; }

    /// <summary>How its driver learns that a buffer is protected; null for what the machine says.</summary>
    public ImporterKnowledge? Knows { get; init; }

    /// <summary>Whether its link is protected at first; null for yes, or no link at all.</summary>
    public bool? LinkIsProtected { get; init; }
}
