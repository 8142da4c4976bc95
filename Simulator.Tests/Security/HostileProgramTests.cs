using System.Collections.Concurrent;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Scenarios;
using DmaBufSim.Tests.Support;
using NUnit.Framework;

namespace DmaBufSim.Tests.Security;

/// <summary>No hostile program moves a byte to a master that the rules keep from it.</summary>
[TestFixture]
public sealed class HostileProgramTests
{
    internal const int Steps = 200;

    private static readonly string[] Accesses =
    [
        "attach", "map", "read", "write", "copy", "blend", "ta_read", "ta_write", "ta_copy", "ta_blend", "mmap", "hash",
        "fill",
    ];

    // The full count, 10,000, takes minutes.
    private static readonly int Programs =
        int.TryParse(Environment.GetEnvironmentVariable("HOSTILE_PROGRAMS"), out int count) ? count : 200;

    // The flags of the generic heap are the rules where no process lies, and none of these does.
    internal static IEnumerable<string> Policies() => SecurePolicies.BuiltIn
        .Where(policy => policy.PromisesSecrecy || policy is GenericPolicy).Select(policy => policy.Name);

    [TestCaseSource(nameof(Policies))]
    public void NoProgramFindsAFlowThatTheRulesForbid(string policy)
    {
        MachineBuilder builder = new();
        ConcurrentDictionary<int, Scenario> leaks = [];
        long played = 0;
        long fine = 0;
        Parallel.For(0, Programs, seed =>
        {
            HostileRun run = new(builder, HostileMachine.For((ulong)seed, policy));
            int ok = run.PlayHostile((ulong)seed, Steps);
            Interlocked.Add(ref played, run.Length);
            Interlocked.Add(ref fine, ok);
            if (run.Violation is not null)
            {
                leaks[seed] = run.Scenario;
            }
        });

        TestContext.Out.WriteLine(
            $"{policy}: {Programs} programs, {played} steps, {100 * fine / played} % ok, {leaks.Count} leaks");
        Assert.That(leaks.OrderBy(leak => leak.Key).Take(3).Select(leak => Shrunk(builder, leak.Key, leak.Value)), Is.Empty);
        Assert.That(fine, Is.GreaterThan(played / 3));
    }

    [TestCaseSource(nameof(Policies))]
    public void APermittedAccessIsNeverDenied(string policy)
    {
        MachineBuilder builder = new();
        ConcurrentDictionary<int, Scenario> denials = [];
        ConcurrentDictionary<string, int> fine = [];
        long left = 0;
        Parallel.For(0, Programs, seed =>
        {
            MachineDescription description = HostileMachine.For((ulong)seed, policy);
            PermittedRun run = new(builder, description);
            HostileProgram program = new((ulong)seed);
            for (int i = 0; i < Steps && run.Denial is null && !run.Player.HasCrashed; i++)
            {
                string line = program.Next(run.Player);
                if (run.Play(line) is not { } outcome)
                {
                    Interlocked.Increment(ref left);
                }
                else if (outcome.IsOk)
                {
                    fine.AddOrUpdate(run.Last!.Verb.Name, 1, (_, count) => count + 1);
                }
            }

            if (run.Denial is not null)
            {
                denials[seed] = run.Scenario;
            }
        });

        TestContext.Out.WriteLine($"{policy}: {denials.Count} denials; {left} steps were not permitted; "
            + string.Join(' ', fine.OrderBy(verb => verb.Key, StringComparer.Ordinal)));
        Assert.That(
            denials.OrderBy(denial => denial.Key).Take(1).Select(denial => Denied(builder, denial.Key, denial.Value)),
            Is.Empty);
        Assert.That(
            Accesses.Where(verb => fine.GetValueOrDefault(verb) < Programs / 10),
            Is.Empty);
    }

    // The path of the byte, and the file with the shortest program that has one.
    private static string Shrunk(MachineBuilder builder, int seed, Scenario scenario)
    {
        ScenarioRunner runner = new(builder);
        bool Leaks(Scenario one) => runner.Run(one).BrokenVerdicts > 0;
        Scenario least = KeptStory.Told(runner, Shrinker.Shrink(scenario, Leaks), Leaks);
        string kept = KeptStory.Keep($"leak-{scenario.Machine.Policy}-{seed}.heap", least);
        return $"program {seed}: {runner.Run(least).Verdicts[0].Violation}; kept in {kept}";
    }

    private static string Denied(MachineBuilder builder, int seed, Scenario scenario)
    {
        string? DenialIn(Scenario one)
        {
            PermittedRun run = new(builder, one.Machine);
            foreach (Step step in one.Steps.TakeWhile(_ => run.Denial is null))
            {
                run.Play(step.ToString());
            }

            return run.Denial;
        }

        Scenario least = Shrinker.Shrink(scenario, one => DenialIn(one) is not null);
        string kept = KeptStory.Keep(
            $"denial-{scenario.Machine.Policy}-{seed}.heap",
            KeptStory.Told(new ScenarioRunner(builder), least, one => DenialIn(one) is not null));
        return $"program {seed}: {DenialIn(least)}; kept in {kept}";
    }
}
