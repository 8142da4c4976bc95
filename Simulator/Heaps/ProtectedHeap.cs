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
    private Result poolIsUsable = Result.Ok;

    /// <summary>A heap on the area or carveout of its context.</summary>
    /// <exception cref="ArgumentException">The context has neither.</exception>
    public ProtectedHeap(HeapContext context)
        : base(context)
    {
        area = context.Area;
        Policy = context.Rules.IsEmpty ? AccessPolicy.SecureMastersOnly : new AccessPolicy(context.Rules);
        if (area is not null)
        {
            poolPages = context.Size is { } size ? PaddedPool((int)HeapContext.PagesOf(size)) : 0;
        }
        else if (context.CarveoutIsMissing)
        {
            poolIsUsable = new Result(Errno.ENOMEM, Reason.CarveoutMissing);
        }
        else
        {
            FrameRun carveout = context.Pool
                ?? throw new ArgumentException("a protected heap needs a size or an area", nameof(context));
            int most = context.Carveout!.Value.Count;
            FrameRun padded = carveout with { Count = Math.Min(most, PaddedPool(carveout.Count)) };
            Counters.AddSetAside((long)padded.Count << PhysicalMemory.PageShift);
            AddPadding(padded.Count - carveout.Count);
            poolIsUsable = Answer.PoolTaken(this, padded);
            pool = new GenPool(context.Name, carveout, context.Trace);
        }
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
        (null, _) when pool is null => "nothing: its carveout did not fit into memory",
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
        (pool?.AvailablePages ?? (poolPages > 0 ? poolPages : area?.FreePages ?? 0)) << PhysicalMemory.PageShift;

    /// <inheritdoc/>
    protected internal override Result<SgTable> AllocatePages(int pages)
    {
        if (!poolIsUsable.IsOk)
        {
            Counters.AddDenial(ProtectionStep.Alloc, isRight: false);
            return Context.Trace.Refuse(poolIsUsable.Errno, poolIsUsable.Reason, Name);
        }

        Result<int> frame = area is not null && poolPages == 0
            ? AllocateFromArea(area, Padded(pages))
            : AllocateFromPool(pages);
        if (!frame.IsOk)
        {
            return frame.As<SgTable>();
        }

        AddPadding(Padded(pages) - pages);
        Context.Memory.Renew(frame.Value, pages);
        return new SgTable(new FrameRun(frame.Value, pages));
    }

    /// <inheritdoc/>
    protected internal override void FreePages(SgTable table)
    {
        FrameRun run = ProtectedRun(table.Runs[0]);
        AddPadding(table.Pages - run.Count);
        if (pool is null)
        {
            area!.Release(run.First, run.Count);
            return;
        }

        pool.Free(run.First, run.Count);
        if (area is not null && pool.IsEmpty && Answer.PoolReturned(this, pool.Range).IsOk)
        {
            AddPadding(WantedPages - poolPages);
            area.Release(pool.Range.First, pool.Range.Count);
            pool = null;
        }
    }

    /// <inheritdoc/>
    protected internal override FrameRun ProtectedRun(FrameRun run) => run with { Count = Padded(run.Count) };

    /// <inheritdoc/>
    protected override Result RefuseAbsurd(long pages) => area is not null && poolPages == 0
        ? area.RefuseAbsurd(pages)
        : Context.Trace.Refuse(Errno.ENOMEM, Reason.PoolFull, Name);

    private ProtectionCounters Counters => Context.Firewall.Counters;

    private int WantedPages => (int)HeapContext.PagesOf(Context.Size!.Value);

    private int GranuleOrder =>
        Answer.Programs ? System.Numerics.BitOperations.Log2((uint)Context.Firewall.Guard.GranulePages) : 0;

    private Result<int> AllocateFromArea(CmaArea from, int pages) =>
        from.Allocate(pages, Math.Max(from.AlignmentFor(pages), GranuleOrder));

    private Result<int> AllocateFromPool(int pages)
    {
        if (pool is not null)
        {
            return pool.Allocate(Padded(pages));
        }

        if (pages > poolPages)
        {
            return Context.Trace.Refuse(Errno.ENOMEM, Reason.PoolFull, Name);
        }

        Result<int> lent = AllocateFromArea(area!, poolPages);
        if (!lent.IsOk)
        {
            return lent;
        }

        FrameRun range = new(lent.Value, poolPages);
        Result taken = Answer.PoolTaken(this, range);
        if (!taken.IsOk)
        {
            area!.Release(range.First, range.Count);
            return taken;
        }

        AddPadding(poolPages - WantedPages);
        pool = new GenPool(Name, range, Context.Trace);
        return pool.Allocate(Padded(pages));
    }

    // Inside a pool that is protected as one, buffers need not suit the hardware.
    private int Padded(int pages) => PoolProtection is null ? PaddedPool(pages) : pages;

    private int PaddedPool(int pages) => Answer.Programs ? Context.Firewall.Guard.Padded(pages) : pages;

    private void AddPadding(int pages) => Counters.AddPadding((long)pages << PhysicalMemory.PageShift);
}
