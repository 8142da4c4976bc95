namespace DmaBufSim.Fences;

/// <summary>A fence made of fences, which signals from interrupt work a little after they do.</summary>
/// <remarks>
/// <para><b>Kernel:</b> <c>struct dma_fence_array</c> and <c>struct dma_fence_chain</c> with their <c>irq_work</c>. The
/// work runs when the outermost signalling section ends: after the callbacks of the member, before the call
/// returns.</para>
/// </remarks>
public abstract class DmaFenceContainer : DmaFence
{
    private protected DmaFenceContainer(FenceCore core, ulong context, ulong sequenceNumber, bool has64BitSequence)
        : base(core, context, sequenceNumber, has64BitSequence)
    {
    }

    internal DmaFenceContainer? NextWork { get; set; }

    /// <inheritdoc/>
    protected override bool HasRelease => true;

    /// <inheritdoc/>
    protected override bool HasDeadline => true;

    /// <inheritdoc/>
    protected override string GetTimelineName() => "unbound";

    /// <summary>What was put off until interrupts are on.</summary>
    internal abstract void Work();
}
