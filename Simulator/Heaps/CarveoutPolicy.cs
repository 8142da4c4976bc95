using DmaBufSim.Abi;
using DmaBufSim.Memory;
using DmaBufSim.Security;

namespace DmaBufSim.Heaps;

/// <summary>A carveout for each use, which is protected once at boot.</summary>
/// <remarks>
/// <para>What many products ship. The firewall is never touched again, so a right to a part of a buffer cannot be had:
/// whoever has one only <c>in=</c> a region has none. No driver checks anything; the CPU may map where the rules let it
/// touch the whole carveout. A carveout that does not fit into memory is not there, and its heap is empty.</para>
/// </remarks>
public class CarveoutPolicy : SecurePolicy
{
    /// <inheritdoc/>
    public override string Name => "carveout";

    /// <inheritdoc/>
    public override string Promise => "No master gets at a byte of a carveout against the rules of its use.";

    /// <inheritdoc/>
    public override string CannotExpress => "A right to a part of a buffer, and memory that comes back when unused.";

    /// <inheritdoc/>
    public override string Subtitles =>
        "Not in place: the pool is protected as a whole. A trusted application that the rules name draws them, or they "
        + "go to a plane of their own.";

    /// <inheritdoc/>
    /// <remarks>Nothing comes from an area.</remarks>
    public override int ConfigurationLines(int uses, int rules, int areas) => uses + rules;

    /// <inheritdoc/>
    public override SecureMemory Memory => SecureMemory.Carveout;

    /// <inheritdoc/>
    public override bool Protects(HeapBuffer buffer) => buffer.Heap.PoolProtection is not null || base.Protects(buffer);

    /// <inheritdoc/>
    protected internal override Result PoolTaken(DmaHeap heap, FrameRun pool) =>
        heap.ProtectPool(pool, heap.Policy!.WithoutRegions());

    /// <inheritdoc/>
    protected internal override Result PoolReturned(DmaHeap heap, FrameRun pool) => heap.UnprotectPool(pool);

    /// <inheritdoc/>
    /// <remarks>A heap without a pool that is protected as one gets its buffers protected one by one.</remarks>
    protected internal override Result Made(HeapBuffer buffer, ulong flags) =>
        Protects(buffer) ? Result.Ok : buffer.Program(buffer.Rules.WithoutRegions());

    /// <inheritdoc/>
    protected internal override bool CanMmap(HeapBuffer buffer) =>
        buffer.Rules.WithoutRegions().Granted(buffer.Heap.Context.Cpu) != AccessRights.None;

    /// <inheritdoc/>
    protected internal override Result Mmap(HeapBuffer buffer, AccessRights wanted, long offset, long length) =>
        CheckMapping(buffer, buffer.Rules.WithoutRegions(), wanted, offset, length);
}
