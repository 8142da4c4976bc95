namespace DmaBufSim.Memory.Policies;

/// <summary>
/// A block that was handed out once is never returned to the area: the next request of its size gets it.
/// </summary>
/// <remarks>As drivers with pools of their own do it: fast once it is warm, and lost to everybody else.</remarks>
public sealed class ReservedPool : CmaPolicy
{
    /// <inheritdoc/>
    protected internal override bool Keeps(CmaArea area, int page, int pages) => true;
}
