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

/// <summary>A policy that breaks the rules: it aligns to more than any area has.</summary>
[CmaPolicy("aligns-to-everything")]
public sealed class AlignsToEverything : CmaPolicy
{
    /// <inheritdoc/>
    public override int MaxAlignment(int configured) => 99;
}
