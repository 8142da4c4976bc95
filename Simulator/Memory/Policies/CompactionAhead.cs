namespace DmaBufSim.Memory.Policies;

/// <summary>Between requests the window that the next one of the largest size would get is emptied.</summary>
/// <remarks>
/// What was emptied can be borrowed again: the page allocator is not told to stay away, as it is not by kcompactd.
/// </remarks>
public sealed class CompactionAhead : CmaPolicy
{
    private int largest;
    private int order;

    /// <inheritdoc/>
    protected internal override void Requested(CmaArea area, int pages, int alignOrder) =>
        (largest, order) = pages > largest ? (pages, alignOrder) : (largest, order);

    /// <inheritdoc/>
    protected internal override void Idle(CmaArea area)
    {
        if (largest > 0)
        {
            area.Evacuate(largest, order);
        }
    }
}
