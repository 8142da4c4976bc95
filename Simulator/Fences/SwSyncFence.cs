namespace DmaBufSim.Fences;

/// <summary>A fence that signals when its timeline reaches a value.</summary>
/// <remarks><b>Kernel:</b> <c>struct sync_pt</c>, drivers/dma-buf/sw_sync.c.</remarks>
internal sealed class SwSyncFence : DmaFence
{
    private readonly SyncTimeline timeline;

    public SwSyncFence(SyncTimeline timeline, uint value)
        : base(timeline.Core, timeline.Context, value)
    {
        this.timeline = timeline;
        timeline.Get();
    }

    /// <summary>The earliest deadline that was set, or null.</summary>
    public long? Deadline { get; private set; }

    internal SwSyncFence? Before { get; set; }

    internal SwSyncFence? After { get; set; }

    /// <inheritdoc/>
    protected override bool HasRelease => true;

    /// <inheritdoc/>
    protected override bool HasDeadline => true;

    /// <inheritdoc/>
    protected override string GetDriverName() => "sw_sync";

    /// <inheritdoc/>
    protected override string GetTimelineName() => timeline.Name;

    /// <inheritdoc/>
    protected override bool PollSignaled() => timeline.HasReached(this);

    /// <inheritdoc/>
    protected override void OnDeadline(long deadline) =>
        Deadline = Deadline is { } earlier && earlier <= deadline ? earlier : deadline;

    /// <inheritdoc/>
    protected override void Release()
    {
        timeline.Unlink(this);
        timeline.Put();
    }
}
