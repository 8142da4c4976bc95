using DmaBufSim.Abi;
using DmaBufSim.Dma;
using DmaBufSim.Fences;
using DmaBufSim.Tracing;

namespace DmaBufSim.Buffers;

/// <summary>A device's hold on a buffer.</summary>
/// <remarks>
/// <para><b>Kernel:</b> <c>struct dma_buf_attachment</c>, drivers/dma-buf/dma-buf.c. An attachment takes no file
/// reference; the importer holds one of its own.</para>
/// </remarks>
public sealed class DmaBufAttachment
{
    private DmaDirection cachedDirection;

    internal DmaBufAttachment(DmaBuf buffer, DmaDevice device, ImporterCallbacks? callbacks)
    {
        Buffer = buffer;
        Device = device;
        Callbacks = callbacks;
    }

    /// <summary>The buffer.</summary>
    public DmaBuf Buffer { get; }

    /// <summary>The device.</summary>
    public DmaDevice Device { get; }

    /// <summary>The importer's callbacks; null for a static importer.</summary>
    public ImporterCallbacks? Callbacks { get; }

    /// <summary>Whether the importer copes with storage that moves.</summary>
    public bool IsDynamic => Callbacks is not null;

    /// <summary>Whether the importer has mapped it.</summary>
    public bool IsMapped => Table is not null;

    /// <summary>The table of the importer's mapping, while there is one.</summary>
    public SgTable? Table { get; private set; }

    /// <summary>The direction of the importer's mapping, while there is one.</summary>
    public DmaDirection Direction { get; private set; }

    /// <summary>The table that the core keeps from attach to detach, or null.</summary>
    public SgTable? CachedTable { get; private set; }

    /// <summary>Whatever the exporter keeps for this attachment.</summary>
    public object? ExporterData { get; set; }

    internal DmaBufAttachment? Newer { get; set; }

    internal DmaBufAttachment? Older { get; set; }

    /// <summary>Gives the device addresses for the buffer.</summary>
    /// <returns>
    /// The table, or what the exporter and the DMA layer answer; <see cref="Errno.EBUSY"/> where the core keeps a
    /// table of another direction; <see cref="Errno.EINTR"/> for a static importer where a fence for the kernel is
    /// pending.
    /// </returns>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>dma_buf_map_attachment()</c>. A pending fence undoes the exporter's part; where the
    /// exporter has one table for an attachment, a mapping from before is gone with it.</para>
    /// <para><b>Cost:</b> that of the exporter; nothing is allocated from the second mapping on.</para>
    /// </remarks>
    public Result<SgTable> Map(DmaDirection direction)
    {
        if (CachedTable is { } cached)
        {
            if (direction != cachedDirection && cachedDirection != DmaDirection.Bidirectional)
            {
                return Buffer.FileTrace.Refuse(Errno.EBUSY, Reason.DirectionOfCachedTable, Device.Master.Name);
            }

            NoteMapped(cached, direction);
            return cached;
        }

        if (IsMapped)
        {
            Buffer.FileTrace.Warn("dma_buf_map_attachment", "the attachment is mapped already");
        }

        Result<SgTable> table = MapNow(direction);
        if (table.IsOk)
        {
            if (Buffer.Exporter.CachesTables)
            {
                Keep(table.Value, direction);
            }

            NoteMapped(table.Value, direction);
        }

        return table;
    }

    /// <summary>Takes the device's addresses back.</summary>
    /// <remarks><b>Kernel:</b> <c>dma_buf_unmap_attachment()</c>.</remarks>
    public void Unmap(SgTable table)
    {
        if (!IsMapped)
        {
            Buffer.FileTrace.Warn("dma_buf_unmap_attachment", "the attachment is not mapped");
            return;
        }

        NoteUnmapped();
        if (CachedTable is null)
        {
            UnmapNow(table, Direction);
        }
    }

    /// <summary>Keeps the storage where it is.</summary>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>dma_buf_pin()</c>; warns for a static importer. An exporter without the operation is not
    /// asked.</para>
    /// </remarks>
    public Result Pin()
    {
        WarnIfStatic("dma_buf_pin");
        return Buffer.Exporter.IsDynamic ? Buffer.Exporter.Pin(this) : Result.Ok;
    }

    /// <summary>Lets the storage move again.</summary>
    /// <remarks><b>Kernel:</b> <c>dma_buf_unpin()</c>.</remarks>
    public void Unpin()
    {
        WarnIfStatic("dma_buf_unpin");
        if (Buffer.Exporter.IsDynamic)
        {
            Buffer.Exporter.Unpin(this);
        }
    }

    /// <summary>Lets go of the buffer.</summary>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>dma_buf_detach()</c>. A mapping that is still live is a mistake of the importer,
    /// which Linux does not detect; here it leaves a warning.</para>
    /// </remarks>
    public void Detach()
    {
        if (IsMapped)
        {
            Buffer.FileTrace.Warn("dma_buf_detach", "the attachment is still mapped");
            Table = null;
        }

        if (CachedTable is { } cached)
        {
            CachedTable = null;
            UnmapNow(cached, cachedDirection);
        }

        Buffer.Remove(this);
        Buffer.Exporter.Detach(this);
    }

    /// <summary>Maps for both ways and keeps the table until detach, as kernels before 6.15 do.</summary>
    internal Result MapAtAttach()
    {
        Result<SgTable> table = MapNow(DmaDirection.Bidirectional);
        if (table.IsOk)
        {
            Keep(table.Value, DmaDirection.Bidirectional);
        }

        return table.Status;
    }

    private void Keep(SgTable table, DmaDirection direction)
    {
        CachedTable = table;
        cachedDirection = direction;
    }

    private Result<SgTable> MapNow(DmaDirection direction)
    {
        bool pins = Buffer.Exporter.IsDynamic && !IsDynamic;
        if (pins)
        {
            Result pinned = Buffer.Exporter.Pin(this);
            if (!pinned.IsOk)
            {
                return pinned;
            }
        }

        Result<SgTable> table = Buffer.Exporter.Map(this, direction);
        if (!table.IsOk)
        {
            if (pins)
            {
                Buffer.Exporter.Unpin(this);
            }

            return table;
        }

        // A dynamic importer waits itself before it touches the memory.
        Result moved = IsDynamic ? Result.Ok : Buffer.WaitForFences(DmaResvUsage.Kernel);
        if (!moved.IsOk)
        {
            UnmapNow(table.Value, direction);
            if (table.Value == Table)
            {
                // The mapping from before had the same table.
                NoteUnmapped();
            }

            return moved;
        }

        return table;
    }

    private void UnmapNow(SgTable table, DmaDirection direction)
    {
        Buffer.Exporter.Unmap(this, table, direction);
        if (Buffer.Exporter.IsDynamic && !IsDynamic)
        {
            Buffer.Exporter.Unpin(this);
        }
    }

    private void NoteMapped(SgTable table, DmaDirection direction)
    {
        Table = table;
        Direction = direction;
        Buffer.FileTrace.Note(TraceEvent.MappedForDevice, Buffer.Inode, table.SegmentCount, name: Device.Name);
    }

    private void NoteUnmapped()
    {
        Table = null;
        Buffer.FileTrace.Note(TraceEvent.UnmappedForDevice, Buffer.Inode, name: Device.Name);
    }

    private void WarnIfStatic(string function)
    {
        if (!IsDynamic)
        {
            Buffer.FileTrace.Warn(function, "!dma_buf_attachment_is_dynamic(attach)");
        }
    }
}
