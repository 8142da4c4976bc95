using System.Globalization;
using DmaBufSim.Abi;
using DmaBufSim.Engine;
using DmaBufSim.Tracing;

namespace DmaBufSim.Fences;

/// <summary>A promise that some work of a device will end: unsignalled at first, signalled once, for ever.</summary>
/// <remarks>
/// <para><b>Kernel:</b> <c>struct dma_fence</c> with <c>struct dma_fence_ops</c>, drivers/dma-buf/dma-fence.c. A driver
/// derives its fences from this class; the protected members are the operations. A new fence has one reference, which
/// belongs to the caller.</para>
/// <para><b>Cost:</b> signalling and its callbacks allocate nothing.</para>
/// </remarks>
public abstract partial class DmaFence
{
    private const int MaxErrno = 4095;

    private int error;

    /// <summary>An unsignalled fence with one reference.</summary>
    /// <param name="core">What the fences of the machine share.</param>
    /// <param name="context">The timeline it belongs to.</param>
    /// <param name="sequenceNumber">Its place on that timeline.</param>
    /// <param name="has64BitSequence">Whether all bits of the number are compared, not the low 32 with
    /// wrap-around.</param>
    /// <remarks><b>Kernel:</b> <c>dma_fence_init()</c>, <c>dma_fence_init64()</c>.</remarks>
    protected DmaFence(FenceCore core, ulong context, ulong sequenceNumber, bool has64BitSequence = false)
    {
        Core = core;
        Context = context;
        SequenceNumber = sequenceNumber;
        Has64BitSequence = has64BitSequence;
        core.LiveFences++;
        Note(TraceEvent.FenceMade, 0);
    }

    /// <summary>
    /// The timeline it belongs to; fences of one context signal in the order of their sequence numbers.
    /// </summary>
    public ulong Context { get; }

    /// <summary>Its place on the timeline.</summary>
    public ulong SequenceNumber { get; }

    /// <summary>Whether all bits of the sequence number are compared.</summary>
    public bool Has64BitSequence { get; }

    /// <summary>How many hold it.</summary>
    public int References { get; private set; } = 1;

    /// <summary>The negative error number of the work, or 0. It counts once the fence has signalled.</summary>
    public int Error => error;

    /// <summary>When it signalled, in nanoseconds since boot; 0 before.</summary>
    /// <remarks><b>Kernel:</b> <c>dma_fence_timestamp()</c>.</remarks>
    public long Timestamp { get; private set; }

    /// <summary>
    /// Whether it is known to have signalled. Unlike <see cref="IsSignaled"/> this never asks the driver.
    /// </summary>
    /// <remarks><b>Kernel:</b> <c>dma_fence_test_signaled_flag()</c>.</remarks>
    public bool HasSignaled { get; private set; }

    /// <summary>
    /// Whether the operations of the driver are gone, as 7.x drops them when a fence without release and wait signals.
    /// In-kernel code that reads the names past the accessors crashes on such a fence.
    /// </summary>
    public bool IsDetached => HasSignaled && Core.Kernel.DetachesSignaledFences && !HasRelease;

    /// <summary>The name of the driver.</summary>
    /// <remarks><b>Kernel:</b> <c>dma_fence_driver_name()</c>.</remarks>
    public string DriverName => IsRenamed ? "detached-driver" : GetDriverName();

    /// <summary>
    /// The driver's name for itself, which 7.x hides once the fence has signalled. It must not be detached.
    /// </summary>
    /// <exception cref="KernelOopsException">The operations are gone.</exception>
    /// <remarks><b>Kernel:</b> <c>fence->ops->get_driver_name()</c>, as old drivers call it.</remarks>
    public string RealDriverName => IsDetached
        ? throw new KernelOopsException(Reason.FenceDetached)
        : GetDriverName();

    /// <summary>The name of the timeline.</summary>
    /// <remarks><b>Kernel:</b> <c>dma_fence_timeline_name()</c>.</remarks>
    public string TimelineName => IsRenamed ? "signaled-timeline" : GetTimelineName();

    /// <summary>Whether it is an array or a chain.</summary>
    /// <remarks><b>Kernel:</b> <c>dma_fence_is_container()</c>.</remarks>
    public bool IsContainer => this is DmaFenceContainer;

