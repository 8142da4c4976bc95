namespace DmaBufSim.Memory.Policies;

/// <summary>First fit with another limit on the alignment of large requests.</summary>
/// <param name="order">The highest alignment order.</param>
/// <remarks>
/// <b>Kernel:</b> CONFIG_CMA_ALIGNMENT, 2 to 12 and 8 by default. A low cap wastes fewer pages between buffers and has
/// more windows to try where pages are pinned.
/// </remarks>
public sealed class AlignmentCap(int order) : CmaPolicy
{
    /// <inheritdoc/>
    public override int MaxAlignment(int configured) => order;
}
