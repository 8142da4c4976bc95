using DmaBufSim.Abi;
using DmaBufSim.Dma;
using DmaBufSim.Memory;
using DmaBufSim.Security;

namespace DmaBufSim.Heaps;

/// <summary>A heap of the trusted environment, whose buffers only some masters may touch.</summary>
/// <remarks>
/// <para><b>Kernel:</b> drivers/tee/tee_heap.c. Its buffers offer attach, map and release, and nothing to the CPU; the
/// exporter name is that of the module, not of the heap.</para>
/// <para>Where its memory comes from: <c>size=</c> alone is the static pool (<c>tee_protmem_static_pool_alloc()</c>);
/// <c>on=</c> with <c>size=</c> the dynamic pool (<c>drivers/tee/optee/protmem.c</c>), which is taken from the area
/// whole with the first buffer and goes back with the last; <c>on=</c> alone takes each buffer from the area by itself,
/// as page-granular protection by a hypervisor allows.</para>
/// <para><b>Differs:</b> Linux leaves the rules to the secure world. Here the heap has them: those of its declaration,
/// or, without any, that only secure masters may touch the bytes. A rule that names the CPU gives the buffers an mmap,
/// which Linux cannot express. Bytes are wiped on release.</para>
/// </remarks>
public sealed class ProtectedHeap : DmaHeap
{
    private readonly CmaArea? area;
    private readonly int poolPages;
    private GenPool? pool;

    /// <summary>A heap on the area or carveout of its context.</summary>
    /// <exception cref="ArgumentException">The context has neither.</exception>
    public ProtectedHeap(HeapContext context)
        : base(context)
    {
        area = context.Area;
        if (area is null)
        {
            FrameRun carveout = context.Pool
                ?? throw new ArgumentException("a protected heap needs a size or an area", nameof(context));
            pool = new GenPool(context.Name, carveout, context.Trace);
        }
        else if (context.Size is { } size)
        {
            poolPages = (int)HeapContext.PagesOf(size);
        }

        Policy = context.Rules.IsEmpty ? AccessPolicy.SecureMastersOnly : new AccessPolicy(context.Rules);
    }

    /// <inheritdoc/>
    public override string ExporterName => "tee";

    /// <inheritdoc/>
    public override bool CanMmap => Policy!.HasRules && Policy.Granted(Context.Cpu) != AccessRights.None;

    /// <inheritdoc/>
    public override bool CanVmap => CanMmap;

    /// <inheritdoc/>
    public override string Backing => (area, poolPages) switch
    {
        (null, _) => $"a protected pool of {ByteText.Of((long)pool!.Range.Count << PhysicalMemory.PageShift)}",
        ({ } shared, 0) => $"CMA area {shared.Name}, buffer by buffer",
        ({ } shared, int pages) =>
            $"CMA area {shared.Name}, lent as one pool of {ByteText.Of((long)pages << PhysicalMemory.PageShift)}",
    };

    /// <inheritdoc/>
    public override CmaArea? Area => poolPages == 0 ? area : null;

    /// <inheritdoc/>
    /// <remarks>A pool that is not lent yet counts whole, whether the area could lend it now or not.</remarks>
    public override long FreeBytes =>
        (pool?.AvailablePages ?? (poolPages > 0 ? poolPages : area!.FreePages)) << PhysicalMemory.PageShift;

    /// <inheritdoc/>
    protected internal override Result<SgTable> AllocatePages(int pages)
    {
        Result<int> frame = area is not null && poolPages == 0
            ? area.Allocate(pages, area.AlignmentFor(pages))
            : AllocateFromPool(pages);
        if (!frame.IsOk)
        {
            return frame.As<SgTable>();
        }

        Context.Memory.Renew(frame.Value, pages);
        return new SgTable(new FrameRun(frame.Value, pages));
    }

    /// <inheritdoc/>
    protected internal override void FreePages(SgTable table)
    {
        FrameRun run = table.Runs[0];
        if (pool is null)
        {
            area!.Release(run.First, run.Count);
            return;
        }

        pool.Free(run.First, run.Count);
        if (area is not null && pool.IsEmpty)
        {
            area.Release(pool.Range.First, pool.Range.Count);
            pool = null;
        }
    }

    /// <inheritdoc/>
    protected override Result RefuseAbsurd(long pages) => area is not null && poolPages == 0
        ? area.RefuseAbsurd(pages)
        : Context.Trace.Refuse(Errno.ENOMEM, Reason.PoolFull, Name);

    private Result<int> AllocateFromPool(int pages)
    {
        if (pool is not null)
        {
            return pool.Allocate(pages);
        }

        if (pages > poolPages)
        {
            return Context.Trace.Refuse(Errno.ENOMEM, Reason.PoolFull, Name);
        }

        Result<int> lent = area!.Allocate(poolPages, area.AlignmentFor(poolPages));
        if (!lent.IsOk)
        {
            return lent;
        }

        pool = new GenPool(Name, new FrameRun(lent.Value, poolPages), Context.Trace);
        return pool.Allocate(pages);
    }
}
