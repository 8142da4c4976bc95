using System.Globalization;
using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Fences;
using DmaBufSim.Processes;
using DmaBufSim.Tracing;

namespace DmaBufSim.Machines;

/// <summary>
/// Code of a driver that runs in a process: which reservations it has locked, what it sleeps for, which fences it is on
/// the way to signal.
/// </summary>
/// <remarks>
/// A call that has to sleep answers <see cref="Errno.EAGAIN"/>, and the thread sleeps in it until its turn comes; made
/// again, the call tells how it ended. Meanwhile the thread can make no other call. Locks are not given back when the
/// process ends.
/// </remarks>
public sealed class DriverThread
{
    private readonly Machine machine;
    private readonly Process process;
    private readonly List<DmaBuf> locked = [];
    private readonly List<DmaFence> signalling = [];
    private readonly LockSleeper lockSleeper;
    private readonly FenceSleeper fenceSleeper = new();
    private DmaBuf? granted;
    private DmaBuf? refused;

    internal DriverThread(Machine machine, Process process)
    {
        this.machine = machine;
        this.process = process;
        lockSleeper = new LockSleeper(this);
    }

    /// <summary>The name of its process.</summary>
    public string Name => process.Name;

    /// <summary>Whether its process still lives.</summary>
    public bool IsAlive => process.IsAlive;

    /// <summary>The buffers whose reservations it has locked, oldest lock first.</summary>
    public IReadOnlyList<DmaBuf> Locked => locked;

    /// <summary>The fences that it is on the way to signal.</summary>
    public IReadOnlyList<DmaFence> Signalling => signalling;

    /// <summary>The buffer whose lock it sleeps for, or null.</summary>
    public DmaBuf? AwaitedLock { get; private set; }

    /// <summary>The fence that it sleeps for, or null.</summary>
    public DmaFence? AwaitedFence => fenceSleeper.Fence;

    /// <summary>Whether it sleeps.</summary>
    public bool IsAsleep => AwaitedLock is not null || AwaitedFence is not null;

    /// <summary>Whether it has locked the reservation of a buffer.</summary>
    public bool HasLocked(DmaBuf buffer) => locked.Contains(buffer);

    /// <summary>Locks the reservation of a buffer.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="context">Whose set of locks it joins, or null.</param>
    /// <param name="slow">Whether the context backed off from this lock and begins again with it.</param>
    /// <returns>What <see cref="WwMutex.Lock"/> answers; <see cref="Errno.EAGAIN"/> while the thread sleeps.</returns>
    /// <remarks><b>Kernel:</b> <c>dma_resv_lock()</c>, <c>dma_resv_lock_slow()</c>.</remarks>
    public Result Lock(DmaBuf buffer, WwAcquireContext? context = null, bool slow = false)
    {
        if (AwaitedLock == buffer)
        {
            return RefuseLocked(buffer);
        }

        Result awake = CheckAwake();
        if (!awake.IsOk)
        {
            return awake;
        }

        // The call in which the thread slept comes back.
        bool wasGranted = granted == buffer;
        bool wasRefused = refused == buffer && !slow;
        granted = null;
        refused = null;
        if (wasGranted || wasRefused)
        {
            return wasGranted ? Result.Ok : machine.Trace.Refuse(Errno.EDEADLK, Reason.MustBackOff, HolderOf(buffer));
        }

        NoteWait(string.Create(CultureInfo.InvariantCulture, $"the lock of buffer #{buffer.Inode}"));
        Result taken = slow && context is not null
            ? buffer.Resv.LockSlow(context, lockSleeper)
            : buffer.Resv.Lock(context, lockSleeper);
        if (taken.IsOk)
        {
            locked.Add(buffer);
            return taken;
        }

        if (taken.Errno != Errno.EAGAIN)
        {
            return machine.Trace.Refuse(taken.Errno, taken.Reason, HolderOf(buffer));
        }

        AwaitedLock = buffer;
        return RefuseLocked(buffer);
    }

    /// <summary>Unlocks the reservation of a buffer; the first who sleeps for it gets it.</summary>
    /// <returns><see cref="Errno.EAGAIN"/> while the thread sleeps.</returns>
    /// <remarks><b>Kernel:</b> <c>dma_resv_unlock()</c>; unlocking what the thread has not locked warns.</remarks>
    public Result Unlock(DmaBuf buffer)
    {
        Result awake = CheckAwake();
        if (!awake.IsOk)
        {
            return awake;
        }

        granted = granted == buffer ? null : granted;
        if (locked.Remove(buffer))
        {
            buffer.Resv.Unlock();
        }
        else
        {
            machine.Trace.Warn("__ww_mutex_unlock", "lock->owner != current");
        }

        return Result.Ok;
    }

