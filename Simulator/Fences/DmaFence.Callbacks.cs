using DmaBufSim.Abi;
using DmaBufSim.Tracing;

namespace DmaBufSim.Fences;

public abstract partial class DmaFence
{
    private DmaFenceCallback? first;
    private DmaFenceCallback? last;

    /// <summary>Asks for a callback when the fence signals.</summary>
    /// <param name="callback">It runs once, inside the call that signals.</param>
    /// <returns>
    /// <see cref="Errno.ENOENT"/> if the fence has signalled: the callback will not run, and the caller goes on.
    /// </returns>
    /// <exception cref="KernelBugException">The callback waits at a fence already.</exception>
    /// <remarks><b>Kernel:</b> <c>dma_fence_add_callback()</c>.</remarks>
    public Result AddCallback(DmaFenceCallback callback) => TryAdd(callback, atHead: false)
        ? Result.Ok
        : Core.Trace.Refuse(Errno.ENOENT, Reason.FenceAlreadySignaled);

    /// <summary>
    /// The same for somebody who waits: waiters are told before every callback that is there already.
    /// </summary>
    /// <returns>What <see cref="AddCallback"/> answers.</returns>
    /// <remarks><b>Kernel:</b> <c>dma_fence_default_wait()</c>, without the sleep.</remarks>
    public Result AddWaiter(DmaFenceCallback waiter) => TryAdd(waiter, atHead: true)
        ? Result.Ok
        : Core.Trace.Refuse(Errno.ENOENT, Reason.FenceAlreadySignaled);

    /// <summary>Takes a callback back.</summary>
    /// <returns>False if it has run, or never was here.</returns>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>dma_fence_remove_callback()</c>. From a callback of the same fence Linux would wait for
    /// a lock that it holds; here that is a warning.</para>
    /// </remarks>
    public bool RemoveCallback(DmaFenceCallback callback)
    {
        if (runsCallbacks)
        {
            Core.Trace.Warn("dma_fence_remove_callback", "called with the fence lock held");
        }

        if (callback.Owner != this)
        {
            return false;
        }

        Unlink(callback);
        return true;
    }

    internal bool TryAdd(DmaFenceCallback callback, bool atHead)
    {
        if (HasSignaled)
        {
            return false;
        }

        if (callback.IsQueued)
        {
            throw new KernelBugException("__list_add_valid_or_report", "list_add double add");
        }

        Core.DisableInterrupts();
        bool pending = TryEnableSignaling();
        if (pending)
        {
            Link(callback, atHead);
        }

        Core.EnableInterrupts();
        return pending;
    }

    private void Link(DmaFenceCallback callback, bool atHead)
    {
        callback.Owner = this;
        if (first is null)
        {
            first = callback;
            last = callback;
        }
        else if (atHead)
        {
            callback.Next = first;
            first.Previous = callback;
            first = callback;
        }
        else
        {
            callback.Previous = last;
            last!.Next = callback;
            last = callback;
        }
    }

    private void Unlink(DmaFenceCallback callback)
    {
        if (callback.Previous is { } previous)
        {
            previous.Next = callback.Next;
        }
        else
        {
            first = callback.Next;
        }

        if (callback.Next is { } next)
        {
            next.Previous = callback.Previous;
        }
        else
        {
            last = callback.Previous;
        }

        callback.Owner = null;
        callback.Next = null;
        callback.Previous = null;
    }
}
