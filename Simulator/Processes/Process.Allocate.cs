using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Files;
using DmaBufSim.Heaps;

namespace DmaBufSim.Processes;

public sealed partial class Process
{
    private const int FdOffset = 8;
    private const int LargestSize = 0x3fff;

    /// <summary>Opens a heap node, allocates from it with DMA_HEAP_IOCTL_ALLOC and closes the node.</summary>
    /// <returns>
    /// The new descriptor; <see cref="Errno.ENOENT"/> for an unknown heap, <see cref="Errno.EMFILE"/> without a number
    /// for the node or, once the memory is there, for the buffer; otherwise what the heap answers, see
    /// <see cref="DmaHeap.Allocate"/>.
    /// </returns>
    /// <remarks>
    /// <para>While it lasts, the open node has a number too: the lowest free one, and the buffer gets the next.</para>
    /// </remarks>
    public Result<int> Allocate(string heap, ulong length, OpenFlags fdFlags, ulong heapFlags = 0) =>
        OpenAndAllocate(heap, new HeapAllocation(length, 0, fdFlags, heapFlags));

    /// <summary>The same ioctl with every field given, and with the size of the structure in its number.</summary>
    /// <param name="heap">The heap node.</param>
    /// <param name="request">The fields in user memory.</param>
    /// <param name="size">
    /// How many bytes of the structure the caller's ioctl number speaks of; the number has 14 bits for it.
    /// </param>
    /// <returns>The descriptor that was made, and what the caller finds in the fd field.</returns>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>dma_heap_ioctl()</c>: bytes past <paramref name="size"/> read as zeros and get no
    /// answer, so a short structure can make a descriptor that nobody is told of.</para>
    /// </remarks>
    public Result<RawAllocation> AllocateRaw(string heap, in HeapAllocation request, int size)
    {
        int bytes = size & LargestSize;
        HeapAllocation seen = new(
            Seen(request.Length, 0, 8, bytes),
            (uint)Seen(request.Fd, FdOffset, 4, bytes),
            (OpenFlags)Seen((ulong)request.FdFlags, 12, 4, bytes),
            Seen(request.HeapFlags, 16, 8, bytes));
        Result<int> descriptor = OpenAndAllocate(heap, seen);
        if (!descriptor.IsOk)
        {
            return descriptor.As<RawAllocation>();
        }

        // The answer overwrites only the bytes that the number speaks of.
        ulong answered = Seen(uint.MaxValue, FdOffset, 4, bytes);
        ulong reported = ((ulong)descriptor.Value & answered) | (request.Fd & ~answered);
        return new RawAllocation(descriptor.Value, unchecked((int)reported));
    }

    private static ulong Seen(ulong field, int offset, int length, int size)
    {
        int bytes = Math.Clamp(size - offset, 0, length);
        return bytes == 8 ? field : field & ((1UL << (bytes * 8)) - 1);
    }

    private Result<int> OpenAndAllocate(string heap, in HeapAllocation request)
    {
        Run();
        Result<int> node = Files.Reserve();
        if (!node.IsOk)
        {
            return node;
        }

        Result<DmaHeap> opened = context.Heaps.Open(heap);
        Result<int> descriptor = opened.IsOk ? Allocate(opened.Value, request) : opened.As<int>();
        Files.Cancel(node.Value);
        return descriptor;
    }

    private Result<int> Allocate(DmaHeap heap, in HeapAllocation request)
    {
        Result<DmaBuf> buffer = heap.Allocate(request, this);
        return Install(buffer, (request.FdFlags & OpenFlags.CloseOnExec) != 0);
    }

    // dma_buf_fd(): the number comes last, and without one the buffer goes again.
    private Result<int> Install(Result<DmaBuf> buffer, bool closeOnExec)
    {
        if (!buffer.IsOk)
        {
            return buffer.As<int>();
        }

        Result<int> descriptor = Files.Reserve();
        if (!descriptor.IsOk)
        {
            buffer.Value.Put();
            return descriptor;
        }

        Files.Install(descriptor.Value, buffer.Value, closeOnExec);
        return descriptor;
    }
}

/// <summary>What a raw allocation left behind.</summary>
/// <param name="Descriptor">The descriptor that exists now.</param>
/// <param name="Reported">What the caller finds in the fd field.</param>
public readonly record struct RawAllocation(int Descriptor, int Reported);
