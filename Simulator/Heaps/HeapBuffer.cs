using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Dma;
using DmaBufSim.Files;
using DmaBufSim.Memory;
using DmaBufSim.Security;
using DmaBufSim.Tracing;

namespace DmaBufSim.Heaps;

/// <summary>The storage of a buffer from a heap, and the exporter that all heaps share.</summary>
/// <remarks>
/// <para><b>Kernel:</b> the <c>dma_buf_ops</c> of drivers/dma-buf/heaps/system_heap.c, cma_heap.c and
/// drivers/tee/tee_heap.c, which differ in the properties that <see cref="DmaHeap"/> has.</para>
/// </remarks>
public sealed partial class HeapBuffer : DmaBufExporter
{
    private readonly SgTable table;
    private readonly Guarded? guarded;

    internal HeapBuffer(DmaHeap heap, SgTable table, long size, object? allocator = null)
    {
        Heap = heap;
        this.table = table;
        guarded = heap.Policy is { } policy ? new Guarded(new Protection(policy, size), allocator) : null;
    }

    /// <summary>The heap that the memory came from.</summary>
    public DmaHeap Heap { get; }

    /// <summary>The memory, in the order of the buffer's bytes.</summary>
    public SgTable Table => table;

    /// <inheritdoc/>
    public override bool CanMmap => Protection is null ? Heap.CanMmap : Heap.Answer.CanMmap(this);

    /// <inheritdoc/>
    public override bool CanVmap => Protection is null ? Heap.CanVmap : Heap.Answer.CanVmap(this);

    /// <inheritdoc/>
    public override Protection? Protection => guarded?.Rules;

    /// <inheritdoc/>
    public override bool TellsProtected => Protection is not null && Heap.Answer.Tells(this);

    /// <summary>What the rules of the heap say about the buffer.</summary>
    /// <exception cref="InvalidOperationException">The heap has no rules.</exception>
    public AccessPolicy Rules => Protection?.Policy ?? throw new InvalidOperationException("the heap has no rules");

    /// <summary>What hardware enforces for this buffer by itself, or null.</summary>
    public Protection? Enforced => guarded?.Enforced;

    private Trace Trace => Heap.Context.Trace;

    /// <inheritdoc/>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>dma_heap_attach()</c> copies the table for the attachment and checks nothing. A heap
    /// with rules refuses a device without any right with <see cref="Errno.EACCES"/>, which Linux does not do.</para>
    /// </remarks>
    protected internal override Result Attach(DmaBufAttachment attachment)
    {
        Result allowed = Protection is null
            ? Result.Ok
            : Count(ProtectionStep.Attach, Heap.Answer.Attach(this, attachment), attachment.Device.Master);
        if (!allowed.IsOk)
        {
            return allowed;
        }

        NoteUse();
        attachment.ExporterData = table.Duplicate();
        return Result.Ok;
    }

    /// <inheritdoc/>
    protected internal override void Detach(DmaBufAttachment attachment)
    {
        SgTable own = TableOf(attachment);
        if (own.SegmentCount > 0)
        {
            DmaMapping.Unmap(attachment.Device, own);
        }

        attachment.ExporterData = null;
    }

    /// <inheritdoc/>
    protected internal override Result<SgTable> Map(DmaBufAttachment attachment, DmaDirection direction)
    {
        Result allowed = Protection is null
            ? Result.Ok
            : Count(
                ProtectionStep.Map,
                Heap.Answer.Map(this, attachment, direction),
                attachment.Device.Master,
                direction.DeviceRights());
        if (!allowed.IsOk)
        {
            return allowed;
        }

        SgTable own = TableOf(attachment);
        if (own.SegmentCount > 0)
        {
            DmaMapping.Unmap(attachment.Device, own);
        }

        Result mapped = Heap.Context.Mapping.Map(attachment.Device, own, direction);
        if (mapped.IsOk)
        {
            return own;
        }

        return Heap.MapFailure is { } errno ? Trace.RefuseAs(errno) : mapped;
    }

