using DmaBufSim.Engine;

namespace DmaBufSim.Files;

/// <summary>Who waits for a file to become ready, in the order in which they came.</summary>
/// <remarks>
/// <para><b>Kernel:</b> <c>wait_queue_head_t</c> and <c>poll_wait()</c>.</para>
/// <para><b>Cost:</b> waiters are linked through themselves; nothing is allocated.</para>
/// </remarks>
public sealed class WaitQueue
{
    private PollWaiter? first;
    private PollWaiter? last;

    /// <summary>Whether nobody waits.</summary>
    public bool IsEmpty => first is null;

    /// <summary>Lets a waiter know of every change from now on. Again for the same queue changes nothing.</summary>
    /// <exception cref="InvalidOperationException">The waiter waits at another queue.</exception>
    public void Add(PollWaiter waiter)
    {
        if (waiter.Queue == this)
        {
            return;
        }

        if (waiter.Queue is not null)
        {
            throw new InvalidOperationException("the waiter waits for another file");
        }

        waiter.Queue = this;
        waiter.Previous = last;
        if (last is null)
        {
            first = waiter;
        }
        else
        {
            last.Next = waiter;
        }

        last = waiter;
    }

    /// <summary>Tells every waiter that something may be ready. They stay in the queue.</summary>
    /// <remarks><b>Kernel:</b> <c>wake_up_all()</c>. A waiter may leave while it is told.</remarks>
    public void WakeAll(PollEvents events)
    {
        for (PollWaiter? at = first; at is not null;)
        {
            PollWaiter? next = at.Next;
            at.Woken(events);
            at = next;
        }
    }

    internal void Remove(PollWaiter waiter)
    {
        Invariant.Holds(waiter.Queue == this);
        if (waiter.Previous is { } previous)
        {
            previous.Next = waiter.Next;
        }
        else
        {
            first = waiter.Next;
        }

        if (waiter.Next is { } next)
        {
            next.Previous = waiter.Previous;
        }
        else
        {
            last = waiter.Previous;
        }

        waiter.Queue = null;
        waiter.Next = null;
        waiter.Previous = null;
    }
}

/// <summary>Somebody who waits for one file to become ready.</summary>
/// <remarks>
/// <b>Kernel:</b> <c>struct poll_table_entry</c>. A caller that waits for several files has one for each.
/// </remarks>
public abstract class PollWaiter
{
    internal WaitQueue? Queue { get; set; }

    internal PollWaiter? Next { get; set; }

    internal PollWaiter? Previous { get; set; }

    /// <summary>Whether it waits.</summary>
    public bool IsWaiting => Queue is not null;

    /// <summary>Stops waiting.</summary>
    /// <remarks><b>Kernel:</b> <c>poll_freewait()</c>.</remarks>
    public void Leave() => Queue?.Remove(this);

    /// <summary>Something may be ready; the caller polls again to learn what.</summary>
    /// <remarks>It runs inside the call that made the file ready. No other waiter may leave meanwhile.</remarks>
    protected internal abstract void Woken(PollEvents events);
}
