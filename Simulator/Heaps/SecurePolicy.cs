using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Dma;
using DmaBufSim.Memory;
using DmaBufSim.Security;

namespace DmaBufSim.Heaps;

/// <summary>Where a policy takes the memory of protected heaps from.</summary>
public enum SecureMemory
{
    /// <summary>From where the heap is declared to take it.</summary>
    AsDeclared,

    /// <summary>From the heap's area, buffer by buffer; where it has none, from its pool.</summary>
    BufferByBuffer,

    /// <summary>From a pool that the area lends with the first buffer; without an area, from its pool.</summary>
    LentPool,

    /// <summary>From a pool of the heap's own that is set aside at boot.</summary>
    Carveout,
}

/// <summary>
/// An answer to the question of 2019: who decides who may touch a secure buffer, and when is the hardware told.
/// </summary>
/// <remarks>
/// <para>The rules of a heap say what its use is. A policy decides what becomes of them: it is asked at each call about
/// a buffer of a heap with rules, and programs the firewall when it sees fit. One object serves any number of machines,
/// so a policy keeps nothing. To make your own, derive from this or from <see cref="PerUsagePolicy"/> and override what
/// is to be different.</para>
/// </remarks>
public abstract class SecurePolicy
{
    /// <summary>The word after <c>policy=</c>.</summary>
    public abstract string Name { get; }

    /// <summary>What it promises, in a sentence.</summary>
    public abstract string Promise { get; }

    /// <summary>What it cannot express, in a sentence.</summary>
    public abstract string CannotExpress { get; }

    /// <summary>
    /// By which way subtitles come to a protected frame, in a sentence or two. What a run shows must not say otherwise.
    /// </summary>
    public abstract string Subtitles { get; }

    /// <summary>Whether the promise is that no user space, however hostile, gets at bytes against the rules.</summary>
    public virtual bool PromisesSecrecy => true;

    /// <summary>Whether user space passes the rules with the flags of an allocation.</summary>
    public virtual bool TakesFlags => false;

    /// <summary>Whether bytes are wiped when their buffer goes.</summary>
    public virtual bool Wipes => true;

    /// <summary>Whether the promise begins for a buffer when a device attaches that may write it.</summary>
    public virtual bool BeginsWithWriter => false;

    /// <summary>Whether every right ends with the use that a heap was for.</summary>
    public virtual bool EndsRightsWithUse => true;

    /// <summary>
    /// Whether a job that copies is stopped where somebody may read the target who may not read the source.
    /// </summary>
    public virtual bool ChecksFlows => true;

    /// <summary>
    /// Whether only the process that allocated a buffer names its regions, and only before the buffer is in use.
    /// </summary>
    public virtual bool FixesRegions => true;

    /// <summary>Whether hardware is programmed at all, so that memory has to suit it.</summary>
    public virtual bool Programs => true;

    /// <summary>Where protected heaps take their memory from.</summary>
    public virtual SecureMemory Memory => SecureMemory.AsDeclared;

    /// <summary>How many lines of a machine's declaration it needs.</summary>
    /// <param name="uses">Heaps with rules, one for each use.</param>
    /// <param name="rules">Their rules.</param>
    /// <param name="areas">Areas that they take memory from.</param>
    public virtual int ConfigurationLines(int uses, int rules, int areas) => uses + rules + areas;

    /// <summary>Whether hardware protects a buffer now.</summary>
    public virtual bool Protects(HeapBuffer buffer) => buffer.Enforced is not null;

    /// <summary>What an importer hears who asks whether a buffer is protected.</summary>
    public virtual bool Tells(HeapBuffer buffer) => Protects(buffer);

    /// <summary>A heap has got its pool: at boot, or with its first buffer.</summary>
    /// <returns>Why it cannot be used.</returns>
    protected internal virtual Result PoolTaken(DmaHeap heap, FrameRun pool) => Result.Ok;

    /// <summary>A heap gives its pool back, with the last buffer. The bytes are wiped.</summary>
    /// <returns>Why it cannot go back.</returns>
    protected internal virtual Result PoolReturned(DmaHeap heap, FrameRun pool) => Result.Ok;

    /// <summary>A buffer was allocated.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="flags">The flags of the allocation, where the policy takes them.</param>
    /// <returns>Why there can be none.</returns>
    protected internal abstract Result Made(HeapBuffer buffer, ulong flags);

    /// <summary>A device attaches.</summary>
    protected internal virtual Result Attach(HeapBuffer buffer, DmaBufAttachment attachment) => Result.Ok;

    /// <summary>A device asks for addresses.</summary>
    protected internal virtual Result Map(HeapBuffer buffer, DmaBufAttachment attachment, DmaDirection direction) =>
        Result.Ok;

    /// <summary>Whether the exporter offers mappings to the CPU at all.</summary>
    protected internal virtual bool CanMmap(HeapBuffer buffer) => buffer.Heap.CanMmap;

    /// <summary>Whether the exporter offers mappings to the kernel at all.</summary>
    protected internal virtual bool CanVmap(HeapBuffer buffer) => CanMmap(buffer);

    /// <summary>The CPU asks for a mapping.</summary>
    protected internal virtual Result Mmap(HeapBuffer buffer, AccessRights wanted, long offset, long length) =>
        Result.Ok;

    /// <summary>A holder has named bytes of the buffer.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="name">The name.</param>
    /// <param name="pages">How many pages they are.</param>
    /// <returns>Why hardware cannot keep them apart.</returns>
    protected internal virtual Result RegionDefined(HeapBuffer buffer, string name, int pages) =>
        buffer.Enforced is { } enforced && enforced.Policy.Names(name)
            ? buffer.Heap.Context.Firewall.Program(pages)
            : Result.Ok;

    /// <summary>The last holder of a buffer is gone. The bytes are wiped, where the policy wipes.</summary>
    /// <returns>Why the frames cannot serve anyone else yet.</returns>
    protected internal virtual Result Gone(HeapBuffer buffer) => buffer.Unprogram();

    /// <summary>The use that a heap was for ends, while buffers of it may still be held.</summary>
    /// <remarks>
    /// The buffers serve nobody from now on and are wiped; their memory goes back with the last holder.
    /// </remarks>
    protected internal virtual void Teardown(DmaHeap heap)
    {
        heap.EndUse();
        foreach (DmaBuf buffer in heap.Context.Buffers.NewestFirst)
        {
            if (buffer.Exporter is HeapBuffer storage && storage.Heap == heap)
            {
                storage.Revoke();
                buffer.MoveNotify();
            }
        }
    }

    /// <summary>Whether hardware could keep a master to its rights.</summary>
    /// <returns>
    /// <see cref="Errno.EINVAL"/> where something enforces and does not see the master: then the only way to keep it
    /// from a byte is to give it no way there.
    /// </returns>
    protected static Result CheckSeen(HeapBuffer buffer, Master master)
    {
        Firewall firewall = buffer.Heap.Context.Firewall;
        return !firewall.Guard.Enforces || firewall.Guard.Covers(master)
            ? Result.Ok
            : firewall.Trace.Refuse(Errno.EINVAL, Reason.MasterNotSeen, master.Name);
    }

    /// <summary>Whether the rules let the CPU map bytes, and hardware could keep it to them.</summary>
    protected static Result CheckMapping(
        HeapBuffer buffer, AccessPolicy policy, AccessRights wanted, long offset, long length)
    {
        HeapContext context = buffer.Heap.Context;
        Result allowed = policy.Check(context.Cpu, wanted, context.Trace, offset, length);
        return allowed.IsOk ? CheckSeen(buffer, context.Cpu) : allowed;
    }
}
