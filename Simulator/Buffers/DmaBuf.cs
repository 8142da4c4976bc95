using DmaBufSim.Abi;
using DmaBufSim.Dma;
using DmaBufSim.Fences;
using DmaBufSim.Files;
using DmaBufSim.Tracing;

namespace DmaBufSim.Buffers;

/// <summary>A buffer that processes hold as descriptors and devices attach to.</summary>
/// <remarks>
/// <para><b>Kernel:</b> <c>struct dma_buf</c> and its file, drivers/dma-buf/dma-buf.c. One object here, because Linux
/// never has a second file for a buffer.</para>
/// </remarks>
public sealed partial class DmaBuf : OpenFile
{
    private readonly DmaBufList list;
    private DmaBufAttachment? newestAttachment;
    private int mappings;

    internal DmaBuf(
        DmaBufList list, DmaBufExporter exporter, long size, OpenFlags flags, string exporterName, long inode)
        : base(list.Trace, flags, inode)
    {
        this.list = list;
        Exporter = exporter;
        Size = size;
        ExporterName = exporterName;
    }

    /// <summary>The size in bytes; it never changes.</summary>
    public override long Size { get; }

    /// <summary>The storage.</summary>
    public DmaBufExporter Exporter { get; }

    /// <summary>The name of the exporter, as fdinfo and bufinfo print it.</summary>
    public string ExporterName { get; }

    /// <summary>The name that a holder gave it, or null.</summary>
    public string? Name { get; private set; }

    /// <summary>How many kernel mappings of the whole buffer are held.</summary>
    public int VmapCount { get; private set; }

    /// <summary>Whether a process or the kernel has a mapping of it.</summary>
    /// <remarks><b>Kernel:</b> <c>mapping_mapped()</c> of its inode, and <c>vmapping_counter</c>.</remarks>
    public bool IsMappedByCpu => mappings + VmapCount > 0;

    /// <summary>The attachments, newest first.</summary>
    public IEnumerable<DmaBufAttachment> Attachments
    {
        get
        {
            for (DmaBufAttachment? at = newestAttachment; at is not null; at = at.Older)
            {
                yield return at;
            }
        }
    }

    internal Trace FileTrace => Trace;

    internal DmaBuf? Newer { get; set; }

    internal DmaBuf? Older { get; set; }

    /// <inheritdoc/>
    public override void MappingAdded(bool mayWrite) => mappings++;

    /// <inheritdoc/>
    public override void MappingRemoved(bool mayWrite) => mappings--;

    /// <summary>Answers only the two seeks that tell the size.</summary>
    /// <returns><see cref="Errno.EINVAL"/> for anything but offset 0 from the start or the end.</returns>
    /// <remarks><b>Kernel:</b> <c>dma_buf_llseek()</c>.</remarks>
    public override Result<long> Seek(long offset, SeekWhence whence)
    {
        if (offset != 0 || whence is not (SeekWhence.Set or SeekWhence.End))
        {
            return Trace.Refuse(Errno.EINVAL, Reason.SeekOnlyToEnds);
        }

        return whence == SeekWhence.End ? Size : 0;
    }

    /// <summary>Attaches a device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="callbacks">The callbacks of a dynamic importer, or null for a static one.</param>
    /// <returns>
    /// The attachment; what the exporter or, on kernels that map at attach, the DMA layer answers;
    /// <see cref="Errno.EINTR"/> where the reservation is locked and Linux would sleep.
    /// </returns>
    /// <remarks><b>Kernel:</b> <c>dma_buf_attach()</c>, <c>dma_buf_dynamic_attach()</c>.</remarks>
    public Result<DmaBufAttachment> Attach(DmaDevice device, ImporterCallbacks? callbacks = null)
    {
        Result free = CheckUnlocked();
        if (!free.IsOk)
        {
            return free;
        }

        DmaBufAttachment attachment = new(this, device, callbacks);
        Result attached = Exporter.Attach(attachment);
        if (!attached.IsOk)
        {
            return attached;
        }

        Add(attachment);
        if (list.Kernel.MapsDynamicImporterAtAttach && attachment.IsDynamic != Exporter.IsDynamic)
        {
            Result mapped = attachment.MapAtAttach();
            if (!mapped.IsOk)
            {
                attachment.Detach();
                return mapped;
            }
        }

        return attachment;
    }

    /// <summary>Maps the whole buffer for the kernel.</summary>
    /// <returns><see cref="Errno.EINVAL"/> where the exporter offers none, or what it answers.</returns>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>dma_buf_vmap()</c>. Further mappings share the first. The first time that an exporter
    /// refuses leaves a warning.</para>
    /// </remarks>
    public Result Vmap()
    {
        if (!Exporter.CanVmap)
        {
            Exporter.NoMapping(null);
            return Trace.Refuse(Errno.EINVAL, Reason.ExporterCannotVmap, ExporterName);
        }

        if (VmapCount == 0)
        {
            Result mapped = Exporter.Vmap(this);
            if (!mapped.IsOk)
            {
                list.WarnOfVmapOnce();
                return mapped;
            }
        }

        VmapCount++;
        return Result.Ok;
    }

