namespace DmaBufSim.Fences;

/// <summary>
/// A fence that has signalled from the start, where a fence is asked for and there is nothing to wait for.
/// </summary>
/// <remarks><b>Kernel:</b> <c>dma_fence_stub_ops</c>: context 0, sequence number 0, no release operation.</remarks>
internal sealed class StubFence : DmaFence
{
    public StubFence(FenceCore core, long timestamp)
        : base(core, 0, 0)
    {
        EnableSignaling();
        SignalNow(timestamp);
    }

    /// <inheritdoc/>
    protected override string GetDriverName() => "stub";

    /// <inheritdoc/>
    protected override string GetTimelineName() => "stub";
}