    /// <summary>Sleeps until no fence of a buffer up to a usage is pending.</summary>
    /// <returns><see cref="Errno.EAGAIN"/> while one is; made again after that fence, it looks for the next.</returns>
    /// <remarks><b>Kernel:</b> <c>dma_resv_wait_timeout()</c>.</remarks>
    public Result Wait(DmaBuf buffer, DmaResvUsage usage)
    {
        Result awake = CheckNotLocking();
        if (!awake.IsOk || !buffer.HasFences)
        {
            return awake;
        }

        using DmaResvCursor cursor = buffer.Resv.FencesUnlocked(usage);
        while (cursor.MoveNext())
        {
            Result waited = Wait(cursor.Current.Fence);
            if (!waited.IsOk)
            {
                return waited;
            }
        }

        return Result.Ok;
    }

    /// <summary>Sleeps until a fence has signalled.</summary>
    /// <returns><see cref="Errno.EAGAIN"/> while it is pending.</returns>
    /// <remarks><b>Kernel:</b> <c>dma_fence_wait()</c>.</remarks>
    public Result Wait(DmaFence fence)
    {
        Result awake = CheckNotLocking();
        if (!awake.IsOk)
        {
            return awake;
        }

        if (AwaitedFence is { } awaited)
        {
            return RefusePending(awaited);
        }

        NoteWait($"fence {fence}");
        return fenceSleeper.SleepsFor(fence) ? RefusePending(fence) : Result.Ok;
    }

    /// <summary>From here on the thread is on the way to signal a fence: nothing may hold it up.</summary>
    /// <remarks><b>Kernel:</b> <c>dma_fence_begin_signalling()</c>, which does not say for which fence.</remarks>
    public void BeginSignalling(DmaFence fence) => signalling.Add(fence.Get());

    /// <summary>The thread has reached the signal.</summary>
    /// <remarks><b>Kernel:</b> <c>dma_fence_end_signalling()</c>; an end without a beginning warns.</remarks>
    public void EndSignalling(DmaFence fence)
    {
        if (signalling.Remove(fence))
        {
            fence.Put();
        }
        else
        {
            machine.Trace.Warn("dma_fence_end_signalling", "!cookie");
        }
    }

    private string? HolderOf(DmaBuf buffer) => machine.LockHolder(buffer)?.Name;

    private Result CheckAwake() => IsAsleep ? RefuseAsleep() : Result.Ok;

    private Result CheckNotLocking() => AwaitedLock is not null ? RefuseAsleep() : Result.Ok;

    private Result RefuseAsleep() => machine.Trace.Refuse(Errno.EAGAIN, Reason.DriverAsleep, Name);

    private Result RefuseLocked(DmaBuf buffer) =>
        machine.Trace.Refuse(Errno.EAGAIN, Reason.ReservationLocked, HolderOf(buffer));

    private Result RefusePending(DmaFence fence) =>
        machine.Trace.Refuse(Errno.EAGAIN, Reason.FencePending, $"fence {fence}");

    // Lock debugging minds the call, whether or not it has to sleep this time.
    private void NoteWait(string what)
    {
        if (signalling.Count > 0 && machine.Trace.Sink is not null)
        {
            DmaFence fence = signalling[^1];
            machine.Trace.Note(
                TraceEvent.WaitedWhileSignaling,
                unchecked((long)fence.Context),
                unchecked((long)fence.SequenceNumber),
                name: $"{Name} may have to wait for {what}");
        }
    }

    private void EndSleep(bool gotLock)
    {
        DmaBuf buffer = AwaitedLock!;
        AwaitedLock = null;
        if (gotLock)
        {
            locked.Add(buffer);
            granted = buffer;
        }
        else
        {
            refused = buffer;
        }
    }

    private sealed class LockSleeper(DriverThread thread) : WwWaiter
    {
        protected internal override void Acquired(WwMutex mutex) => thread.EndSleep(gotLock: true);

        protected internal override void BackOff(WwMutex mutex) => thread.EndSleep(gotLock: false);
    }

    // It holds the fence while it sleeps.
    private sealed class FenceSleeper : DmaFenceCallback
    {
        public DmaFence? Fence { get; private set; }

        public bool SleepsFor(DmaFence fence)
        {
            if (!fence.AddWaiter(this).IsOk)
            {
                return false;
            }

            Fence = fence.Get();
            return true;
        }

        protected internal override void Signaled(DmaFence fence)
        {
            Fence = null;
            fence.Put();
        }
    }
}
