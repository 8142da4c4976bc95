namespace DmaBufSim.Memory.Policies;

/// <summary>The shortest free run that has room, so that long ones stay long.</summary>
public sealed class BestFit : CmaPolicy
{
    /// <inheritdoc/>
    public override Comparison<FrameRun>? RunOrder => (one, other) => one.Count.CompareTo(other.Count);
}