    /// <summary>Lets go of a kernel mapping.</summary>
    /// <exception cref="KernelBugException">There is none.</exception>
    /// <remarks><b>Kernel:</b> <c>dma_buf_vunmap()</c>.</remarks>
    public void Vunmap()
    {
        if (VmapCount == 0)
        {
            throw new KernelBugException("dma_buf_vunmap", "dmabuf->vmapping_counter == 0");
        }

        VmapCount--;
        if (VmapCount == 0)
        {
            Exporter.Vunmap(this);
        }
    }

    /// <summary>The CPU is about to access the bytes.</summary>
    /// <returns>What the exporter answers, then <see cref="Errno.EINTR"/> where a fence is pending.</returns>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>dma_buf_begin_cpu_access()</c>. A write waits for the fences for kernel, write and read,
    /// a read for those for kernel and write, both after the exporter's part. No state is kept: calls need not be
    /// paired.</para>
    /// <para><b>Differs:</b> a wait that Linux begins is a wait that a signal has interrupted.</para>
    /// </remarks>
    public Result BeginCpuAccess(DmaDirection direction)
    {
        Result begun = Exporter.BeginCpuAccess(this, direction);
        return begun.IsOk ? WaitForFences(DmaResv.UsageToWaitFor(Writes(direction))) : begun;
    }

    /// <summary>The CPU has accessed the bytes.</summary>
    /// <returns>What the exporter answers.</returns>
    /// <remarks><b>Kernel:</b> <c>dma_buf_end_cpu_access()</c>.</remarks>
    public Result EndCpuAccess(DmaDirection direction) => Exporter.EndCpuAccess(this, direction);

    /// <summary>The exporter tells every dynamic importer, newest first, that the storage is about to move.</summary>
    /// <returns>How many were told.</returns>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>dma_buf_move_notify()</c>; <c>dma_buf_invalidate_mappings()</c> from 7.x on.</para>
    /// </remarks>
    public int MoveNotify()
    {
        int told = 0;
        for (DmaBufAttachment? at = newestAttachment; at is not null; at = at.Older)
        {
            if (at.Callbacks is { } callbacks)
            {
                callbacks.MoveNotify(at);
                told++;
            }
        }

        return told;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>dma_buf_mmap_internal()</c>: <see cref="Errno.EINVAL"/> where the exporter has no mmap
    /// or the pages lie outside the buffer.</para>
    /// </remarks>
    public override Result Mmap(in MappingRequest request)
    {
        if (!Exporter.CanMmap)
        {
            Exporter.NoMapping(request);
            return Trace.Refuse(Errno.EINVAL, Reason.ExporterCannotMmap, ExporterName);
        }

        long pages = Size >> Memory.PhysicalMemory.PageShift;
        if (request.FirstPage > pages - request.Pages)
        {
            return Trace.Refuse(Errno.EINVAL, Reason.BeyondBuffer, null, null, Size, -1);
        }

        return Exporter.Mmap(this, request);
    }

    /// <inheritdoc/>
    public override int FrameAt(int page) => Exporter.FrameAt(page);

    /// <inheritdoc/>
    protected override void Release()
    {
        if (VmapCount != 0)
        {
            throw new KernelBugException("dma_buf_release", "dmabuf->vmapping_counter");
        }

        list.Remove(this);
        Exporter.Release(this);
        resv?.Finish();
        if (newestAttachment is not null)
        {
            Trace.Warn("dma_buf_release", "!list_empty(&dmabuf->attachments)");
        }

        Trace.Note(TraceEvent.BufferReleased, Inode);
    }

    internal void Remove(DmaBufAttachment attachment)
    {
        if (attachment.Newer is { } newer)
        {
            newer.Older = attachment.Older;
        }
        else
        {
            newestAttachment = attachment.Older;
        }

        if (attachment.Older is { } older)
        {
            older.Newer = attachment.Newer;
        }

        attachment.Newer = null;
        attachment.Older = null;
        Trace.Note(TraceEvent.Detached, Inode, name: attachment.Device.Name);
    }

    private void Add(DmaBufAttachment attachment)
    {
        attachment.Older = newestAttachment;
        if (newestAttachment is not null)
        {
            newestAttachment.Newer = attachment;
        }

        newestAttachment = attachment;
        Trace.Note(TraceEvent.Attached, Inode, name: attachment.Device.Name);
    }
}