    /// <summary>What the fences of the machine share.</summary>
    protected internal FenceCore Core { get; }

    /// <summary>Whether the driver's table has a release operation, and so outlives the signal in 7.x.</summary>
    protected virtual bool HasRelease => false;

    /// <summary>Whether the driver takes deadline hints.</summary>
    protected virtual bool HasDeadline => false;

    private bool IsRenamed => HasSignaled && Core.Kernel.DetachesSignaledFences;

    /// <summary>Takes a reference.</summary>
    /// <returns>This fence.</returns>
    public DmaFence Get()
    {
        if (References == 0)
        {
            Core.Trace.Warn("refcount_warn_saturate", "addition on 0; use-after-free");
        }

        References++;
        return this;
    }

    /// <summary>Drops a reference; the last one releases the fence.</summary>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>dma_fence_put()</c>, <c>dma_fence_release()</c>. A fence that goes unsignalled while
    /// somebody waits for it warns, and signals with EDEADLK.</para>
    /// </remarks>
    public void Put()
    {
        if (References == 0)
        {
            Core.Trace.Warn("refcount_warn_saturate", "underflow; use-after-free");
            return;
        }

        References--;
        if (References > 0)
        {
            return;
        }

        if (first is not null && !HasSignaled)
        {
            Core.Trace.Warn("dma_fence_release", "released with pending signals");
            error = -(int)Errno.EDEADLK;
            SignalNow(Core.Clock.Now);
        }

        Core.LiveFences--;
        Note(TraceEvent.FenceDestroyed, 0);
        Release();
        Invariant.Holds(References == 0);
    }

    /// <summary>Stores the negative error number that the work ended with, before the fence signals.</summary>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>dma_fence_set_error()</c>. It warns after the signal and for a number outside -4095 to
    /// -1, and stores the number all the same.</para>
    /// </remarks>
    public void SetError(int error)
    {
        if (HasSignaled)
        {
            Core.Trace.Warn("dma_fence_set_error", "fence has signaled");
        }

        if (error is >= 0 or < -MaxErrno)
        {
            Core.Trace.Warn("dma_fence_set_error", "error >= 0 || error < -MAX_ERRNO");
        }

        this.error = error;
    }

    /// <summary>
    /// Hints that the work should be done by a time. A driver that takes hints remembers the earliest.
    /// </summary>
    /// <param name="deadline">Nanoseconds since boot.</param>
    /// <remarks><b>Kernel:</b> <c>dma_fence_set_deadline()</c>; nothing happens once the fence has signalled.</remarks>
    public void SetDeadline(long deadline)
    {
        if (Core.Kernel.HasFenceDeadlines && HasDeadline && !IsSignaled())
        {
            OnDeadline(deadline);
        }
    }

    /// <summary>Context and sequence number, and the timeline: <c>3:5 of runner</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Context}:{SequenceNumber} of {TimelineName}");

    /// <summary>The driver's name for itself.</summary>
    protected abstract string GetDriverName();

    /// <summary>The driver's name for the timeline.</summary>
    protected abstract string GetTimelineName();

    /// <summary>Somebody waits for the fence for the first time, so the driver arranges for an interrupt.</summary>
    /// <returns>False if the work is done already: the fence then signals at once.</returns>
    protected virtual bool OnEnableSignaling() => true;

    /// <summary>Asks the device whether the work is done, for drivers that can.</summary>
    protected virtual bool PollSignaled() => false;

    /// <summary>Takes a deadline hint.</summary>
    protected virtual void OnDeadline(long deadline)
    {
    }

    /// <summary>The last reference is gone.</summary>
    protected virtual void Release()
    {
    }

    /// <summary>Stores an error without the checks, for containers that learn it from a member.</summary>
    private protected void TakeError(int error) => this.error = error;

    private void Note(TraceEvent what, long second)
    {
        if (Core.Trace.Sink is not null)
        {
            string? name = what == TraceEvent.FenceSignaled ? GetDriverName() : null;
            Core.Trace.Note(what, unchecked((long)Context), unchecked((long)SequenceNumber), second, name);
        }
    }
}
