using DmaBufSim.Abi;
using DmaBufSim.Tracing;

namespace DmaBufSim.Fences;

public abstract partial class DmaFence
{
    private bool signalingEnabled;
    private bool runsCallbacks;

    /// <summary>Signals the fence: every callback runs once, in the order in which they were added.</summary>
    /// <returns>
    /// <see cref="Errno.EINVAL"/> if it has signalled already; a kernel whose function returns nothing answers success.
    /// </returns>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>dma_fence_signal()</c>.</para>
    /// <para><b>Cost:</b> one step for each callback; nothing is allocated.</para>
    /// </remarks>
    public Result Signal() => SignalAt(Core.Clock.Now);

    /// <summary>Signals the fence with the time at which the work ended.</summary>
    /// <returns>What <see cref="Signal"/> answers.</returns>
    /// <remarks><b>Kernel:</b> <c>dma_fence_signal_timestamp()</c>.</remarks>
    public Result SignalAt(long timestamp) => SignalNow(timestamp) || !Core.Kernel.RefusesSecondSignal
        ? Result.Ok
        : Core.Trace.Refuse(Errno.EINVAL, Reason.FenceAlreadySignaled);

    /// <summary>Signals the fence and tells whether it had signalled before.</summary>
    /// <remarks><b>Kernel:</b> <c>dma_fence_check_and_signal()</c>, 7.x.</remarks>
    public bool CheckAndSignal() => !SignalNow(Core.Clock.Now);

    /// <summary>Whether the fence has signalled. If the device says so, this signals it.</summary>
    /// <remarks><b>Kernel:</b> <c>dma_fence_is_signaled()</c>.</remarks>
    public bool IsSignaled()
    {
        if (HasSignaled)
        {
            return true;
        }

        if (!PollSignaled())
        {
            return false;
        }

        SignalNow(Core.Clock.Now);
        return true;
    }

    /// <summary>0 while pending, 1 when signalled, or the negative error number of the work.</summary>
    /// <remarks><b>Kernel:</b> <c>dma_fence_get_status()</c>.</remarks>
    public int GetStatus()
    {
        if (!IsSignaled())
        {
            return 0;
        }

        return error != 0 ? error : 1;
    }

    /// <summary>Makes sure that the fence will signal by itself. The driver is asked once.</summary>
    /// <remarks>
    /// <b>Kernel:</b> <c>dma_fence_enable_signaling()</c>; <c>dma_fence_enable_sw_signaling()</c> before 7.3.
    /// </remarks>
    public void EnableSignaling()
    {
        Core.DisableInterrupts();
        TryEnableSignaling();
        Core.EnableInterrupts();
    }

    /// <summary>Waits for the fence, as far as a caller can that must not sleep.</summary>
    /// <param name="timeout">The longest wait; 0 tests.</param>
    /// <returns>
    /// The time that is left, at least 1, if the fence has signalled; 0 if it is pending; <see cref="Errno.EINVAL"/>
    /// with a warning for a negative time.
    /// </returns>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>dma_fence_wait_timeout()</c>.</para>
    /// <para><b>Differs:</b> nobody else runs during a call, so a pending fence is as a wait that ran out. A caller
    /// that
    /// wants to go on later uses <see cref="AddWaiter"/>.</para>
    /// </remarks>
    public Result<long> WaitTimeout(long timeout)
    {
        if (timeout < 0)
        {
            Core.Trace.Warn("dma_fence_wait_timeout", "timeout < 0");
            return Core.Trace.Refuse(Errno.EINVAL, Reason.TimeoutNegative);
        }

        Core.NoteWait(timeout, "a fence");
        EnableSignaling();
        if (!HasSignaled)
        {
            return 0;
        }

        return timeout == 0 ? 1 : timeout;
    }

    /// <summary>Waits for the first of several fences, as far as a caller can that must not sleep.</summary>
    /// <param name="fences">The fences; at least one.</param>
    /// <param name="timeout">The longest wait; 0 tests.</param>
    /// <param name="index">The first fence that was found signalled, or -1.</param>
    /// <returns>What <see cref="WaitTimeout"/> answers; <see cref="Errno.EINVAL"/> without fences too.</returns>
    /// <remarks><b>Kernel:</b> <c>dma_fence_wait_any_timeout()</c>.</remarks>
    public static Result<long> WaitAny(ReadOnlySpan<DmaFence> fences, long timeout, out int index)
    {
        index = -1;
        if (fences.IsEmpty)
        {
            return new Result(Errno.EINVAL, Reason.TimeoutNegative);
        }

        if (timeout < 0)
        {
            fences[0].Core.Trace.Warn("dma_fence_wait_any_timeout", "timeout < 0");
            return fences[0].Core.Trace.Refuse(Errno.EINVAL, Reason.TimeoutNegative);
        }

        for (int i = 0; i < fences.Length; i++)
        {
            if (timeout > 0)
            {
                fences[i].EnableSignaling();
            }

            if (timeout > 0 ? fences[i].HasSignaled : fences[i].IsSignaled())
            {
                index = i;
                return timeout == 0 ? 1 : timeout;
            }
        }

        return 0;
    }

    internal bool SignalNow(long timestamp)
    {
        if (HasSignaled)
        {
            return false;
        }

        Core.DisableInterrupts();
        DmaFence? outer = Core.Signaling;
        Core.Signaling = this;
        HasSignaled = true;
        Timestamp = timestamp;
        Note(TraceEvent.FenceSignaled, error != 0 ? error : 1);
        runsCallbacks = true;
        while (first is { } callback)
        {
            Unlink(callback);
            callback.Signaled(this);
        }

        runsCallbacks = false;
        Core.Signaling = outer;
        Core.EnableInterrupts();
        return true;
    }

    private protected bool SignalingEnabled => signalingEnabled;

    private bool TryEnableSignaling()
    {
        bool wasEnabled = signalingEnabled;
        signalingEnabled = true;
        if (HasSignaled)
        {
            return false;
        }

        if (!wasEnabled && !OnEnableSignaling())
        {
            SignalNow(Core.Clock.Now);
            return false;
        }

        return true;
    }
}
