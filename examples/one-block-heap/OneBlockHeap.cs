using System.Numerics;
using DmaBufSim.Abi;
using DmaBufSim.Dma;
using DmaBufSim.Heaps;
using DmaBufSim.Memory;

namespace OneBlock;

/// <summary>
/// A heap that takes one block of the page allocator for each buffer, so that any device can use it. The price: up to
/// half of a block is lost, no buffer is larger than 4 MiB, and after a while large blocks are hard to find.
/// </summary>
[HeapType("one-block")]
public sealed class OneBlockHeap(HeapContext context) : DmaHeap(context)
{
    protected override Result<SgTable> AllocatePages(int pages)
    {
        int order = OrderFor(pages);
        if (order > BuddyAllocator.MaxOrder)
        {
            return Context.Trace.Refuse(Errno.ENOMEM, Reason.NoContiguousRun, Name);
        }

        Result<int> frame = Context.Memory.Buddy.Allocate(order, MigrateType.Unmovable);
        return frame.IsOk ? new SgTable(new FrameRun(frame.Value, pages)) : frame.As<SgTable>();
    }

    protected override void FreePages(SgTable table) =>
        Context.Memory.Buddy.Free(table.Runs[0].First, OrderFor(table.Pages));

    private static int OrderFor(int pages) => BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)pages));
}
