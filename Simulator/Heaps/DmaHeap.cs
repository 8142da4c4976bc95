using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Dma;
using DmaBufSim.Files;
using DmaBufSim.Memory;
using DmaBufSim.Security;

namespace DmaBufSim.Heaps;

/// <summary>A heap: something that hands out memory as dma-bufs. A heap of your own overrides two methods.</summary>
/// <remarks>
/// <para><b>Kernel:</b> <c>struct dma_heap_ops</c> has one function, allocate; drivers/dma-buf/dma-heap.c checks the
/// request before it is called. The buffer that comes out behaves like one of the system heap unless a property
/// here says otherwise.</para>
/// </remarks>
public abstract partial class DmaHeap
{
    private const OpenFlags ValidFdFlags = OpenFlags.CloseOnExec | OpenFlags.AccessMode;

    private readonly FrameClaims? claims;

    /// <summary>A heap over what it was given.</summary>
    protected DmaHeap(HeapContext context)
    {
        Context = context;
        Policy = context.Rules.IsEmpty ? null : new AccessPolicy(context.Rules);
        claims = GetType().Assembly == typeof(DmaHeap).Assembly ? null : new FrameClaims(this);
    }

    /// <summary>The node name under /dev/dma_heap.</summary>
    public string Name => Context.Name;

    /// <summary>Who may touch its buffers, or null where every master may.</summary>
    public AccessPolicy? Policy { get; protected init; }

    /// <summary>What it was given.</summary>
    public HeapContext Context { get; }

    /// <summary>What fdinfo and bufinfo print for its buffers.</summary>
    public virtual string ExporterName => Name;

    /// <summary>Whether a process may map its buffers.</summary>
    public virtual bool CanMmap => true;

    /// <summary>Whether the kernel may map its buffers.</summary>
    public virtual bool CanVmap => true;

    /// <summary>Whether a private mapping is possible at all.</summary>
    public virtual bool AllowsPrivateMappings => true;

    /// <summary>
    /// The errno that every failure to map a buffer for a device becomes, or null where it is passed on.
    /// </summary>
    public virtual Errno? MapFailure => null;

    /// <summary>The CMA areas, pools and such that its memory comes from, in words for a person.</summary>
    public virtual string Backing => "memory outside the CMA areas";

    /// <summary>The CMA area that each buffer is taken from by itself, or null.</summary>
    public virtual CmaArea? Area => null;

    /// <summary>How many bytes of that memory are free now.</summary>
    public virtual long FreeBytes => Context.Memory.Buddy.FreeFrames << PhysicalMemory.PageShift;

    /// <summary>Checks a request, allocates and exports.</summary>
    /// <param name="request">The fields of the ioctl.</param>
    /// <param name="current">The process that asks, which may name regions of the buffer; or null.</param>
    /// <returns>
    /// A buffer whose one reference belongs to the caller. <see cref="Errno.EINVAL"/> for a field that the ABI
    /// refuses; otherwise what the heap answers, normally <see cref="Errno.ENOMEM"/>.
    /// </returns>
    /// <exception cref="HeapFaultException">A heap of one's own gave frames that are not its to give.</exception>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>dma_heap_ioctl_allocate()</c> and <c>dma_heap_buffer_alloc()</c>: fd, fd_flags,
    /// heap_flags and length are checked in this order.</para>
    /// <para><b>Cost:</b> that of the heap, and three objects for a buffer in one piece.</para>
    /// </remarks>
    public Result<DmaBuf> Allocate(in HeapAllocation request, object? current = null)
    {
        if (request.Fd != 0)
        {
            return Context.Trace.Refuse(Errno.EINVAL, Reason.FdFieldNotZero, Name);
        }

        if ((request.FdFlags & ~ValidFdFlags) != 0)
        {
            return Context.Trace.Refuse(Errno.EINVAL, Reason.FdFlagsUnknown, Name);
        }

        if (request.HeapFlags != 0 && (Policy is null || !Answer.TakesFlags))
        {
            return Context.Trace.Refuse(Errno.EINVAL, Reason.HeapFlagsNotZero, Name);
        }

        const ulong inPage = PhysicalMemory.PageSize - 1;
        ulong rounded = unchecked(request.Length + inPage) & ~inPage;
        if (rounded == 0)
        {
            return Context.Trace.Refuse(Errno.EINVAL, Reason.LengthZero, Name);
        }

        ulong pages = rounded >> PhysicalMemory.PageShift;
        if (pages > int.MaxValue)
        {
            return RefuseAbsurd((long)pages);
        }

        if (HasEnded)
        {
            return Context.Trace.Refuse(Errno.EINVAL, Reason.UseCaseEnded, Name);
        }

        Result<SgTable> table = AllocatePages((int)pages);
        if (!table.IsOk)
        {
            claims?.CheckFailure(table.Errno);
            return table.As<DmaBuf>();
        }

        claims?.Add(table.Value, (int)pages);
        HeapBuffer storage = new(this, table.Value, (long)rounded, current);
        live++;
        Result ready = storage.Begin(request.HeapFlags);
        if (!ready.IsOk)
        {
            TakeBack(table.Value);
            return ready;
        }

        return Context.Buffers.Export(storage, (long)rounded, request.FdFlags, ExporterName);
    }

    /// <summary>Takes memory for a buffer.</summary>
    /// <param name="pages">How many pages; at least one.</param>
    /// <returns>The runs of frames, which read as zeros to their new owner; or a failure.</returns>
    protected internal abstract Result<SgTable> AllocatePages(int pages);

    /// <summary>Takes back the memory of a buffer that nobody holds any more.</summary>
    protected internal abstract void FreePages(SgTable table);

    /// <summary>A request for more pages than any memory has.</summary>
    protected virtual Result RefuseAbsurd(long pages) =>
        Context.Trace.Refuse(Errno.ENOMEM, Reason.OutOfMemory, Name);
}

/// <summary>The fields of an allocation, <c>struct dma_heap_allocation_data</c>.</summary>
/// <param name="Length">Bytes; rounded up to whole pages.</param>
/// <param name="Fd">Must be zero on the way in.</param>
/// <param name="FdFlags">Close-on-exec and the access mode.</param>
/// <param name="HeapFlags">Must be zero, unless the policy of the machine takes flags.</param>
public readonly record struct HeapAllocation(ulong Length, uint Fd, OpenFlags FdFlags, ulong HeapFlags);
