using DmaBufSim.Memory;
using DmaBufSim.Memory.Policies;

namespace DmaBufSim.Tests.Hosting;

/// <summary>A policy that breaks the rules: it cannot be made.</summary>
[CmaPolicy("policy-throws-when-made")]
public sealed class PolicyThrowsWhenMade : CmaPolicy
{
    /// <summary>Fails.</summary>
    public PolicyThrowsWhenMade() => throw new FormatException("no luck today");
}

/// <summary>A policy that breaks the rules: its order throws, in the middle of a sort.</summary>
[CmaPolicy("order-throws")]
public sealed class OrderThrows : CmaPolicy
{
    /// <inheritdoc/>
    public override Comparison<FrameRun>? RunOrder => Compare;

    private static int Compare(FrameRun one, FrameRun other) => throw new FormatException("no order");
}

/// <summary>A policy that breaks the rules: it waits backwards.</summary>
[CmaPolicy("waits-backwards")]
public sealed class WaitsBackwards : CmaPolicy
{
    /// <inheritdoc/>
    public override int Retries => 3;

    /// <inheritdoc/>
    public override long RetryDelay => -5;
}

/// <summary>A policy that breaks the rules: it tries less than once.</summary>
[CmaPolicy("tries-backwards")]
public sealed class TriesBackwards : CmaPolicy
{
    /// <inheritdoc/>
    public override int Retries => -1;
}

/// <summary>A policy that breaks the rules: it does not tell what it has kept.</summary>
[CmaPolicy("kept-throws")]
public sealed class KeptThrows : CmaPolicy
{
    /// <inheritdoc/>
    protected internal override IEnumerable<FrameRun> KeptBlocks => throw new FormatException("nothing kept");
}

/// <summary>A policy that breaks the rules: it gives away what it has not kept, and is in use.</summary>
[CmaPolicy("gives-the-first-page")]
public sealed class GivesTheFirstPage : CmaPolicy
{
    /// <inheritdoc/>
    protected internal override int Reuse(CmaArea area, int pages, int alignOrder) => area.UsedPages > 0 ? 0 : -1;
}

/// <summary>A policy that breaks the rules: it gives away a page that no area has.</summary>
[CmaPolicy("gives-a-page-beyond")]
public sealed class GivesAPageBeyond : CmaPolicy
{
    /// <inheritdoc/>
    protected internal override int Reuse(CmaArea area, int pages, int alignOrder) => int.MaxValue;
}

/// <summary>A policy that breaks the rules: it gives the block that it has kept to everybody.</summary>
[CmaPolicy("gives-the-same-block")]
public sealed class GivesTheSameBlock : CmaPolicy
{
    private int page = -1;

    /// <inheritdoc/>
    protected internal override bool Keep(CmaArea area, int page, int pages)
    {
        this.page = page;
        return true;
    }

    /// <inheritdoc/>
    protected internal override int Reuse(CmaArea area, int pages, int alignOrder) => page;
}

/// <summary>A policy that breaks the rules: it aligns to more than any area has.</summary>
[CmaPolicy("aligns-to-everything")]
public sealed class AlignsToEverything : CmaPolicy
{
    /// <inheritdoc/>
    public override int MaxAlignment(int configured) => 99;
}
