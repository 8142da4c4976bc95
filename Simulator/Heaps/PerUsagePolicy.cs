using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Dma;
using DmaBufSim.Security;

namespace DmaBufSim.Heaps;

/// <summary>One heap for each use, with fixed rules; several may share one backing store. The default.</summary>
/// <remarks>
/// The proposal of the maintainer in 2019. The rules are asked at attach, map, mmap and vmap, and hardware has them
/// from the allocation on.
/// </remarks>
public class PerUsagePolicy : SecurePolicy
{
    /// <summary>The policy of a machine that names none.</summary>
    public static PerUsagePolicy Instance { get; } = new();

    /// <inheritdoc/>
    public override string Name => "per-usage";

    /// <inheritdoc/>
    public override string Promise => "No master gets at a byte against the rules of the heap that it came from.";

    /// <inheritdoc/>
    public override string CannotExpress => "A buffer whose use changes after it was allocated.";

    /// <inheritdoc/>
    public override string Subtitles =>
        "In place: a mapping for writing, and hardware that keeps it to the region, to the byte or to its granule.";

    /// <inheritdoc/>
    protected internal override Result Made(HeapBuffer buffer, ulong flags) => buffer.Program(buffer.Rules);

    /// <inheritdoc/>
    protected internal override Result Attach(HeapBuffer buffer, DmaBufAttachment attachment)
    {
        Result open = CheckOpen(buffer, attachment.Device);
        AccessPolicy policy = Asked(buffer);
        Master master = attachment.Device.Master;
        if (!open.IsOk)
        {
            return open;
        }

        return policy.HasRules && policy.Granted(master) == AccessRights.None
            ? policy.Check(master, AccessRights.Read, buffer.Heap.Context.Trace, 0, attachment.Buffer.Size)
            : CheckSeen(buffer, master);
    }

    /// <inheritdoc/>
    protected internal override Result Map(HeapBuffer buffer, DmaBufAttachment attachment, DmaDirection direction)
    {
        Result open = CheckOpen(buffer, attachment.Device);
        AccessPolicy policy = Asked(buffer);
        return open.IsOk && policy.HasRules
            ? policy.Check(
                attachment.Device.Master,
                direction.DeviceRights(),
                buffer.Heap.Context.Trace,
                0,
                attachment.Buffer.Size)
            : open;
    }

    /// <inheritdoc/>
    protected internal override bool CanVmap(HeapBuffer buffer) => buffer.Heap.CanVmap;

    /// <inheritdoc/>
    protected internal override Result Mmap(HeapBuffer buffer, AccessRights wanted, long offset, long length)
    {
        Master cpu = buffer.Heap.Context.Cpu;
        return buffer.Protection!.IsRevoked
            ? buffer.Protection.Check(cpu, wanted, offset, length, buffer.Heap.Context.Trace)
            : CheckMapping(buffer, Asked(buffer), wanted, offset, length);
    }

    /// <summary>The rules that are asked about a buffer.</summary>
    protected static AccessPolicy Asked(HeapBuffer buffer) => buffer.Enforced?.Policy ?? buffer.Rules;

    /// <summary>Whether the use goes on and the link behind a device is protected.</summary>
    /// <returns><see cref="Errno.EACCES"/> where not.</returns>
    protected static Result CheckOpen(HeapBuffer buffer, DmaDevice device)
    {
        if (buffer.Protection!.IsRevoked)
        {
            return buffer.Heap.Context.Trace.Refuse(Errno.EACCES, Reason.UseCaseEnded, device.Master.Name);
        }

        return device.LinkIsProtected
            ? Result.Ok
            : buffer.Heap.Context.Trace.Refuse(Errno.EACCES, Reason.LinkNotProtected, device.Master.Name);
    }
}
