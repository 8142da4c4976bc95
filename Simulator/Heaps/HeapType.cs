using System.Collections.Immutable;

namespace DmaBufSim.Heaps;

/// <summary>A kind of heap that a description can ask for by name.</summary>
/// <param name="Name">The word after <c>type=</c>.</param>
/// <param name="Create">Makes a heap of this kind.</param>
public sealed record HeapType(string Name, Func<HeapContext, DmaHeap> Create)
{
    /// <summary>
    /// The settings that this kind knows beside <c>on=</c> and <c>size=</c>; null where it reads whatever it is given.
    /// </summary>
    public ImmutableArray<HeapOption>? Options { get; init; }

    /// <summary>The kinds that Linux has, or has been offered.</summary>
    public static ImmutableArray<HeapType> BuiltIn { get; } =
    [
        new("system", context => new SystemHeap(context)) { Options = [] },
        new("cma", context => new CmaHeap(context)) { Options = [] },
        new("carveout", context => new CarveoutHeap(context))
        {
            Options = [new HeapOption("fit", ["first", "best"]), new HeapOption("zero", ["alloc", "never"])],
        },
        new("protected", context => new ProtectedHeap(context)) { Options = [] },
    ];
}

/// <summary>A setting of a kind of heap.</summary>
/// <param name="Key">The word before <c>=</c>.</param>
/// <param name="Values">The words that may follow; the first is the default.</param>
public sealed record HeapOption(string Key, ImmutableArray<string> Values);
