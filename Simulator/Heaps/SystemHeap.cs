using DmaBufSim.Abi;
using DmaBufSim.Dma;
using DmaBufSim.Memory;

namespace DmaBufSim.Heaps;

/// <summary>The system heap: chunks of 1 MiB, 64 KiB and 4 KiB from the buddy allocator.</summary>
/// <remarks>
/// <para><b>Kernel:</b> <c>system_heap_allocate()</c> and <c>alloc_largest_available()</c>,
/// drivers/dma-buf/heaps/system_heap.c. Chunks never grow: once a smaller order was used, larger ones are not tried
/// again for this buffer.</para>
/// <para><b>Cost:</b> one buddy allocation per chunk.</para>
/// <para><b>Differs:</b> where a real machine would wake the OOM killer, the answer is ENOMEM.</para>
/// </remarks>
public sealed class SystemHeap(HeapContext context) : DmaHeap(context)
{
    private readonly List<FrameRun> chunks = [];

    /// <inheritdoc/>
    protected internal override Result<SgTable> AllocatePages(int pages)
    {
        if (pages == 1)
        {
            Result<int> frame = Context.Memory.Buddy.Allocate(0, MigrateType.Unmovable);
            return frame.IsOk ? new SgTable(new FrameRun(frame.Value, 1)) : frame.As<SgTable>();
        }

        chunks.Clear();
        int left = pages;
        int highest = 8;
        while (left > 0)
        {
            Result<FrameRun> chunk = AllocateLargest(left, highest);
            if (!chunk.IsOk)
            {
                Free(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(chunks));
                return chunk.As<SgTable>();
            }

            chunks.Add(chunk.Value);
            left -= chunk.Value.Count;
            highest = OrderOf(chunk.Value);
        }

        return new SgTable(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(chunks));
    }

    /// <inheritdoc/>
    protected internal override void FreePages(SgTable table) => Free(table.Runs);

    private static int OrderOf(FrameRun chunk) => System.Numerics.BitOperations.Log2((uint)chunk.Count);

    private Result<FrameRun> AllocateLargest(int left, int highest)
    {
        Result<int> frame = new Result(Errno.ENOMEM, Reason.OutOfMemory);
        foreach (int order in (ReadOnlySpan<int>)[8, 4, 0])
        {
            if (left < 1 << order || order > highest)
            {
                continue;
            }

            frame = Context.Memory.Buddy.Allocate(order, MigrateType.Unmovable);
            if (frame.IsOk)
            {
                return new FrameRun(frame.Value, 1 << order);
            }
        }

        return frame.As<FrameRun>();
    }

    private void Free(ReadOnlySpan<FrameRun> runs)
    {
        foreach (FrameRun run in runs)
        {
            Context.Memory.Buddy.Free(run.First, OrderOf(run));
        }
    }
}
