using DmaBufSim.Abi;
using DmaBufSim.Dma;
using DmaBufSim.Memory;

namespace DmaBufSim.Heaps;

/// <summary>A heap on a CMA area: each buffer is one run of frames.</summary>
/// <remarks>
/// <para><b>Kernel:</b> drivers/dma-buf/heaps/cma_heap.c. Every failure to allocate or to map is ENOMEM; a mapping
/// must be shared.</para>
/// <para><b>Cost:</b> one search of the area's bitmap.</para>
/// </remarks>
public sealed class CmaHeap : DmaHeap
{
    private readonly CmaArea area;

    /// <summary>A heap on the area of its context.</summary>
    /// <exception cref="ArgumentException">The context has no area.</exception>
    public CmaHeap(HeapContext context)
        : base(context) => area = context.Area ?? throw new ArgumentException("a cma heap needs an area", nameof(context));

    /// <inheritdoc/>
    public override bool AllowsPrivateMappings => false;

    /// <inheritdoc/>
    public override Errno? MapFailure => Errno.ENOMEM;

    /// <inheritdoc/>
    public override string Backing => $"CMA area {area.Name}";

    /// <inheritdoc/>
    public override long FreeBytes => area.FreePages << PhysicalMemory.PageShift;

    /// <inheritdoc/>
    protected internal override Result<SgTable> AllocatePages(int pages)
    {
        Result<int> frame = area.Allocate(pages, area.AlignmentFor(pages));
        return frame.IsOk ? new SgTable(new FrameRun(frame.Value, pages)) : frame.As<SgTable>();
    }

    /// <inheritdoc/>
    protected internal override void FreePages(SgTable table) => area.Release(table.Runs[0].First, table.Runs[0].Count);

    /// <inheritdoc/>
    protected override Result RefuseAbsurd(long pages) =>
        Context.Trace.Refuse(Errno.ENOMEM, Reason.LargerThanArea, Name);
}
