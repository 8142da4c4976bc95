namespace DmaBufSim.Memory;

/// <summary>A policy breaks the rules of <see cref="CmaPolicy"/>: its own defect, not that of a scenario.</summary>
/// <param name="policy">The policy.</param>
/// <param name="does">What it did, and what it may do.</param>
public sealed class CmaPolicyFaultException(CmaPolicy policy, FormattableString does)
    : Exception($"the policy {policy.GetType().Name} {FormattableString.Invariant(does)}");
