using DmaBufSim.Abi;

namespace DmaBufSim.Fences;

/// <summary>A point of a timeline: it signals when its own fence and every earlier point have.</summary>
/// <remarks>
/// <para><b>Kernel:</b> drivers/dma-buf/dma-fence-chain.c. Walking back forgets earlier points whose fence has
/// signalled.</para>
/// </remarks>
public sealed class DmaFenceChain : DmaFenceContainer
{
    private readonly LinkCallback callback;
    private DmaFence? previous;

    private DmaFenceChain(
        FenceCore core, DmaFence? previous, DmaFence fence, ulong context, ulong sequenceNumber, ulong previousNumber)
        : base(core, context, sequenceNumber, has64BitSequence: true)
    {
        this.previous = previous;
        Contained = fence;
        PreviousNumber = previousNumber;
        callback = new LinkCallback(this);
    }

    /// <summary>The fence of this point.</summary>
    public DmaFence Contained { get; }

    /// <summary>
    /// The sequence number of the point before, when this one was made; 0 at the start of a timeline.
    /// </summary>
    public ulong PreviousNumber { get; }

    /// <summary>The point before, as far as it is not forgotten. No reference is taken.</summary>
    public DmaFence? Previous => previous;

    /// <summary>A point after <paramref name="previous"/>, with one reference that belongs to the caller.</summary>
    /// <param name="core">What the fences of the machine share.</param>
    /// <param name="previous">The point or fence before, or null; the chain takes over the caller's reference.</param>
    /// <param name="fence">The fence of the point; the chain takes over the caller's reference.</param>
    /// <param name="sequenceNumber">Its place. One that does not go forward starts a timeline of its own.</param>
    /// <remarks><b>Kernel:</b> <c>dma_fence_chain_init()</c>; a contained fence that is a chain warns.</remarks>
    public static DmaFenceChain Create(FenceCore core, DmaFence? previous, DmaFence fence, ulong sequenceNumber)
    {
        if (fence is DmaFenceChain)
        {
            core.Trace.Warn("dma_fence_chain_init", "dma_fence_is_chain(fence)");
        }

        if (previous is not DmaFenceChain before)
        {
            return new DmaFenceChain(core, previous, fence, core.AllocateContexts(), sequenceNumber, 0);
        }

        return sequenceNumber > before.SequenceNumber
            ? new DmaFenceChain(core, previous, fence, before.Context, sequenceNumber, before.SequenceNumber)
            : new DmaFenceChain(core, previous, fence, core.AllocateContexts(), before.SequenceNumber, 0);
    }

    /// <summary>The fence of a point; a fence that is no chain itself.</summary>
    /// <remarks><b>Kernel:</b> <c>dma_fence_chain_contained()</c>. No reference is taken.</remarks>
    public static DmaFence ContainedIn(DmaFence fence) => fence is DmaFenceChain chain ? chain.Contained : fence;

    /// <summary>Goes to the point before, and forgets points on the way whose fence has signalled.</summary>
    /// <param name="fence">Where to start; the caller's reference is dropped.</param>
    /// <returns>The point before with a reference for the caller, or null at the end.</returns>
    /// <remarks><b>Kernel:</b> <c>dma_fence_chain_walk()</c>.</remarks>
    public static DmaFence? Walk(DmaFence fence)
    {
        DmaFence? before = null;
        if (fence is DmaFenceChain chain)
        {
            while (chain.previous is { } previous && ContainedIn(previous).IsSignaled())
            {
                chain.previous = (previous as DmaFenceChain)?.previous?.Get();
                previous.Put();
            }

            before = chain.previous?.Get();
        }

        fence.Put();
        return before;
    }

    /// <summary>Finds the point that has to signal before a sequence number is reached.</summary>
    /// <param name="fence">The newest point; replaced, with its reference, by the one that was found.</param>
    /// <param name="sequenceNumber">The number; 0 leaves everything as it is.</param>
    /// <returns>
    /// Success, with null for a point that has signalled and is forgotten; <see cref="Errno.EINVAL"/> if the fence is
    /// no chain or its number is lower.
    /// </returns>
    /// <remarks><b>Kernel:</b> <c>dma_fence_chain_find_seqno()</c>.</remarks>
    public static Result FindSequence(ref DmaFence? fence, ulong sequenceNumber)
    {
        if (sequenceNumber == 0)
        {
            return Result.Ok;
        }

        if (fence is not DmaFenceChain chain || chain.SequenceNumber < sequenceNumber)
        {
            return fence is null
                ? new Result(Errno.EINVAL, Reason.BeyondChain)
                : fence.Core.Trace.Refuse(Errno.EINVAL, Reason.BeyondChain);
        }

        ulong context = chain.Context;
        DmaFence? at = chain;
        while (at is not null)
        {
            if (at.Context != context || at is not DmaFenceChain node || node.PreviousNumber < sequenceNumber)
            {
                break;
            }

            at = Walk(at);
        }

        fence = at;
        return Result.Ok;
    }

    /// <inheritdoc/>
    protected override string GetDriverName() => "dma_fence_chain";

    /// <inheritdoc/>
    protected override bool OnEnableSignaling() => WatchNextLink();

    /// <inheritdoc/>
    protected override bool PollSignaled()
    {
        DmaFence? at = Get();
        while (at is not null)
        {
            if (!ContainedIn(at).IsSignaled())
            {
                at.Put();
                return false;
            }

            at = Walk(at);
        }

        return true;
    }

    /// <inheritdoc/>
    protected override void OnDeadline(long deadline)
    {
        DmaFence? at = Get();
        while (at is not null)
        {
            ContainedIn(at).SetDeadline(deadline);
            at = Walk(at);
        }
    }

    /// <inheritdoc/>
    /// <remarks>A long chain that nobody else holds is let go of link by link, without recursion.</remarks>
    protected override void Release()
    {
        while (previous is DmaFenceChain { References: 1 } before)
        {
            previous = before.previous;
            before.previous = null;
            before.Put();
        }

        previous?.Put();
        previous = null;
        Contained.Put();
    }

    internal override void Work()
    {
        if (!WatchNextLink())
        {
            SignalNow(Core.Clock.Now);
        }

        Put();
    }

    // One link is watched at a time, the newest that is pending. The watch keeps this node and the link's fence alive.
    private bool WatchNextLink()
    {
        DmaFence? at = Get();
        Get();
        while (at is not null)
        {
            DmaFence contained = ContainedIn(at).Get();
            if (contained.TryAdd(callback, atHead: false))
            {
                at.Put();
                return true;
            }

            contained.Put();
            at = Walk(at);
        }

        Put();
        return false;
    }

    private sealed class LinkCallback(DmaFenceChain chain) : DmaFenceCallback
    {
        protected internal override void Signaled(DmaFence fence)
        {
            chain.Core.Queue(chain);
            fence.Put();
        }
    }
}
