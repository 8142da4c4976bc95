using System.Collections.Immutable;
using DmaBufSim.Abi;
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

    /// <summary>Those of them for which there was no memory.</summary>
    public long StoryFailures { get; init; }

    /// <summary>When the first of those was refused, in nanoseconds since boot; null where none was.</summary>
    public long? FirstStoryFailure { get; init; }

    /// <summary>Buffers that the story and the tenants asked for.</summary>
    public long Requests => StoryRequests + Workload.Allocations + Workload.Failures;

    /// <summary>Those of them for which there was no memory.</summary>
    public long Failures => StoryFailures + Workload.Failures;

    /// <summary>When the first of those was refused, in nanoseconds since boot; null where none was.</summary>
    public long? FirstFailure => (FirstStoryFailure, Workload.FirstFailure) switch
    {
        ({ } one, { } other) => Math.Min(one, other),
        var (one, other) => one ?? other,
    };
}

/// <summary>A figure that trials are compared by.</summary>
/// <param name="Name">Its name, short enough for the head of a column.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Meaning">What it is, in a sentence.</param>
/// <param name="Of">The figure of one trial; null where it has none.</param>
public sealed record TrialMetric(string Name, string Unit, string Meaning, Func<TrialEnd, double?> Of);

/// <summary>What trials differ in, and what they are compared by.</summary>
/// <param name="Question">What is compared, in a few words.</param>
/// <param name="Policies">The words that it knows, in their order.</param>
/// <param name="Apply">Gives a machine another policy.</param>
/// <param name="Metrics">The figures.</param>
public sealed record TrialKind(
    string Question,
    ImmutableArray<string> Policies,
    Func<MachineDescription, string, MachineDescription> Apply,
    ImmutableArray<TrialMetric> Metrics)
{
    private const double Nanoseconds = 1e9;
    private const double Milliseconds = 1e-6;

    /// <summary>Every kind there is.</summary>
    public static ImmutableArray<TrialKind> All(Vocabulary vocabulary) => [OfAreas(vocabulary)];

    /// <summary>The policies of CMA areas.</summary>
    public static TrialKind OfAreas(Vocabulary vocabulary) => new(
        "policies of CMA areas",
        vocabulary.CmaPolicies,
        (machine, policy) => machine with
        {
            CmaPolicy = policy,
            Areas = [.. machine.Areas.Select(area => area with { Policy = null })],
        },
        [
            new("failed", "%", "buffers for which there was no memory, of all that were asked for",
                end => end.Requests == 0 ? null : 100.0 * end.Failures / end.Requests),
            new("first", "s", "when the first buffer was refused, or the whole time of the run",
                end => (end.FirstFailure ?? end.Machine.Clock.Now) / Nanoseconds),
            new("fit", "MiB", "the largest buffer that an area could still give at the end",
                end => BackgroundActions.LargestFit(end.Machine) / (double)(1 << 20)),
            new("moved", "pages", "pages that were copied out of the way, for each buffer",
                end => PerRequest(end, end.Machine.Areas.Sum(area => area.MovedPages))),
            new("latency", "ms", "what a buffer takes on a modelled machine",
                end => end.Workload.Requests == 0
                    ? null
                    : end.Workload.TotalLatency * Milliseconds / end.Workload.Requests),
            new("slowest", "ms", "the buffer that took longest",
                end => end.Workload.Requests == 0 ? null : end.Workload.LongestLatency * Milliseconds),
        ]);

    private static double? PerRequest(TrialEnd end, long count) =>
        end.Requests == 0 ? null : count / (double)end.Requests;
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
    /// <returns>The figures, in the order of the kind.</returns>
    /// <exception cref="ArgumentException">The machine cannot be built with this policy.</exception>
    /// <remarks><b>Thread safety:</b> trials share nothing, so many may run side by side.</remarks>
    public static ImmutableArray<double?> Play(
        ScenarioRunner runner, Scenario scenario, TrialKind kind, string policy, ulong seed)
    {
        ImmutableArray<double?> figures = [];
        Run(
            runner,
            scenario with { Machine = kind.Apply(scenario.Machine, policy) with { Seed = seed } },
            end => figures = [.. kind.Metrics.Select(metric => metric.Of(end))]);
        return figures;
    }

    /// <summary>Plays a scenario and counts what was asked for.</summary>
    /// <param name="runner">The runner.</param>
    /// <param name="scenario">The scenario.</param>
    /// <param name="look">Called after the last step, while the tenants are still there.</param>
    public static RunResult Run(ScenarioRunner runner, Scenario scenario, Action<TrialEnd> look)
    {
        long requests = 0;
        long failures = 0;
        long? first = null;
        return runner.Run(scenario, new RunOptions
        {
            Watch = (machine, played) =>
            {
                bool isRequest = played?.Step.Verb.Name == "alloc";
                bool isFailure = isRequest && played!.Outcome.Name == nameof(Errno.ENOMEM);
                requests += isRequest ? 1 : 0;
                failures += isFailure ? 1 : 0;
                first ??= isFailure ? machine.Clock.Now : null;
            },
            Ended = (machine, tenants) => look(new TrialEnd(machine, tenants?.Total ?? new WorkloadFigures())
            {
                StoryRequests = requests,
                StoryFailures = failures,
                FirstStoryFailure = first,
            }),
        });
    }
}
