using System.Collections.Immutable;
using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Dma;
using DmaBufSim.Memory;
using DmaBufSim.Security;
using DmaBufSim.Tracing;

namespace DmaBufSim.Heaps;

/// <summary>What a heap is given when its machine is switched on.</summary>
/// <param name="Name">The node name under /dev/dma_heap.</param>
/// <param name="Memory">The memory of the machine.</param>
/// <param name="Buffers">The list that buffers are exported to.</param>
/// <param name="Mapping">The DMA layer.</param>
/// <param name="Firewall">Where a heap with rules protects its frames.</param>
/// <param name="Cpu">The master of the processes.</param>
/// <param name="Kernel">The kernel generation.</param>
/// <param name="Trace">Where records and refusals go.</param>
public sealed record HeapContext(
    string Name,
    PhysicalMemory Memory,
    DmaBufList Buffers,
    DmaMapping Mapping,
    Firewall Firewall,
    Master Cpu,
    KernelProfile Kernel,
    Trace Trace)
{
    /// <summary>The area that <c>on=</c> names, or that a size of its own made; null without either.</summary>
    public CmaArea? Area { get; init; }

    /// <summary>
    /// The frames set aside for a heap with a pool of its own, or null. They may be more than <see cref="Size"/> says,
    /// because whole page blocks are set aside.
    /// </summary>
    public FrameRun? Carveout { get; init; }

    /// <summary>What <c>size=</c> says, in bytes, or null.</summary>
    public long? Size { get; init; }

    /// <summary>The access rules; empty where the heap has none.</summary>
    public ImmutableArray<AccessRule> Rules { get; init; } = [];

    /// <summary>What becomes of the rules.</summary>
    public SecurePolicy Answer { get; init; } = PerUsagePolicy.Instance;

    /// <summary>Whether the pool that the policy wants for the heap did not fit into memory at boot.</summary>
    public bool CarveoutIsMissing { get; init; }

    /// <summary>The other settings of the heap, as written.</summary>
    public ImmutableSortedDictionary<string, string> Options { get; init; } =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>The frames of a pool of its own: those set aside, as far as the size goes; null without any.</summary>
    public FrameRun? Pool => Carveout is { } run && Size is { } size
        ? run with { Count = (int)Math.Min(run.Count, PagesOf(size)) }
        : Carveout;

    /// <summary>A setting by its key, or a default.</summary>
    public string Option(string key, string otherwise) => Options.GetValueOrDefault(key, otherwise);

    internal static long PagesOf(long bytes) => (bytes + PhysicalMemory.PageSize - 1) >> PhysicalMemory.PageShift;
}
