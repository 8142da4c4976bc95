using DmaBufSim.Abi;
using DmaBufSim.Dma;
using DmaBufSim.Memory;

namespace DmaBufSim.Heaps;

/// <summary>A heap on memory set aside at boot, which nobody else ever gets.</summary>
/// <remarks>
/// <para><b>Kernel:</b> the carve-out heap series of 2024 and 2025, which was not merged; lib/genalloc.c places the
/// buffers. The setting <c>fit=best</c> chooses gen_pool_best_fit instead of first fit.</para>
/// <para><b>Differs:</b> the posted series never zeroed; here a buffer reads as zeros when it is allocated, unless the
/// heap is declared with <c>zero=never</c>.</para>
/// </remarks>
public sealed class CarveoutHeap : DmaHeap
{
    private readonly GenPool pool;
    private readonly bool zeroes;

    /// <summary>A heap on the carveout of its context.</summary>
    /// <exception cref="ArgumentException">The context has no carveout, or a setting has an unknown value.</exception>
    public CarveoutHeap(HeapContext context)
        : base(context)
    {
        FrameRun carveout = context.Pool
            ?? throw new ArgumentException("a carveout heap needs a size", nameof(context));
        PoolFit fit = context.Option("fit", "first") switch
        {
            "first" => PoolFit.First,
            "best" => PoolFit.Best,
            string other => throw new ArgumentException($"fit={other}: expected first or best", nameof(context)),
        };
        zeroes = context.Option("zero", "alloc") switch
        {
            "alloc" => true,
            "never" => false,
            string other => throw new ArgumentException($"zero={other}: expected alloc or never", nameof(context)),
        };
        pool = new GenPool(context.Name, carveout, context.Trace, fit);
    }

    /// <inheritdoc/>
    public override string Backing =>
        $"a carveout of {ByteText.Of((long)pool.Range.Count << PhysicalMemory.PageShift)}";

    /// <inheritdoc/>
    public override long FreeBytes => pool.AvailablePages << PhysicalMemory.PageShift;

    /// <inheritdoc/>
    protected internal override Result<SgTable> AllocatePages(int pages)
    {
        Result<int> frame = pool.Allocate(pages);
        if (!frame.IsOk)
        {
            return frame.As<SgTable>();
        }

        if (zeroes)
        {
            Context.Memory.Renew(frame.Value, pages);
        }

        return new SgTable(new FrameRun(frame.Value, pages));
    }

    /// <inheritdoc/>
    protected internal override void FreePages(SgTable table) => pool.Free(table.Runs[0].First, table.Runs[0].Count);
}
