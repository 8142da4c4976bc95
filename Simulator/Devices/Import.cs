using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Dma;
using DmaBufSim.Memory;
using DmaBufSim.Security;
using DmaBufSim.Tracing;

namespace DmaBufSim.Devices;

/// <summary>One buffer in the hands of one device: its attachment, its mapping and the jobs that move its bytes.</summary>
/// <remarks>The device reads and writes through the addresses of its mapping only; it never sees a frame.</remarks>
public sealed class Import : ImporterCallbacks
{
    private readonly Importer importer;
    private DmaBufAttachment attachment = null!;
    private SgTable? table;
    private bool hasVmap;

    internal Import(Importer importer, bool isDynamic)
    {
        this.importer = importer;
        IsDynamic = isDynamic;
    }

    /// <summary>The device.</summary>
    public Importer Importer => importer;

    /// <summary>The buffer.</summary>
    public DmaBuf Buffer => attachment.Buffer;

    /// <summary>Whether the driver attached as a dynamic importer.</summary>
    public bool IsDynamic { get; }

    /// <summary>Whether the device has addresses for the buffer.</summary>
    public bool IsMapped => table is not null || hasVmap;

    /// <summary>Whether the device still holds the buffer.</summary>
    public bool IsAttached { get; private set; } = true;

    /// <summary>How often the exporter said that the buffer moves.</summary>
    public int MovesSeen { get; private set; }

    /// <summary>The device's addresses; empty while it has none.</summary>
    public ReadOnlySpan<DmaSegment> Segments => table is null ? [] : table.Segments;

    /// <summary>Gets addresses, and checks that the hardware can use them.</summary>
    /// <returns>
    /// What the DMA layer and the framework of the device answer: see <see cref="DeviceType"/>.
    /// </returns>
    /// <remarks><b>Kernel:</b> the import path of the device's framework, around <c>dma_buf_map_attachment()</c>.</remarks>
    public Result Map(DmaDirection direction)
    {
        if (importer.Type.UsesVmap)
        {
            return MapByVmap();
        }

        Result<SgTable> mapped = attachment.Map(direction);
        if (!mapped.IsOk)
        {
            return importer.Type.MapFailureErrno is { } errno && mapped.Errno != Errno.EACCES
                ? new Result(errno, mapped.Reason)
                : mapped.Status;
        }

        table = mapped.Value;
        Result usable = CheckUsable(mapped.Value);
        if (!usable.IsOk)
        {
            Unmap();
        }

        return usable;
    }

    /// <summary>Gives the addresses back.</summary>
    public void Unmap()
    {
        if (hasVmap)
        {
            hasVmap = false;
            Buffer.Vunmap();
        }
        else if (table is { } mapped)
        {
            table = null;
            attachment.Unmap(mapped);
        }
        else
        {
            importer.Trace.Warn("dma_buf_unmap_attachment", "!attach || !sg_table");
        }
    }

    /// <summary>Keeps the storage where it is.</summary>
    public Result Pin() => attachment.Pin();

    /// <summary>Lets the storage move again.</summary>
    public void Unpin() => attachment.Unpin();

    /// <summary>Lets go of the buffer: the attachment and the reference.</summary>
    public void Detach()
    {
        if (hasVmap)
        {
            Unmap();
        }

        table = null;
        IsAttached = false;
        importer.Forget(this);
        attachment.Detach();
        Buffer.Put();
    }

    /// <summary>The device reads bytes.</summary>
    /// <returns>
    /// Their hash; <see cref="Errno.EFAULT"/> outside the mapping or against its direction, <see cref="Errno.EACCES"/>
    /// where the firewall answers with a bus fault.
    /// </returns>
    public Result<ulong> Read(long offset, long length)
    {
        Result allowed = Check(AccessRights.Read, offset, length);
        if (!allowed.IsOk)
        {
            return allowed;
        }

        ulong hash = Fnv1a.Start;
        foreach (DevicePiece piece in Walk(AccessRights.Read, offset, length))
        {
            hash = importer.Bus.Hash(hash, piece.Frame, piece.Offset, piece.Length);
        }

        importer.Trace.Note(TraceEvent.BytesRead, Buffer.Inode, offset, length, importer.Name);
        return hash;
    }

