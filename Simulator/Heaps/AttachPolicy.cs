using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Security;

namespace DmaBufSim.Heaps;

/// <summary>The exporter learns from attach who writes, and then configures who may read.</summary>
/// <remarks>
/// <para>What was in use in 2019: buffers of a CMA area that are plain memory until a device attaches that the rules
/// let write. With that the hardware gets the rules, for good. A device that attaches before a writer has is refused,
/// since nobody knows yet what it would read. An attach has no direction, so whoever may write counts as the
/// writer.</para>
/// <para>Until then the CPU may map and touch everything; its mapping stays, and hardware stops it later. Hardware that
/// does not see the CPU could not, so there a writer is refused as long as the CPU has a mapping; as
/// <c>F_SEAL_WRITE</c> is.</para>
/// </remarks>
public sealed class AttachPolicy : PerUsagePolicy
{
    /// <inheritdoc/>
    public override string Name => "attach";

    /// <inheritdoc/>
    public override string Promise => "From the attach of the writer on, no master gets at a byte against the rules.";

    /// <inheritdoc/>
    public override string CannotExpress =>
        "A reader that attaches before the writer, and a writer that attaches to nothing, as a trusted application.";

    /// <inheritdoc/>
    public override bool BeginsWithWriter => true;

    /// <inheritdoc/>
    public override SecureMemory Memory => SecureMemory.BufferByBuffer;

    /// <inheritdoc/>
    protected internal override Result Made(HeapBuffer buffer, ulong flags) => Result.Ok;

    /// <inheritdoc/>
    protected internal override Result Attach(HeapBuffer buffer, DmaBufAttachment attachment)
    {
        Result allowed = base.Attach(buffer, attachment);
        if (!allowed.IsOk || Protects(buffer))
        {
            return allowed;
        }

        HeapContext context = buffer.Heap.Context;
        Master master = attachment.Device.Master;
        if ((buffer.Rules.Granted(master) & AccessRights.Write) == 0)
        {
            return context.Trace.Refuse(Errno.EACCES, Reason.WriterNotKnown, master.Name);
        }

        return attachment.Buffer.IsMappedByCpu && !CheckSeen(buffer, context.Cpu).IsOk
            ? context.Trace.Refuse(Errno.EBUSY, Reason.MasterNotSeen, context.Cpu.Name)
            : buffer.Program(buffer.Rules);
    }

    /// <inheritdoc/>
    protected internal override bool CanMmap(HeapBuffer buffer) => !Protects(buffer) || base.CanMmap(buffer);

    /// <inheritdoc/>
    protected internal override bool CanVmap(HeapBuffer buffer) => !Protects(buffer) || base.CanVmap(buffer);

    /// <inheritdoc/>
    protected internal override Result Mmap(HeapBuffer buffer, AccessRights wanted, long offset, long length) =>
        Protects(buffer) || buffer.Protection!.IsRevoked ? base.Mmap(buffer, wanted, offset, length) : Result.Ok;
}
