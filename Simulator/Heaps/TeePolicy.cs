using DmaBufSim.Abi;
using DmaBufSim.Memory;

namespace DmaBufSim.Heaps;

/// <summary>What Linux ships: a heap of the trusted environment for each use case, its pool static or lent.</summary>
/// <remarks>
/// <para><b>Kernel:</b> drivers/tee/tee_heap.c, drivers/tee/optee/protmem.c. Attach and map are not checked, the CPU
/// may not map at all, mapping skips cache maintenance, and nobody can ask whether a buffer is protected. The secure
/// world has the list of who may touch the pool of a use case; the CPU of the normal world is never on it.</para>
/// </remarks>
public sealed class TeePolicy : CarveoutPolicy
{
    /// <inheritdoc/>
    public override string Name => "tee";

    /// <inheritdoc/>
    public override string Promise => "The CPU gets at no byte, and no device against the list of its use case.";

    /// <inheritdoc/>
    public override string CannotExpress => "Any access of the CPU, and an importer who asks.";

    /// <inheritdoc/>
    public override string Subtitles =>
        "Not in place: the CPU maps nothing. A trusted application that the rules name draws them, or they go to a "
        + "plane of their own.";

    /// <inheritdoc/>
    public override SecureMemory Memory => SecureMemory.LentPool;

    /// <inheritdoc/>
    public override bool EndsRightsWithUse => false;

    /// <inheritdoc/>
    public override bool Tells(HeapBuffer buffer) => false;

    /// <inheritdoc/>
    protected internal override Result PoolTaken(DmaHeap heap, FrameRun pool) =>
        heap.ProtectPool(pool, heap.Policy!.WithoutRegions().Without(heap.Context.Cpu));

    /// <inheritdoc/>
    protected internal override Result Made(HeapBuffer buffer, ulong flags) =>
        Protects(buffer)
            ? Result.Ok
            : buffer.Program(buffer.Rules.WithoutRegions().Without(buffer.Heap.Context.Cpu));

    /// <inheritdoc/>
    protected internal override bool CanMmap(HeapBuffer buffer) => false;

    /// <inheritdoc/>
    /// <remarks>
    /// <b>Kernel:</b> <c>tee_device_put_all_dma_heaps()</c>: the heap looks alive until its last buffer goes; from then
    /// on allocations fail. Who holds a buffer keeps what it could do.
    /// </remarks>
    protected internal override void Teardown(DmaHeap heap) => heap.EndUseWithLastBuffer();
}