    /// <inheritdoc/>
    protected internal override void Unmap(DmaBufAttachment attachment, SgTable table, DmaDirection direction) =>
        DmaMapping.Unmap(attachment.Device, table);

    /// <inheritdoc/>
    protected internal override Result Mmap(DmaBuf buffer, in MappingRequest request)
    {
        if (!request.IsShared)
        {
            Result possible = CheckPrivate(request);
            if (!possible.IsOk)
            {
                return possible;
            }
        }

        long offset = request.FirstPage << PhysicalMemory.PageShift;
        long length = request.Pages << PhysicalMemory.PageShift;
        return CheckMapping(RightsFor(request), offset, length);
    }

    /// <inheritdoc/>
    protected internal override Result Vmap(DmaBuf buffer) => CheckMapping(AccessRights.ReadWrite, 0, buffer.Size);

    /// <inheritdoc/>
    protected internal override void NoMapping(MappingRequest? request)
    {
        if (Protection is not null)
        {
            AccessRights wanted = request is { } asked ? RightsFor(asked) : AccessRights.ReadWrite;
            bool isRight = !MayHope(Heap.Context.Cpu, wanted);
            Heap.Context.Firewall.Counters.AddDenial(ProtectionStep.Mmap, isRight);
        }
    }

    /// <inheritdoc/>
    protected internal override Result BeginCpuAccess(DmaBuf buffer, DmaDirection direction) => Sync(buffer);

    /// <inheritdoc/>
    protected internal override Result EndCpuAccess(DmaBuf buffer, DmaDirection direction) => Sync(buffer);

    /// <inheritdoc/>
    protected internal override int FrameAt(int page) => table.FrameAt(page);

    /// <inheritdoc/>
    /// <remarks>Bytes that rules protected are wiped before the frames can serve anyone else.</remarks>
    protected internal override void Release(DmaBuf buffer)
    {
        if (Protection is not null)
        {
            if (Heap.Answer.Wipes)
            {
                Wipe();
            }

            if (!Heap.Answer.Gone(this).IsOk)
            {
                Heap.Park(this);
                return;
            }

            Heap.Unpark();
        }

        Heap.TakeBack(table);
    }

    // Caches are coherent here, so the maintenance of mapped attachments leaves a record and does nothing else. The
    // buffers of tee_heap.c have no such operation.
    private Result Sync(DmaBuf buffer)
    {
        if (Trace.Sink is null || !CanMmap)
        {
            return Result.Ok;
        }

        foreach (DmaBufAttachment attachment in buffer.Attachments)
        {
            if (attachment.IsMapped || attachment.CachedTable is not null)
            {
                Trace.Note(TraceEvent.CacheSynced, buffer.Inode, 0, buffer.Size, attachment.Device.Name);
            }
        }

        return Result.Ok;
    }

    private Result CheckPrivate(in MappingRequest request)
    {
        if (!Heap.AllowsPrivateMappings)
        {
            return Trace.Refuse(Errno.EINVAL, Reason.PrivateMappingRefused, Heap.Name);
        }

        int first = (int)request.FirstPage;
        long whole = Heap.Context.Kernel.PrivateMapsWholeChunk ? table.RunFrom(first).Count : 1;
        return request.Pages <= whole
            ? Result.Ok
            : Trace.Refuse(
                Errno.EINVAL,
                Reason.PrivateSpansChunks,
                Heap.Name,
                null,
                request.FirstPage << PhysicalMemory.PageShift);
    }

    // Instructions are read; the first write of a private mapping reads the page, to copy it, and writes the copy.
    private static AccessRights RightsFor(in MappingRequest request)
    {
        bool reads = (request.Protection & (MapProtection.Read | MapProtection.Execute)) != 0;
        bool writes = (request.Protection & MapProtection.Write) != 0;
        AccessRights rights = reads || (writes && !request.IsShared) ? AccessRights.Read : AccessRights.None;
        return writes && request.IsShared ? rights | AccessRights.Write : rights;
    }

    private static SgTable TableOf(DmaBufAttachment attachment) => (SgTable)attachment.ExporterData!;
}
