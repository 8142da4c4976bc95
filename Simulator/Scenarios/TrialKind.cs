using System.Collections.Immutable;
using System.Globalization;
using DmaBufSim.Checking;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Memory;
using DmaBufSim.Memory.Policies;
using DmaBufSim.Scenarios.Verbs;
using DmaBufSim.Security;

namespace DmaBufSim.Scenarios;

/// <summary>A figure that trials are compared by; it is never negative.</summary>
/// <param name="Name">Its name, short enough for the head of a column.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Meaning">What it is, in a sentence.</param>
/// <param name="Of">The figure of one trial; null where it has none.</param>
public sealed record TrialMetric(string Name, string Unit, string Meaning, Func<TrialEnd, double?> Of)
{
    /// <summary>Whether it belongs into a second table, beside others that say where something happened.</summary>
    public bool IsDetail { get; init; }

    /// <summary>The most that it could have been in a trial; null where nothing limits it.</summary>
    public Func<TrialEnd, double>? Most { get; init; }
}

/// <summary>A policy that trials are played under.</summary>
/// <param name="Name">Its word.</param>
/// <param name="Notes">What there is to say of it that is no figure.</param>
public sealed record TrialPolicy(string Name, ImmutableArray<string> Notes);

/// <summary>What trials differ in, and what they are compared by.</summary>
/// <param name="Question">What is compared, in a few words.</param>
/// <param name="Policies">The policies, in their order.</param>
/// <param name="Apply">Gives a machine another policy.</param>
/// <param name="Metrics">The figures.</param>
public sealed record TrialKind(
    string Question,
    ImmutableArray<TrialPolicy> Policies,
    Func<MachineDescription, string, MachineDescription> Apply,
    ImmutableArray<TrialMetric> Metrics)
{
    private const double Nanosecond = 1e-9;
    private const double MiB = 1 << 20;
    private const double PageMiB = PhysicalMemory.PageSize / MiB;

    /// <summary>Whether every access of a trial is held against the rules of the heaps.</summary>
    public bool Audits { get; init; }

    /// <summary>Every kind there is, with the policies that a builder knows.</summary>
    public static ImmutableArray<TrialKind> All(MachineBuilder builder) =>
        [OfAreas(builder.CmaPolicies), OfProtection(builder.Policies)];

    /// <summary>How areas are used.</summary>
    public static TrialKind OfAreas(ImmutableArray<CmaPolicyType> policies) => new(
        "policies of CMA areas",
        [.. policies.Select(policy => new TrialPolicy(policy.Name, [policy.Summary]))],
        (machine, policy) => machine with
        {
            CmaPolicy = policy,
            Areas = [.. machine.Areas.Select(area => area with { Policy = null })],
        },
        [
            Failed,
            new("first", "s", "when the first buffer was refused, or the whole time of the run",
                end => (end.FirstFailure ?? end.Machine.Clock.Now) * Nanosecond)
            {
                Most = end => end.Machine.Clock.Now * Nanosecond,
            },
            new("fit", "MiB", "the largest buffer that an area could still give at the end",
                end => BackgroundActions.LargestFit(end.Machine) / MiB)
            {
                Most = end => end.Machine.Areas.Select(area => area.TotalPages).DefaultIfEmpty().Max() * PageMiB,
            },
            new("moved", "pages", "pages that were copied out of the way, for each buffer",
                end => end.Requests == 0
                    ? null
                    : end.Machine.Areas.Sum(area => area.MovedPages) / (double)end.Requests),
            new("latency", "ms", "what a buffer takes on a modelled machine",
                end => end.Workload.Requests == 0
                    ? null
                    : end.Workload.TotalLatency * Nanosecond * 1000 / end.Workload.Requests),
            new("slowest", "ms", "the buffer that took longest",
                end => end.Workload.Requests == 0 ? null : end.Workload.LongestLatency * Nanosecond * 1000),
        ]);

    /// <summary>What becomes of the rules of heaps.</summary>
    public static TrialKind OfProtection(ImmutableArray<SecurePolicy> policies) => new(
        "who may touch a secure buffer",
        [
            .. policies.Select(policy => new TrialPolicy(
                policy.Name,
                [
                    $"promises: {policy.Promise}",
                    $"cannot express: {policy.CannotExpress}",
                    $"subtitles: {policy.Subtitles}",
                ])),
        ],
        (machine, policy) => machine with { Policy = policy },
        [
            new("aside", "MiB", "memory that is set aside at boot and serves nobody else",
                end => end.Machine.Firewall.Counters.SetAsideBytes / MiB),
            Failed,
            new("changes", "", "how often the hardware was programmed",
                end => end.Machine.Firewall.Counters.Changes),
            new("time", "us", "what that took", end => end.Machine.Firewall.Counters.Nanoseconds / 1000.0),
            new("denied", "", "refused, and the rules give no right for it",
                end => end.Machine.Firewall.Counters.RightDenials),
            new("barred", "", "refused, though the rules give the right",
                end => end.Machine.Firewall.Counters.WrongDenials),
            new("leaks", "", "accesses against the rules that went through, also to copies", end => end.Leaks),
            new("config", "lines", "lines of the declaration that it needs", ConfigurationLines(policies)),
            Subtitles("in place", TextWay.InPlace),
            Subtitles("by ta", TextWay.ByTa),
            Subtitles("by device", TextWay.ByDevice),
            Subtitles("own plane", TextWay.OwnPlane),
            .. Steps("importers failed", "devices came to grief", (counters, step) => counters.ImporterFailures(step)),
            .. Steps("refused", "requests were refused", (counters, step) => counters.Denials(step)),
        ])
    {
        Audits = true,
    };

    private static TrialMetric Failed { get; } = new(
        "failed",
        "%",
        "buffers that could not be had, of all that were asked for",
        end => end.Requests == 0 ? null : 100.0 * end.Failures / end.Requests)
    {
        Most = _ => 100,
    };

    private static TrialMetric Subtitles(string name, TextWay way) => new(
        "subtitles",
        name,
        "bytes that a program drew and a device read with a frame, by way",
        end => end.Shown(way))
    {
        IsDetail = true,
    };

    private static IEnumerable<TrialMetric> Steps(
        string name, string meaning, Func<ProtectionCounters, ProtectionStep, long> count) =>
        Enum.GetValues<ProtectionStep>().Select(step => new TrialMetric(
            name,
            step.ToString().ToLower(CultureInfo.InvariantCulture),
            $"{meaning} at this step",
            end => count(end.Machine.Firewall.Counters, step))
        {
            IsDetail = true,
        });

    private static Func<TrialEnd, double?> ConfigurationLines(ImmutableArray<SecurePolicy> policies) => end =>
    {
        MachineDescription machine = end.Machine.Description;
        SecurePolicy policy = policies.First(one => one.Name == machine.Policy);
        HeapDescription[] uses = [.. machine.Heaps.Where(heap => !heap.Rules.IsEmpty)];
        int areas = uses.Select(heap => heap.On).OfType<string>().Distinct(StringComparer.Ordinal).Count();
        return policy.ConfigurationLines(uses.Length, uses.Sum(heap => heap.Rules.Length), areas);
    };
}
