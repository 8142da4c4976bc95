namespace DmaBufSim.Memory.Policies;

/// <summary>
/// A block that was handed out once is never returned to the area: the next request of its size gets it.
/// </summary>
/// <remarks>
/// <para>As drivers with pools of their own do it: fast and safe once it is warm, and lost to everybody else.</para>
/// <para><b>Cost:</b> one look at each block that is kept.</para>
/// </remarks>
public sealed class ReservedPool : CmaPolicy
{
    private readonly List<(int Page, int Pages)> kept = [];

    /// <summary>How many pages it keeps that nobody uses.</summary>
    public long KeptPages { get; private set; }

    /// <inheritdoc/>
    protected internal override int Reuse(CmaArea area, int pages, int alignOrder)
    {
        int bits = area.BitsFor(pages);
        int found = kept.FindIndex(block => area.BitsFor(block.Pages) == bits
            && area.IsAligned(block.Page, alignOrder));
        if (found < 0)
        {
            return -1;
        }

        (int page, int count) = kept[found];
        kept.RemoveAt(found);
        KeptPages -= count;
        return page;
    }

    /// <inheritdoc/>
    protected internal override IEnumerable<FrameRun> KeptBlocks =>
        kept.Select(block => new FrameRun(block.Page, block.Pages));

    /// <inheritdoc/>
    protected internal override bool Keep(CmaArea area, int page, int pages)
    {
        kept.Add((page, pages));
        KeptPages += pages;
        return true;
    }
}
