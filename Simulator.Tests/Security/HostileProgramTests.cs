using System.Collections.Concurrent;
using DmaBufSim.Abi;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Scenarios;
using DmaBufSim.Security;
using NUnit.Framework;

namespace DmaBufSim.Tests.Security;

/// <summary>No hostile program moves a byte to a master that the rules keep from it.</summary>
[TestFixture]
public sealed class HostileProgramTests
{
    private const int Steps = 200;

    private static readonly string[] Accesses =
    [
        "attach", "map", "read", "write", "copy", "blend", "ta_read", "ta_write", "ta_copy", "ta_blend", "mmap", "hash",
        "fill",
    ];

    // A broken copy shows itself in far fewer programs.
    private const int Enough = 1000;

    // The full count, 10,000, takes minutes.
    private static readonly int Programs =
        int.TryParse(Environment.GetEnvironmentVariable("HOSTILE_PROGRAMS"), out int count) ? count : 200;

    // The flags of the generic heap are the rules where no process lies, and none of these does.
    private static IEnumerable<string> Policies() => SecurePolicies.BuiltIn
        .Where(policy => policy.PromisesSecrecy || policy is GenericPolicy).Select(policy => policy.Name);

    [TestCaseSource(nameof(Policies))]
    public void NoProgramFindsAFlowThatTheRulesForbid(string policy)
    {
        MachineBuilder builder = new();
        ConcurrentDictionary<int, string> leaks = [];
        long played = 0;
        long fine = 0;
        Parallel.For(0, Programs, seed =>
        {
            HostileRun run = new(builder, HostileMachine.For((ulong)seed, policy));
            int ok = run.PlayHostile((ulong)seed, Steps);
            Interlocked.Add(ref played, run.Length);
            Interlocked.Add(ref fine, ok);
            if (run.Violation is { } leak)
            {
                leaks[seed] = leak;
            }
        });

        TestContext.Out.WriteLine(
            $"{policy}: {Programs} programs, {played} steps, {100 * fine / played} % ok, {leaks.Count} leaks");
        Assert.That(leaks.OrderBy(leak => leak.Key).Take(5), Is.Empty);
        Assert.That(fine, Is.GreaterThan(played / 3));
    }

    private static IEnumerable<TestCaseData> BrokenCopies() =>
        from name in Policies()
        let whole = SecurePolicies.BuiltIn.First(policy => policy.Name == name)
        from missing in BrokenPolicy.Of(whole)
        select new TestCaseData(whole, missing).SetArgDisplayNames(name, missing.ToString());

    [TestCaseSource(nameof(BrokenCopies))]
    public void ABrokenCopyIsCaughtInAtMostTwelveSteps(SecurePolicy whole, Safeguard missing)
    {
        BrokenPolicy broken = new(whole, missing);
        MachineBuilder builder = new(HeapType.BuiltIn, [whole, broken]);
        ScenarioRunner runner = new(builder);

        // Hardware that sees everybody makes up for a question that is not asked.
        bool isAsked = missing is Safeguard.Mappings or Safeguard.Addresses;
        bool Holds(Scenario scenario, string policy) => runner.Run(
            scenario with { Machine = scenario.Machine with { Policy = policy } }).BrokenVerdicts == 0;
        bool Shows(Scenario scenario) => !Holds(scenario, broken.Name) && Holds(scenario, whole.Name);

        Scenario? found = null;
        ulong seed = 0;
        for (; found is null && seed < Enough; seed++)
        {
            HostileRun run = new(builder, isAsked
                ? HostileMachine.For(seed, broken.Name, "none")
                : HostileMachine.For(seed, broken.Name));
            run.PlayHostile(seed, Steps);
            found = run.Violation is not null && Shows(run.Scenario) ? run.Scenario : null;
        }

        Assert.That(found, Is.Not.Null, $"{Enough} programs did not see it");
        Scenario least = Shrinker.Shrink(found!, Shows);
        string text = ScenarioWriter.Write(least);
        ParsedScenario parsed = ScenarioParser.Parse("counterexample.heap", text, runner.Vocabulary);
        Assert.That(parsed.Report(), Is.Empty);
        RunResult result = runner.Run(parsed.Scenario!);
        string? path = result.Verdicts[0].Violation;
        TestContext.Out.WriteLine($"{broken.Name}: program {seed}, {least.Steps.Length} steps\n{text}# {path}");
        Assert.That(least.Steps, Has.Length.AtMost(12));
        Assert.That(path, Does.Contain("written by").And.Contain("read by").And.Contain("(line "));
    }

    [TestCaseSource(nameof(Policies))]
    public void APermittedAccessIsNeverDenied(string policy)
    {
        MachineBuilder builder = new();
        ConcurrentDictionary<int, string> denials = [];
        ConcurrentDictionary<string, int> fine = [];
        long left = 0;
        Parallel.For(0, Programs, seed =>
        {
            MachineDescription description = HostileMachine.For((ulong)seed, policy);
            HostileRun run = new(builder, description);
            PermittedAccess permitted = new(description, run.Player);
            HostileProgram program = new((ulong)seed);
            for (int i = 0; i < Steps && !denials.ContainsKey(seed) && !run.Player.HasCrashed; i++)
            {
                string line = program.Next(run.Player);
                if (!permitted.Permits(line))
                {
                    Interlocked.Increment(ref left);
                    continue;
                }

                long blocked = run.Machine.Firewall.Counters.Denials(ProtectionStep.Access);
                Step step = run.Parse(line);
                Outcome outcome = run.Play(step);
                if (IsDenial(outcome) || run.Machine.Firewall.Counters.Denials(ProtectionStep.Access) > blocked)
                {
                    denials[seed] = $"{step} -> {outcome}\n{ScenarioWriter.Write(run.Scenario)}";
                }
                else if (outcome.IsOk)
                {
                    permitted.Note(line);
                    fine.AddOrUpdate(step.Verb.Name, 1, (_, count) => count + 1);
                }
            }
        });

        TestContext.Out.WriteLine($"{policy}: {denials.Count} denials; {left} steps were not permitted; "
            + string.Join(' ', fine.OrderBy(verb => verb.Key, StringComparer.Ordinal)));
        Assert.That(denials.OrderBy(denial => denial.Key).Select(denial => denial.Value).Take(1), Is.Empty);
        Assert.That(
            Accesses.Where(verb => fine.GetValueOrDefault(verb) < Programs / 10),
            Is.Empty);
    }

    // Not the limits of hardware, and not the permission of the mapping.
    private static bool IsDenial(Outcome outcome) =>
        (outcome.Refusal.Errno == Errno.EACCES && outcome.Refusal.Reason != Reason.WriteNotGranted)
        || outcome.Refusal.Reason is Reason.ExporterCannotMmap or Reason.ExporterCannotVmap;
}
