using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Dma;

namespace DmaBufSim.Devices;

/// <summary>
/// One buffer in the hands of one device: its attachment, its mapping and the jobs that move its bytes.
/// </summary>
/// <remarks>The device reads and writes through the addresses of its mapping only; it never sees a frame.</remarks>
public sealed partial class Import : ImporterCallbacks
{
    private readonly Importer importer;
    private readonly bool isCalledSecure;
    private DmaBufAttachment attachment = null!;
    private bool hasVmap;
    private BusAccess bytes;

    internal Import(Importer importer, bool isDynamic, bool isCalledSecure)
    {
        this.importer = importer;
        this.isCalledSecure = isCalledSecure;
        IsDynamic = isDynamic;
    }

    /// <summary>The device.</summary>
    public Importer Importer => importer;

    /// <summary>The buffer.</summary>
    public DmaBuf Buffer => attachment.Buffer;

    /// <summary>Whether the driver attached as a dynamic importer.</summary>
    public bool IsDynamic { get; }

    /// <summary>Whether the device has addresses for the buffer.</summary>
    public bool IsMapped => attachment.IsMapped || hasVmap;

    /// <summary>Whether the device still holds the buffer.</summary>
    public bool IsAttached { get; private set; } = true;

    /// <summary>How often the exporter said that the buffer moves.</summary>
    public int MovesSeen { get; private set; }

    /// <summary>The device's addresses; empty while it has none.</summary>
    public ReadOnlySpan<DmaSegment> Segments => attachment.Table is { } table ? table.Segments : [];

    /// <summary>Gets addresses, and checks that the hardware can use them.</summary>
    /// <returns>
    /// What the DMA layer and the framework of the device answer: see <see cref="DeviceType"/>;
    /// <see cref="Errno.EINTR"/> where Linux would sleep for the reservation's lock or a fence.
    /// </returns>
    /// <remarks>
    /// <para><b>Kernel:</b> the import path of the device's framework, around <c>dma_buf_map_attachment()</c>.</para>
    /// <para><b>Differs:</b> a refusal by access rules keeps its errno, whatever the framework makes of others.</para>
    /// </remarks>
    public Result Map(DmaDirection direction)
    {
        Result free = Buffer.CheckUnlocked();
        if (!free.IsOk)
        {
            return free;
        }

        if (importer.Type.UsesVmap)
        {
            return MapByVmap();
        }

        Result<SgTable> mapped = attachment.Map(direction);
        if (!mapped.IsOk)
        {
            NoteRefusedMap(mapped.Status);
            return importer.Type.MapFailureErrno is { } errno && mapped.Errno != Errno.EACCES
                ? importer.Trace.RefuseAs(errno)
                : mapped.Status;
        }

        bytes = new BusAccess(importer.Bus, importer.Device, mapped.Value, Configuration());
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
        else if (attachment.Table is { } mapped)
        {
            importer.Stale.Keep(mapped);
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

        if (attachment.Table is { } mapped)
        {
            importer.Stale.Keep(mapped);
        }

        IsAttached = false;
        importer.Forget(this);
        attachment.Detach();
        Buffer.Put();
    }

    /// <inheritdoc/>
    protected internal override void MoveNotify(DmaBufAttachment attachment) => MovesSeen++;

    internal void Start(DmaBufAttachment made) => attachment = made;

    private Result MapByVmap()
    {
        if (hasVmap)
        {
            importer.Trace.Warn("vb2_vmalloc_map_dmabuf", "the buffer is mapped already");
            return Result.Ok;
        }

        Result mapped = Buffer.Vmap();
        if (!mapped.IsOk)
        {
            NoteRefusedMap(mapped);
            return mapped.Errno == Errno.EACCES
                ? mapped
                : importer.Trace.Refuse(
                    importer.Type.MapFailureErrno ?? mapped.Errno, Reason.ImportVmapFailed, importer.Name);
        }

        hasVmap = true;
        bytes = new BusAccess(importer.Bus, importer.Device.Master, Buffer.FrameAt);
        return Result.Ok;
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
                    importer.Type.ScatteredErrno,
                    Reason.NotContiguous,
                    importer.Name,
                    null,
                    offset,
                    segments[i].Length);
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

    private DeviceConfiguration Configuration()
    {
        bool isSecure = importer.Knowledge switch
        {
            ImporterKnowledge.Told => isCalledSecure,
            ImporterKnowledge.Asks => Buffer.Exporter.TellsProtected,
            _ => false,
        };
        return importer.Knowledge == ImporterKnowledge.NotNeeded ? DeviceConfiguration.Either
            : isSecure ? DeviceConfiguration.Secure
            : DeviceConfiguration.NonSecure;
    }

    private void NoteRefusedMap(Result refused)
    {
        if (refused.Errno == Errno.EACCES)
        {
            importer.Bus.NoteMapFailure();
        }
    }
}
