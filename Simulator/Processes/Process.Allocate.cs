using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Files;
using DmaBufSim.Heaps;

namespace DmaBufSim.Processes;

public sealed partial class Process
{
    private const int FdOffset = 8;

    /// <summary>Opens a heap node, allocates from it with DMA_HEAP_IOCTL_ALLOC and closes the node.</summary>
    /// <returns>
    /// The new descriptor; <see cref="Errno.ENOENT"/> for an unknown heap, <see cref="Errno.EMFILE"/> where the memory
    /// was there and the descriptor was not, otherwise what <see cref="DmaHeap.Allocate"/> answers.
    /// </returns>
    public Result<int> Allocate(string heap, ulong length, OpenFlags fdFlags, ulong heapFlags = 0)
    {
        Result<DmaHeap> node = context.Heaps.Open(heap);
        return node.IsOk ? Allocate(node.Value, new HeapAllocation(length, 0, fdFlags, heapFlags)) : node.As<int>();
    }

    /// <summary>The same ioctl with every field given, and with the size of the structure in its number.</summary>
    /// <param name="heap">The heap node.</param>
    /// <param name="request">The fields in user memory.</param>
    /// <param name="size">How many bytes of the structure the caller's ioctl number speaks of, 0 to 16383.</param>
    /// <returns>The descriptor that was made, and what the caller finds in the fd field.</returns>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>dma_heap_ioctl()</c>: bytes past <paramref name="size"/> read as zeros and get no
    /// answer, so a short structure can make a descriptor that nobody is told of.</para>
    /// </remarks>
    public Result<RawAllocation> AllocateRaw(string heap, in HeapAllocation request, int size)
    {
        Result<DmaHeap> node = context.Heaps.Open(heap);
        if (!node.IsOk)
        {
            return node.As<RawAllocation>();
        }

        HeapAllocation seen = new(
            Seen(request.Length, 0, 8, size),
            (uint)Seen(request.Fd, FdOffset, 4, size),
            (OpenFlags)Seen((ulong)request.FdFlags, 12, 4, size),
            Seen(request.HeapFlags, 16, 8, size));
        Result<int> descriptor = Allocate(node.Value, seen);
        if (!descriptor.IsOk)
        {
            return descriptor.As<RawAllocation>();
        }

        // Only the bytes that the caller's structure has are written back; the others stay as they were.
        ulong written = Seen(uint.MaxValue, FdOffset, 4, size);
        uint field = (uint)((request.Fd & ~written) | ((ulong)descriptor.Value & written));
        return new RawAllocation(descriptor.Value, unchecked((int)field));
    }

    private static ulong Seen(ulong field, int offset, int length, int size)
    {
        int bytes = Math.Clamp(size - offset, 0, length);
        return bytes == 8 ? field : field & ((1UL << (bytes * 8)) - 1);
    }

    private Result<int> Allocate(DmaHeap heap, in HeapAllocation request)
    {
        Result<DmaBuf> buffer = heap.Allocate(request);
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

        Files.Install(descriptor.Value, buffer.Value, (request.FdFlags & OpenFlags.CloseOnExec) != 0);
        return descriptor;
    }
}

/// <summary>What a raw allocation left behind.</summary>
/// <param name="Descriptor">The descriptor that exists now.</param>
/// <param name="Reported">What the caller finds in the fd field.</param>
public readonly record struct RawAllocation(int Descriptor, int Reported);
