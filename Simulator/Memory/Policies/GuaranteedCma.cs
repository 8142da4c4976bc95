namespace DmaBufSim.Memory.Policies;

/// <summary>Idle pages hold only what can be dropped at once, and cannot be pinned.</summary>
/// <remarks>
/// <b>Kernel:</b> none; GCMA, S. Park, M. Kim and H. Yeom, 2015. A request never waits for a copy and never meets a
/// pinned page; anonymous memory cannot use the area.
/// </remarks>
public sealed class GuaranteedCma : CmaPolicy
{
    /// <inheritdoc/>
    public override CmaLending Lends => CmaLending.Discardable;

    /// <inheritdoc/>
    public override bool AllowsPins => false;
}
