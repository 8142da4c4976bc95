using DmaBufSim.Abi;
using DmaBufSim.Dma;
using DmaBufSim.Memory;

namespace DmaBufSim.Heaps;

/// <summary>A heap on a CMA area: each buffer is one run of frames.</summary>
/// <remarks>
/// <para><b>Kernel:</b> drivers/dma-buf/heaps/cma_heap.c. Every failure to allocate or to map is ENOMEM; a mapping
/// must be shared. A buffer is one entry of its table; <c>sg_alloc_table_from_pages()</c> makes a second one from
/// 4 GiB less a page on.</para>
/// <para><b>Cost:</b> one search of the area's bitmap.</para>
/// </remarks>
public sealed class CmaHeap : DmaHeap
{
    private const int MaxEntryPages = (int)(uint.MaxValue >> PhysicalMemory.PageShift);

    private readonly CmaArea area;

    /// <summary>A heap on the area of its context.</summary>
    /// <exception cref="ArgumentException">The context has no area.</exception>
    public CmaHeap(HeapContext context)
        : base(context) =>
        area = context.Area ?? throw new ArgumentException("a cma heap needs an area", nameof(context));

    /// <inheritdoc/>
    public override bool AllowsPrivateMappings => false;

    /// <inheritdoc/>
    public override Errno? MapFailure => Errno.ENOMEM;

    /// <inheritdoc/>
    public override string Backing => $"CMA area {area.Name}";

    /// <inheritdoc/>
    public override CmaArea? Area => area;

    /// <inheritdoc/>
    public override long FreeBytes => area.FreePages << PhysicalMemory.PageShift;

    /// <inheritdoc/>
    protected internal override Result<SgTable> AllocatePages(int pages)
    {
        Result<int> frame = area.Allocate(pages, area.AlignmentFor(pages));
        return frame.IsOk ? TableOf(frame.Value, pages) : frame.As<SgTable>();
    }

    /// <inheritdoc/>
    protected internal override void FreePages(SgTable table) => area.Release(table.Runs[0].First, table.Pages);

    /// <inheritdoc/>
    protected override Result RefuseAbsurd(long pages) => area.RefuseAbsurd(pages);

    private static SgTable TableOf(int first, int pages)
    {
        if (pages <= MaxEntryPages)
        {
            return new SgTable(new FrameRun(first, pages));
        }

        List<FrameRun> entries = [];
        for (int at = 0; at < pages; at += MaxEntryPages)
        {
            entries.Add(new FrameRun(first + at, Math.Min(MaxEntryPages, pages - at)));
        }

        return new SgTable(entries.ToArray());
    }
}