    /// <summary>The first byte of what a read of the device would see. For transcripts; the access must be allowed.</summary>
    public Result<byte> Peek(long offset)
    {
        Result allowed = Check(AccessRights.Read, offset, 1);
        if (!allowed.IsOk)
        {
            return allowed;
        }

        foreach (DevicePiece piece in Walk(AccessRights.Read, offset, 1))
        {
            return importer.Bus.Page(piece.Frame)[piece.Offset];
        }

        return 0;
    }

    /// <summary>The device writes one value to bytes.</summary>
    /// <returns>As <see cref="Read"/>. After a failure no byte has changed.</returns>
    public Result Fill(long offset, long length, byte value)
    {
        Result allowed = Check(AccessRights.Write, offset, length);
        if (!allowed.IsOk)
        {
            return allowed;
        }

        foreach (DevicePiece piece in Walk(AccessRights.Write, offset, length))
        {
            importer.Bus.Fill(piece.Frame, piece.Offset, piece.Length, value);
        }

        importer.Trace.Note(TraceEvent.BytesWritten, Buffer.Inode, offset, length, importer.Name);
        return Result.Ok;
    }

    /// <inheritdoc/>
    protected internal override void MoveNotify(DmaBufAttachment attachment) => MovesSeen++;

    internal void Start(DmaBufAttachment made) => attachment = made;

    private DevicePieces Walk(AccessRights wanted, long offset, long length) =>
        hasVmap
            ? new DevicePieces(Buffer, offset, length)
            : new DevicePieces(importer.Bus, importer.Device, table!, wanted, offset, length);

    private Result MapByVmap()
    {
        if (hasVmap)
        {
            importer.Trace.Warn("vb2_vmalloc_map_dmabuf", "the buffer is mapped already");
            return Result.Ok;
        }

        Result mapped = Buffer.Vmap();
        hasVmap = mapped.IsOk;
        return mapped.IsOk || mapped.Errno == Errno.EACCES
            ? mapped
            : importer.Trace.Refuse(importer.Type.MapFailureErrno!.Value, Reason.ImportVmapFailed, importer.Name);
    }

    private Result CheckUsable(SgTable mapped)
    {
        ReadOnlySpan<DmaSegment> segments = mapped.Segments;
        long offset = 0;
        for (int i = 0; i < segments.Length; i++)
        {
            if (importer.Device.NeedsContiguous && i > 0
                && segments[i].Address != segments[i - 1].Address + (ulong)segments[i - 1].Length)
            {
                return importer.Trace.Refuse(
                    importer.Type.ScatteredErrno, Reason.NotContiguous, importer.Name, null, offset, segments[i].Length);
            }

            if (segments[i].Length > importer.Device.MaxSegment)
            {
                return importer.Trace.Refuse(
                    Errno.EINVAL, Reason.SegmentTooLong, importer.Name, null, offset, segments[i].Length);
            }

            offset += segments[i].Length;
        }

        return Result.Ok;
    }

    private Result Check(AccessRights wanted, long offset, long length)
    {
        if (!IsMapped)
        {
            return importer.Trace.Refuse(Errno.EFAULT, Reason.NotMappedForDevice, importer.Name, null, offset, length);
        }

        if (offset < 0 || length < 0 || offset > Buffer.Size - length)
        {
            return importer.Trace.Refuse(Errno.EFAULT, Reason.OutsideAttachment, importer.Name, null, offset, length);
        }

        foreach (DevicePiece piece in Walk(wanted, offset, length))
        {
            Result allowed = piece.Resolved.IsOk
                ? importer.Bus.Check(importer.Device.Master, wanted, piece.Frame, piece.Offset, piece.Length)
                : piece.Resolved;
            if (!allowed.IsOk)
            {
                return allowed;
            }
        }

        return Result.Ok;
    }
}
