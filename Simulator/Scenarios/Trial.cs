using System.Collections.Immutable;
using DmaBufSim.Abi;
using DmaBufSim.Checking;
using DmaBufSim.Devices;
using DmaBufSim.Machines;
using DmaBufSim.Workloads;

namespace DmaBufSim.Scenarios;

/// <summary>A machine at the end of a trial, and what was counted on the way.</summary>
/// <param name="Machine">The machine, with its tenants still there.</param>
/// <param name="Workload">What its tenants did.</param>
public sealed record TrialEnd(Machine Machine, WorkloadFigures Workload)
{
    /// <summary>Buffers that the steps of the story asked for.</summary>
    public long StoryRequests { get; init; }

    /// <summary>Those of them for which there was no memory, or that hardware could not protect.</summary>
    public long StoryFailures { get; init; }

    /// <summary>When the first of those was refused, in nanoseconds since boot; null where none was.</summary>
    public long? FirstStoryFailure { get; init; }

    /// <summary>
    /// The first step that was refused although the story does not write it as refused; null where there was none, or
    /// a buffer had been refused before. Requests for buffers that could not be had are none of them.
    /// </summary>
    public PlayedStep? Refused { get; init; }

    /// <summary>Accesses that the rules forbid and nobody stopped.</summary>
    public long Leaks => Audit?.Leaks ?? 0;

    /// <summary>
    /// How many bytes that a program had drawn came to a device that reads frames, by a way; 0 where nobody audits.
    /// </summary>
    public long Shown(TextWay way) => Audit?.Shown(way) ?? 0;

    internal AccessAudit? Audit { get; init; }

    /// <summary>Buffers that the story and the tenants asked for.</summary>
    public long Requests => StoryRequests + Workload.Allocations + Workload.Failures;

    /// <summary>Those of them that could not be had.</summary>
    public long Failures => StoryFailures + Workload.Failures;

    /// <summary>When the first of those was refused, in nanoseconds since boot; null where none was.</summary>
    public long? FirstFailure => (FirstStoryFailure, Workload.FirstFailure) switch
    {
        ({ } one, { } other) => Math.Min(one, other),
        var (one, other) => one ?? other,
    };
}

/// <summary>What came out of a trial.</summary>
/// <param name="Figures">The figures, in the order of the kind; they end where the machine crashed.</param>
/// <param name="IsCrashed">Whether the machine crashed where the scenario did not expect it.</param>
public readonly record struct TrialResult(ImmutableArray<double?> Figures, bool IsCrashed)
{
    /// <summary>The most that each figure could have been; infinite where nothing limits it.</summary>
    public ImmutableArray<double> Bounds { get; init; } = [];
}

/// <summary>Plays a scenario under a policy and with a seed, and takes its figures.</summary>
public static class Trial
{
    /// <summary>Plays one trial.</summary>
    /// <param name="runner">The runner.</param>
    /// <param name="scenario">The scenario; what its steps must come to does not matter here.</param>
    /// <param name="kind">What it differs in.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="seed">The seed of the machine.</param>
    /// <param name="knows">
    /// How every driver learns that a buffer is protected, whatever its line says; null for what the lines say.
    /// </param>
    /// <returns>The figures.</returns>
    /// <exception cref="ArgumentException">The machine cannot be built with this policy.</exception>
    /// <remarks><b>Thread safety:</b> trials share nothing, so many may run side by side.</remarks>
    public static TrialResult Play(
        ScenarioRunner runner,
        Scenario scenario,
        TrialKind kind,
        string policy,
        ulong seed,
        ImporterKnowledge? knows = null)
    {
        MachineDescription machine = kind.Apply(scenario.Machine, policy) with { Seed = seed };
        if (knows is not null)
        {
            machine = machine with
            {
                Knows = knows,
                Devices = [.. machine.Devices.Select(device => device with { Knows = null })],
            };
        }

        ImmutableArray<double?> figures = [];
        ImmutableArray<double> bounds = [];
        RunResult result = Run(runner, kind.Audits, scenario with { Machine = machine }, end =>
        {
            figures = [.. kind.Metrics.Select(metric => metric.Of(end))];
            bounds = [.. kind.Metrics.Select(metric => metric.Most?.Invoke(end) ?? double.PositiveInfinity)];
        });
        return new TrialResult(figures, result.End == RunEnd.Crashed) { Bounds = bounds };
    }

    /// <summary>Plays a scenario and counts what was asked for.</summary>
    /// <param name="runner">The runner.</param>
    /// <param name="audits">Whether every access is held against the rules.</param>
    /// <param name="scenario">The scenario.</param>
    /// <param name="look">Called after the last step, while the tenants are still there.</param>
    public static RunResult Run(ScenarioRunner runner, bool audits, Scenario scenario, Action<TrialEnd> look)
    {
        AccessAudit? audit = audits ? new AccessAudit() : null;
        long requests = 0;
        long failures = 0;
        long? first = null;
        PlayedStep? refused = null;
        return runner.Run(scenario, new RunOptions
        {
            Sink = audit,
            Watch = (machine, played) =>
            {
                audit?.Begin(machine);
                bool isRequest = played?.Step.Verb.Name == "alloc";
                bool isFailure = isRequest && CannotBeHad(played!.Outcome);
                requests += isRequest ? 1 : 0;
                failures += isFailure ? 1 : 0;
                first ??= isFailure ? machine.Clock.Now : null;
                refused ??= failures == 0 && IsRefused(played) ? played : null;
            },
            Ended = (machine, tenants) => look(new TrialEnd(machine, tenants?.Total ?? new WorkloadFigures())
            {
                StoryRequests = requests,
                StoryFailures = failures,
                FirstStoryFailure = first,
                Refused = refused,
                Audit = audit,
            }),
        });
    }

    private static bool IsRefused(PlayedStep? played) => played is not null
        && (played.Step.Expected ?? Expectation.Success).IsOk
        && played.Outcome is { IsOk: false, IsCrash: false };

    // For want of memory, or of hardware that could protect it; what is a mistake in a request is none of it.
    private static bool CannotBeHad(Outcome outcome) => outcome.Name == nameof(Errno.ENOMEM)
        || outcome.Refusal.Reason is Reason.GuardIsFull or Reason.GranuleMissed or Reason.MastersShareId;
}
