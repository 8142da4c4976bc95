using System.Collections.Immutable;
using DmaBufSim.Machines;
using DmaBufSim.Security;

namespace DmaBufSim.Scenarios;

/// <summary>What protection made of a step.</summary>
public enum StepAnswer
{
    /// <summary>It succeeded.</summary>
    Passed,

    /// <summary>It failed, and protection has no part in that.</summary>
    Failed,

    /// <summary>It was refused, and the rules of the heap give no right for it.</summary>
    Denied,

    /// <summary>It was refused, though the rules give the right.</summary>
    Barred,

    /// <summary>An access went through against the rules.</summary>
    Leaked,
}

/// <summary>What was so after a step.</summary>
/// <param name="Step">The step as a scenario writes it, or null before the first one.</param>
/// <param name="Outcome">Its outcome in a word; empty before the first one.</param>
/// <param name="Answer">What protection made of it.</param>
/// <param name="Changes">How often the hardware that protects was programmed meanwhile.</param>
/// <param name="Map">Who could touch what.</param>
public sealed record AccessMoment(string? Step, string Outcome, StepAnswer Answer, long Changes, AccessMap Map);

/// <summary>Who could touch protected bytes after each step of a story. Pure data.</summary>
/// <param name="Policy">The policy that it was played under.</param>
/// <param name="Moments">Before the first step, and after each.</param>
/// <param name="IsCrashed">Whether the machine crashed where the scenario did not expect it.</param>
public sealed record AccessStory(string Policy, ImmutableArray<AccessMoment> Moments, bool IsCrashed)
{
    /// <summary>Plays a scenario; what its steps must come to does not matter here.</summary>
    /// <exception cref="ArgumentException">The machine cannot be built.</exception>
    public static AccessStory Play(ScenarioRunner runner, Scenario scenario)
    {
        AccessAudit audit = new();
        ImmutableArray<AccessMoment>.Builder moments = ImmutableArray.CreateBuilder<AccessMoment>();
        string policy = "";
        long changes = 0;
        long right = 0;
        long wrong = 0;
        long leaks = 0;
        RunResult result = runner.Run(scenario, new RunOptions
        {
            Sink = audit,
            Watch = (machine, played) =>
            {
                audit.Begin(machine);
                policy = machine.Policy.Name;
                ProtectionCounters counters = machine.Firewall.Counters;
                StepAnswer answer = audit.Leaks > leaks ? StepAnswer.Leaked
                    : counters.WrongDenials > wrong ? StepAnswer.Barred
                    : counters.RightDenials > right ? StepAnswer.Denied
                    : played is null || played.Outcome.IsOk ? StepAnswer.Passed
                    : StepAnswer.Failed;
                moments.Add(new AccessMoment(
                    played?.Step.ToString(),
                    played?.Outcome.Name ?? "",
                    answer,
                    counters.Changes - changes,
                    AccessMap.Of(machine)));
                changes = counters.Changes;
                right = counters.RightDenials;
                wrong = counters.WrongDenials;
                leaks = audit.Leaks;
            },
        });
        return new AccessStory(policy, moments.DrainToImmutable(), result.End == RunEnd.Crashed);
    }
}
