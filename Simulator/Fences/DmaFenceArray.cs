namespace DmaBufSim.Fences;

/// <summary>A fence that signals when all of its members have, or on older kernels the first of them.</summary>
/// <remarks>
/// <para><b>Kernel:</b> drivers/dma-buf/dma-fence-array.c. Members are watched only from the moment somebody waits for
/// the array; until then a query counts those that have signalled.</para>
/// </remarks>
public sealed class DmaFenceArray : DmaFenceContainer
{
    private readonly DmaFence[] fences;
    private readonly MemberCallback[] callbacks;
    private int pending;
    private int firstError;

    private DmaFenceArray(FenceCore core, DmaFence[] fences, ulong context, ulong sequenceNumber, bool signalOnAny)
        : base(core, context, sequenceNumber, has64BitSequence: false)
    {
        this.fences = fences;
        pending = signalOnAny ? 1 : fences.Length;
        callbacks = new MemberCallback[fences.Length];
        for (int i = 0; i < callbacks.Length; i++)
        {
            callbacks[i] = new MemberCallback(this);
        }
    }

    /// <summary>The members.</summary>
    public ReadOnlySpan<DmaFence> Fences => fences;

    /// <summary>An array, with one reference that belongs to the caller.</summary>
    /// <param name="core">What the fences of the machine share.</param>
    /// <param name="fences">The members; the array takes over the list and the caller's references.</param>
    /// <param name="context">Its own context.</param>
    /// <param name="sequenceNumber">Its own sequence number.</param>
    /// <param name="signalOnAny">Whether the first member is enough.</param>
    /// <exception cref="ArgumentException">There are no members, or the kernel has no arrays that signal on
    /// any.</exception>
    /// <remarks><b>Kernel:</b> <c>dma_fence_array_create()</c>; a member that is a container warns.</remarks>
    public static DmaFenceArray Create(
        FenceCore core, DmaFence[] fences, ulong context, ulong sequenceNumber, bool signalOnAny = false)
    {
        if (fences.Length == 0)
        {
            throw new ArgumentException("an array needs members", nameof(fences));
        }

        if (signalOnAny && !core.Kernel.ArraysCanSignalOnAny)
        {
            throw new ArgumentException("this kernel has no arrays that signal on any", nameof(signalOnAny));
        }

        foreach (DmaFence fence in fences)
        {
            if (fence.IsContainer)
            {
                core.Trace.Warn("dma_fence_array_init", "dma_fence_is_container(fence)");
            }
        }

        return new DmaFenceArray(core, fences, context, sequenceNumber, signalOnAny);
    }

    /// <summary>The array of its own context that joins fences, as merging and exporting make it.</summary>
    internal static DmaFenceArray Join(FenceCore core, DmaFence[] fences) =>
        Create(core, fences, core.AllocateContexts(), 1);

    /// <inheritdoc/>
    public override bool MatchesContext(ulong context)
    {
        foreach (DmaFence fence in fences)
        {
            if (fence.Context != context)
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    protected override string GetDriverName() => "dma_fence_array";

    /// <inheritdoc/>
    protected override bool OnEnableSignaling()
    {
        for (int i = 0; i < fences.Length; i++)
        {
            // The callback keeps the array alive until it has run.
            Get();
            if (!fences[i].TryAdd(callbacks[i], atHead: false))
            {
                Take(fences[i].Error);
                Put();
                if (--pending == 0)
                {
                    TakeError(firstError);
                    return false;
                }
            }
        }

        return true;
    }

    /// <inheritdoc/>
    protected override bool PollSignaled()
    {
        if (SignalingEnabled)
        {
            if (pending > 0)
            {
                return false;
            }
        }
        else if (!EnoughHaveSignaled())
        {
            return false;
        }

        TakeError(firstError);
        return true;
    }

    /// <inheritdoc/>
    protected override void OnDeadline(long deadline)
    {
        foreach (DmaFence fence in fences)
        {
            fence.SetDeadline(deadline);
        }
    }

    /// <inheritdoc/>
    protected override void Release()
    {
        foreach (DmaFence fence in fences)
        {
            fence.Put();
        }
    }

    internal override void Work()
    {
        if (!HasSignaled)
        {
            TakeError(firstError);
            SignalNow(Core.Clock.Now);
        }

        Put();
    }

    private bool EnoughHaveSignaled()
    {
        int missing = pending;
        foreach (DmaFence fence in fences)
        {
            if (fence.IsSignaled() && --missing == 0)
            {
                return true;
            }
        }

        return false;
    }

    private void Take(int error)
    {
        if (firstError == 0)
        {
            firstError = error;
        }
    }

    private void MemberSignaled(DmaFence member)
    {
        Take(member.Error);
        if (--pending == 0)
        {
            Core.Queue(this);
        }
        else
        {
            Put();
        }
    }

    private sealed class MemberCallback(DmaFenceArray array) : DmaFenceCallback
    {
        protected internal override void Signaled(DmaFence fence) => array.MemberSignaled(fence);
    }
}
