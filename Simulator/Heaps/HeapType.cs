using System.Collections.Immutable;

namespace DmaBufSim.Heaps;

/// <summary>A kind of heap that a description can ask for by name.</summary>
/// <param name="Name">The word after <c>type=</c>.</param>
/// <param name="Create">Makes a heap of this kind.</param>
public sealed record HeapType(string Name, Func<HeapContext, DmaHeap> Create)
{
    /// <summary>The kinds that Linux has, or has been offered.</summary>
    public static ImmutableArray<HeapType> BuiltIn { get; } =
    [
        new("system", context => new SystemHeap(context)),
        new("cma", context => new CmaHeap(context)),
        new("carveout", context => new CarveoutHeap(context)),
        new("protected", context => new ProtectedHeap(context)),
    ];
}
