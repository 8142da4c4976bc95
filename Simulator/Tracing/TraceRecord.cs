namespace DmaBufSim.Tracing;

/// <summary>What a trace record tells.</summary>
public enum TraceEvent
{
    /// <summary>Subject: inode; first: size in bytes; name: the heap.</summary>
    BufferExported,

    /// <summary>Subject: inode.</summary>
    BufferReleased,

    /// <summary>Subject: inode; first: the reference count after it was taken.</summary>
    ReferenceTaken,

    /// <summary>Subject: inode; first: the reference count after it was dropped.</summary>
    ReferenceDropped,

    /// <summary>Subject: inode; name: the device.</summary>
    Attached,

    /// <summary>Subject: inode; name: the device.</summary>
    Detached,

    /// <summary>Subject: inode; first: segments; name: the device.</summary>
    MappedForDevice,

    /// <summary>Subject: inode; name: the device.</summary>
    UnmappedForDevice,

    /// <summary>Subject: first frame; first: frames; name: the allocator they came from.</summary>
    PagesTaken,

    /// <summary>Subject: first frame; first: frames; name: the allocator they went to.</summary>
    PagesFreed,

    /// <summary>
    /// Subject: first frame; first: frames. Their bytes were set to zero before anyone else gets them.
    /// </summary>
    PagesWiped,

    /// <summary>Subject: inode; first: offset in the buffer; second: bytes; name: the master that read them.</summary>
    BytesRead,

    /// <summary>Subject: inode; first: offset in the buffer; second: bytes; name: the master that wrote them.</summary>
    BytesWritten,

    /// <summary>
    /// Subject: inode; first: offset; second: bytes; name: the master. Caches were made to agree with memory.
    /// </summary>
    CacheSynced,

    /// <summary>Subject: context; first: sequence number.</summary>
    FenceMade,

    /// <summary>Subject: context; first: sequence number; second: 1, or the negative error; name: the driver.</summary>
    FenceSignaled,

    /// <summary>Subject: context; first: sequence number. The last reference is gone.</summary>
    FenceDestroyed,

    /// <summary>Subject: context; first: sequence number; second: inode of the buffer whose user has to wait.</summary>
    FenceAwaited,

    /// <summary>
    /// Subject: context; first: sequence number of the fence that code was on the way to signal; name: who, and what it
    /// waited for there.
    /// </summary>
    WaitedWhileSignaling,

    /// <summary>Name: the condition of a WARN.</summary>
    KernelWarned,

    /// <summary>
    /// Subject: first page of a window of an area; first: its pages; second: pages moved out; name: the area.
    /// </summary>
    PagesMoved,

    /// <summary>
    /// Subject: first page of a window of an area; first: its pages; second: a page that is pinned; name: the area.
    /// </summary>
    WindowBusy,

    /// <summary>
    /// Subject: first frame, or -1 where rights changed inside ranges; first: frames; second: nanoseconds that it took;
    /// name: what the frames are now, <c>protected</c> or <c>open</c>.
    /// </summary>
    ProtectionChanged,

    /// <summary>
    /// Subject: frame; first: the first byte in it; second: bytes; name: the master whose access hardware blocked.
    /// </summary>
    AccessBlocked,
}

/// <summary>One thing that happened in the machine. See <see cref="TraceEvent"/> for what the numbers mean.</summary>
public readonly record struct TraceRecord(TraceEvent Event, long Subject, long First, long Second, string? Name);

/// <summary>Receives the records of one machine, in the order in which things happened.</summary>
public abstract class TraceSink
{
    /// <summary>Takes one record. It must not call back into the machine.</summary>
    public abstract void Write(in TraceRecord record);
}

/// <summary>The details of a refusal: who was refused, by which rule, where.</summary>
/// <param name="Errno">What Linux would report.</param>
/// <param name="Reason">The rule that decided.</param>
/// <param name="Who">The master, holder or heap that the rule speaks of, or null.</param>
/// <param name="Rule">The rule as the scenario wrote it, or null.</param>
/// <param name="Offset">Where in the buffer, in bytes, or -1.</param>
/// <param name="Length">How many bytes from there, or -1.</param>
public readonly record struct Refusal(
    Abi.Errno Errno, Abi.Reason Reason, string? Who, string? Rule, long Offset, long Length);

/// <summary>A WARN that a real kernel would have printed.</summary>
/// <param name="KernelFunction">The function that warns.</param>
/// <param name="Condition">What was wrong.</param>
public sealed record KernelWarning(string KernelFunction, string Condition);

/// <summary>
/// Kernel code dereferenced what is not there. Linux kills the process that ran it, with what it held still held, and
/// goes on.
/// </summary>
/// <param name="reason">What was not there.</param>
public sealed class KernelOopsException(Abi.Reason reason)
    : Exception($"kernel oops: {Abi.ReasonText.Of(reason).Meaning}")
{
    /// <summary>What was not there.</summary>
    public Abi.Reason Reason { get; } = reason;
}

/// <summary>
/// The simulated kernel met a BUG: a real machine would have crashed here, and this run ends as crashed.
/// </summary>
/// <param name="kernelFunction">The function with the assertion.</param>
/// <param name="condition">What was wrong.</param>
public sealed class KernelBugException(string kernelFunction, string condition)
    : Exception($"kernel BUG in {kernelFunction}: {condition}")
{
    /// <summary>The function with the assertion.</summary>
    public string KernelFunction { get; } = kernelFunction;

    /// <summary>What was wrong.</summary>
    public string Condition { get; } = condition;
}
