using DmaBufSim.Abi;
using DmaBufSim.Tracing;

namespace DmaBufSim.Heaps;

/// <summary>The heap nodes of one machine.</summary>
/// <remarks>
/// <b>Kernel:</b> <c>dma_heap_add()</c> and the nodes under /dev/dma_heap, drivers/dma-buf/dma-heap.c.
/// </remarks>
public sealed class HeapRegistry(Trace trace)
{
    private const int MaxHeaps = 128;

    private readonly List<DmaHeap> heaps = [];
    private readonly Dictionary<string, DmaHeap> byName = new(StringComparer.Ordinal);

    /// <summary>The heaps, in the order in which they were added.</summary>
    public IReadOnlyList<DmaHeap> Heaps => heaps;

    /// <summary>Adds a heap. There is no removal.</summary>
    /// <returns>
    /// <see cref="Errno.EINVAL"/> without a name, <see cref="Errno.EBUSY"/> when all 128 minors are taken,
    /// <see cref="Errno.EEXIST"/> for a name that is taken.
    /// </returns>
    public Result Add(DmaHeap heap)
    {
        if (heap.Name.Length == 0)
        {
            return trace.Refuse(Errno.EINVAL, Reason.HeapNameTaken, heap.Name);
        }

        if (heaps.Count == MaxHeaps)
        {
            return trace.Refuse(Errno.EBUSY, Reason.TooManyHeaps, heap.Name);
        }

        if (!byName.TryAdd(heap.Name, heap))
        {
            return trace.Refuse(Errno.EEXIST, Reason.HeapNameTaken, heap.Name);
        }

        heaps.Add(heap);
        return Result.Ok;
    }

    /// <summary>Opens a heap node.</summary>
    /// <returns><see cref="Errno.ENOENT"/> where there is none of that name.</returns>
    public Result<DmaHeap> Open(string name) =>
        byName.TryGetValue(name, out DmaHeap? heap)
            ? heap
            : trace.Refuse(Errno.ENOENT, Reason.HeapUnknown, name);
}
