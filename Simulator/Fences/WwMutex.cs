using DmaBufSim.Abi;

namespace DmaBufSim.Fences;

/// <summary>A lock that many may take in any order without a deadlock, if each uses an acquire context.</summary>
/// <remarks>
/// <para><b>Kernel:</b> <c>struct ww_mutex</c>, kernel/locking/ww_mutex.h, in its wait-die form: a younger context that
/// holds other locks backs off from an older one, everybody else waits.</para>
/// <para><b>Differs:</b> nobody sleeps. Who has to wait leaves a waiter, which is told when its turn comes; the lock
/// is handed on to it and cannot be snatched.</para>
/// </remarks>
public sealed class WwMutex(FenceCore core)
{
    private WwWaiter? first;

    /// <summary>Whether somebody holds it.</summary>
    public bool IsLocked { get; private set; }

    /// <summary>The context of the holder, or null.</summary>
    public WwAcquireContext? Context { get; private set; }

    /// <summary>Takes the lock.</summary>
    /// <param name="context">Whose set the lock joins; null for an ordinary lock.</param>
    /// <param name="waiter">Who is told later, where the caller has to wait; null for a caller that does not
    /// wait.</param>
    /// <returns>
    /// <see cref="Errno.EALREADY"/> if the context holds it, <see cref="Errno.EDEADLK"/> if it has to back off,
    /// <see cref="Errno.EAGAIN"/> if it has to wait: with a waiter it is in the queue now.
    /// </returns>
    /// <remarks><b>Kernel:</b> <c>ww_mutex_lock()</c>, where the wait takes the place of EAGAIN.</remarks>
    public Result Lock(WwAcquireContext? context, WwWaiter? waiter = null)
    {
        core.NoteWait(1, "the lock of a reservation");
        if (!IsLocked)
        {
            Take(context);
            return Result.Ok;
        }

        if (context is not null)
        {
            if (context == Context)
            {
                return core.Trace.Refuse(Errno.EALREADY, Reason.LockHeldByContext);
            }

            if (context.Held > 0 && MustDie(context))
            {
                return context.BackOff(this);
            }
        }

        if (waiter is not null)
        {
            Enqueue(waiter, context);
        }

        return core.Trace.Refuse(Errno.EAGAIN, Reason.ReservationLocked);
    }

    /// <summary>Takes the lock after backing off from it. The context must hold nothing.</summary>
    /// <returns>Success, or <see cref="Errno.EAGAIN"/> as from <see cref="Lock"/>.</returns>
    /// <remarks><b>Kernel:</b> <c>ww_mutex_lock_slow()</c>; a context that still holds locks warns.</remarks>
    public Result LockSlow(WwAcquireContext context, WwWaiter? waiter = null)
    {
        if (context.Held > 0)
        {
            core.Trace.Warn("ww_mutex_lock_slow", "ctx->acquired");
        }

        return Lock(context, waiter);
    }

    /// <summary>Takes the lock if it is free.</summary>
    /// <remarks><b>Kernel:</b> <c>ww_mutex_trylock()</c>.</remarks>
    public bool TryLock(WwAcquireContext? context = null)
    {
        if (IsLocked)
        {
            return false;
        }

        Take(context);
        return true;
    }

    /// <summary>Lets the lock go; the first in the queue gets it.</summary>
    /// <remarks><b>Kernel:</b> <c>ww_mutex_unlock()</c>; unlocking what is not locked warns.</remarks>
    public void Unlock()
    {
        if (!IsLocked)
        {
            core.Trace.Warn("__ww_mutex_unlock", "lock->owner != current");
            return;
        }

        Context?.Released();
        Context = null;
        IsLocked = false;
        if (first is not { } next)
        {
            return;
        }

        first = next.Next;
        WwAcquireContext? context = next.Context;
        Clear(next);
        Take(context);
        next.Acquired(this);
    }

    /// <summary>A waiter gives up, as one that a signal interrupts.</summary>
    /// <returns>False if it does not wait here.</returns>
    public bool Abandon(WwWaiter waiter)
    {
        if (waiter.Mutex != this)
        {
            return false;
        }

        Remove(waiter);
        return true;
    }

    private bool MustDie(WwAcquireContext context)
    {
        if (Context is not null && context.IsYoungerThan(Context))
        {
            return true;
        }

        for (WwWaiter? at = first; at is not null; at = at.Next)
        {
            if (at.Context is { } queued && context.IsYoungerThan(queued))
            {
                return true;
            }
        }

        return false;
    }

    // Whoever in the queue would have to back off from the new holder has done so when the two met there.
    private void Take(WwAcquireContext? context)
    {
        IsLocked = true;
        Context = context;
        context?.Acquired(this);
    }

    private bool Dies(WwWaiter waiter, WwAcquireContext older)
    {
        if (waiter.Context is not { Held: > 0 } context || !context.IsYoungerThan(older))
        {
            return false;
        }

        Remove(waiter);
        context.BackOff(this);
        return true;
    }

    // Contexts stand oldest first; a younger one behind the newcomer backs off if it holds other locks.
    private void Enqueue(WwWaiter waiter, WwAcquireContext? context)
    {
        if (waiter.IsWaiting)
        {
            throw new InvalidOperationException("the waiter waits for another lock");
        }

        WwWaiter? before = null;
        WwWaiter? after = first;
        while (after is not null && !(context is not null && after.Context?.IsYoungerThan(context) == true))
        {
            before = after;
            after = after.Next;
        }

        waiter.Mutex = this;
        waiter.Context = context;
        waiter.Next = after;
        if (before is null)
        {
            first = waiter;
        }
        else
        {
            before.Next = waiter;
        }

        // Whoever backs off may let go of locks and change this queue.
        while (context is not null && waiter.Mutex == this && NextToDie(waiter, context) is { } dies)
        {
            dies.BackOff(this);
        }
    }

    private WwWaiter? NextToDie(WwWaiter from, WwAcquireContext context)
    {
        WwWaiter? at = from.Next;
        while (at is not null && !Dies(at, context))
        {
            at = at.Next;
        }

        return at;
    }

    private void Remove(WwWaiter waiter)
    {
        if (first == waiter)
        {
            first = waiter.Next;
        }
        else
        {
            WwWaiter at = first!;
            while (at.Next != waiter)
            {
                at = at.Next!;
            }

            at.Next = waiter.Next;
        }

        Clear(waiter);
    }

    private static void Clear(WwWaiter waiter)
    {
        waiter.Mutex = null;
        waiter.Context = null;
        waiter.Next = null;
    }
}
