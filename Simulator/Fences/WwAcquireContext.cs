using DmaBufSim.Abi;

namespace DmaBufSim.Fences;

/// <summary>Somebody who locks several reservations in any order. The older of two gets its way.</summary>
/// <remarks>
/// <para><b>Kernel:</b> <c>struct ww_acquire_ctx</c> of the wait-die class <c>reservation_ww_class</c>. A context that
/// had to back off keeps its stamp, so it grows older and wins in the end.</para>
/// </remarks>
public sealed class WwAcquireContext
{
    private readonly FenceCore core;
    private bool isDone;

    /// <summary>A context that is younger than every other.</summary>
    /// <remarks><b>Kernel:</b> <c>ww_acquire_init()</c>.</remarks>
    public WwAcquireContext(FenceCore core)
    {
        this.core = core;
        Stamp = core.NextStamp();
    }

    /// <summary>Its age: lower is older.</summary>
    public ulong Stamp { get; }

    /// <summary>How many locks it holds.</summary>
    public int Held { get; private set; }

    /// <summary>The lock that it has to take first after it backed off, or null.</summary>
    public WwMutex? Contended { get; internal set; }

    /// <summary>No further lock will be taken.</summary>
    /// <remarks><b>Kernel:</b> <c>ww_acquire_done()</c>. A lock after it warns.</remarks>
    public void Done() => isDone = true;

    /// <summary>The context is not needed any more.</summary>
    /// <remarks><b>Kernel:</b> <c>ww_acquire_fini()</c>; locks that are still held warn.</remarks>
    public void Finish()
    {
        if (Held > 0)
        {
            core.Trace.Warn("ww_acquire_fini", "ctx->acquired");
        }
    }

    internal bool IsYoungerThan(WwAcquireContext other) => Stamp > other.Stamp;

    internal void Acquired(WwMutex mutex)
    {
        if (isDone)
        {
            core.Trace.Warn("ww_mutex_lock_acquired", "ww_ctx->done_acquire");
        }

        if (Contended is not null)
        {
            if (Contended != mutex)
            {
                core.Trace.Warn("ww_mutex_lock_acquired", "ww_ctx->contending_lock != ww");
            }

            if (Held > 0)
            {
                core.Trace.Warn("ww_mutex_lock_acquired", "ww_ctx->acquired > 0");
            }

            Contended = null;
        }

        Held++;
    }

    internal void Released() => Held--;

    internal Result BackOff(WwMutex mutex)
    {
        Contended = mutex;
        return core.Trace.Refuse(Errno.EDEADLK, Reason.MustBackOff);
    }
}

/// <summary>Somebody who waits for a lock. It waits for one lock at a time.</summary>
public abstract class WwWaiter
{
    internal WwMutex? Mutex { get; set; }

    internal WwAcquireContext? Context { get; set; }

    internal WwWaiter? Next { get; set; }

    /// <summary>Whether it waits.</summary>
    public bool IsWaiting => Mutex is not null;

    /// <summary>The lock is the waiter's now.</summary>
    protected internal abstract void Acquired(WwMutex mutex);

    /// <summary>
    /// The waiter gets EDEADLK instead of the lock: it has to let go of everything it holds and to begin again with
    /// <see cref="WwMutex.LockSlow"/> on this one.
    /// </summary>
    protected internal abstract void BackOff(WwMutex mutex);
}
