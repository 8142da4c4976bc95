using System.Collections.Immutable;
using DmaBufSim.Security;
using DmaBufSim.Tracing;

namespace DmaBufSim.Scenarios;

/// <summary>A step that was played.</summary>
/// <param name="Step">The step.</param>
/// <param name="Outcome">What it came to.</param>
/// <param name="Difference">What differs from its expectation, or null where it came out as it had to.</param>
/// <param name="Changes">What it changed in the machine, in order; empty where nobody asked for that.</param>
public sealed record PlayedStep(
    Step Step, Outcome Outcome, string? Difference, ImmutableArray<TraceRecord> Changes)
{
    /// <summary>What more there is to say of a failure; empty where nobody asked for that.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];
}

/// <summary>What became of a verdict.</summary>
/// <param name="Verdict">The verdict.</param>
/// <param name="Violation">What was wrong first, or null where it holds.</param>
/// <param name="Line">The line of the step at which that was seen; 0 after the last step.</param>
public sealed record JudgedVerdict(Verdict Verdict, string? Violation, int Line);

/// <summary>How a run ended.</summary>
public enum RunEnd
{
    /// <summary>Every step came out as it had to, and every verdict holds.</summary>
    Passed,

    /// <summary>A step came out otherwise, or a verdict is broken.</summary>
    Failed,

    /// <summary>
    /// The simulated kernel met a BUG where the scenario did not expect one, or steps were left after it.
    /// </summary>
    Crashed,
}

/// <summary>What a run came to.</summary>
/// <param name="Scenario">What was run.</param>
/// <param name="End">How it ended.</param>
/// <param name="StepsPlayed">How many of its steps were played; fewer than all only after a crash.</param>
/// <param name="Wrong">The steps that came out otherwise, in order.</param>
/// <param name="Verdicts">The verdicts, in the order of the file.</param>
/// <param name="Warnings">What a kernel would have printed as WARN, oldest first.</param>
public sealed record RunResult(
    Scenario Scenario,
    RunEnd End,
    int StepsPlayed,
    ImmutableArray<PlayedStep> Wrong,
    ImmutableArray<JudgedVerdict> Verdicts,
    ImmutableArray<KernelWarning> Warnings)
{
    /// <summary>What protection has cost, and whom it has stopped at which step.</summary>
    public required ProtectionCounters Counters { get; init; }

    /// <summary>How many verdicts are broken.</summary>
    public int BrokenVerdicts => Verdicts.Count(verdict => verdict.Violation is not null);
}
