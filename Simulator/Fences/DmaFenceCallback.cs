namespace DmaBufSim.Fences;

/// <summary>Something to run when a fence signals. It waits at one fence at a time.</summary>
/// <remarks>
/// <para><b>Kernel:</b> <c>struct dma_fence_cb</c>. It links itself into the fence's list, so adding, removing and
/// running it allocate nothing; after it has run it may be used again.</para>
/// </remarks>
public abstract class DmaFenceCallback
{
    /// <summary>Whether it waits at a fence.</summary>
    public bool IsQueued => Owner is not null;

    internal DmaFence? Owner { get; set; }

    internal DmaFenceCallback? Next { get; set; }

    internal DmaFenceCallback? Previous { get; set; }

    /// <summary>The fence has signalled. It is called once, inside the call that signals.</summary>
    /// <remarks>
    /// It runs as in an interrupt: it may not sleep, and the lock of <paramref name="fence"/> is held.
    /// </remarks>
    protected internal abstract void Signaled(DmaFence fence);
}
