using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Scenarios;
using DmaBufSim.Security;
using NUnit.Framework;

namespace DmaBufSim.Tests.Scenarios;

/// <summary>The scenarios of protected memory, each under every policy and on every kind of hardware.</summary>
[TestFixture]
public sealed class SecureScenarioTests
{
    private static IEnumerable<string> Files => LessonFiles.All().Where(file =>
        LessonFiles.NameOf(file).StartsWith("secure/", StringComparison.Ordinal));

    private static IEnumerable<TestCaseData> Every() =>
        from file in Files
        from policy in SecurePolicies.BuiltIn
        select new TestCaseData(file, policy).SetName($"{{m}}({LessonFiles.NameOf(file)}, {policy.Name})");

    [TestCaseSource(nameof(Every))]
    public void ItIsPlayableUnderEveryPolicy(string file, SecurePolicy policy)
    {
        RunResult result = Run(file, policy.Name);
        Assert.That(result.StepsPlayed, Is.EqualTo(result.Scenario.Steps.Length));
        Assert.That(result.End, Is.Not.EqualTo(RunEnd.Crashed));

        // What a policy promises holds, whatever becomes of the steps; the laws of the house hold always.
        IEnumerable<string> broken = result.Verdicts
            .Where(verdict => verdict.Violation is not null)
            .Where(verdict => policy.PromisesSecrecy || IsOfTheHouse(verdict.Verdict))
            .Select(verdict => $"{verdict.Verdict.Sentence}: {verdict.Violation}");
        Assert.That(broken, Is.Empty);
    }

    [TestCaseSource(nameof(Every))]
    public void ItIsPlayableOnEveryHardware(string file, SecurePolicy policy)
    {
        foreach (GuardType guard in GuardType.BuiltIn)
        {
            foreach (GuardResponse response in Enum.GetValues<GuardResponse>())
            {
                GuardSettings settings = new(guard.Name) { Widens = true, Response = response };
                RunResult result = Run(file, policy.Name, settings);
                Assert.That(result.StepsPlayed, Is.EqualTo(result.Scenario.Steps.Length), guard.Name);
                IEnumerable<string> broken = result.Verdicts
                    .Where(verdict => verdict.Violation is not null && IsOfTheHouse(verdict.Verdict))
                    .Select(verdict => $"{guard.Name}: {verdict.Verdict.Sentence}: {verdict.Violation}");
                Assert.That(broken, Is.Empty);
            }
        }
    }

    // Whatever a step comes to: nothing contradicts itself, and no law of the house breaks that did not before.
    [TestCaseSource(nameof(Machines))]
    public void EveryLessonIsPlayable(SecurePolicy policy, string guard)
    {
        foreach (string file in LessonFiles.All())
        {
            RunResult plain = Run(file, PerUsagePolicy.Instance.Name);
            RunResult result = Run(file, policy.Name, new GuardSettings(guard) { Widens = true });
            Assert.That(result.StepsPlayed, Is.GreaterThan(0));
            IEnumerable<string> broken = result.Verdicts.Zip(plain.Verdicts)
                .Where(pair => pair is { First.Violation: not null, Second.Violation: null })
                .Where(pair => IsOfTheHouse(pair.First.Verdict))
                .Select(pair => $"{file}: {pair.First.Verdict.Sentence}: {pair.First.Violation}");
            Assert.That(broken.Where(said => !said.Contains("is released", StringComparison.Ordinal)), Is.Empty);
        }
    }

    private static IEnumerable<TestCaseData> Machines() =>
        from policy in SecurePolicies.BuiltIn
        from guard in GuardType.BuiltIn
        select new TestCaseData(policy, guard.Name).SetName($"{{m}}({policy.Name}, {guard.Name})");

    [Test]
    public void UnderIonTheRulesOfTheFoundingExampleAreBroken()
    {
        string file = Files.Single(name => name.EndsWith("founding-example.heap", StringComparison.Ordinal));
        RunResult result = Run(file, "ion");
        Assert.That(result.Verdicts.Count(verdict => verdict.Violation is not null), Is.Zero, "nobody tried");
        Assert.That(result.Counters.Changes, Is.Zero);
        Assert.That(Run(file, "tee").Counters.Changes, Is.EqualTo(1));
    }

    [Test]
    public void UnderIonTheVerdictTellsThePathOfAByte()
    {
        string file = Files.Single(name => name.EndsWith("the-path-of-a-byte.heap", StringComparison.Ordinal));
        string comment = string.Join(' ', File.ReadLines(file).TakeWhile(line => line.StartsWith('#'))
            .Where(line => line.StartsWith("#   ", StringComparison.Ordinal)).Select(line => line[4..]));
        Assert.That(Run(file, "ion").Verdicts.Single().Violation, Is.EqualTo(comment));
    }

    // Who reads what is for the policy; the other laws hold whatever it does.
    private static bool IsOfTheHouse(Verdict verdict) =>
        verdict is AlwaysVerdict { Law: not "always secrets stay with who may read them" };

    private static RunResult Run(string file, string policy, GuardSettings? guard = null)
    {
        Scenario scenario = ScenarioParser.ParseFile(file).Scenario!;
        MachineDescription machine = scenario.Machine with { Policy = policy, Guard = guard ?? scenario.Machine.Guard };
        return new ScenarioRunner(new MachineBuilder()).Run(scenario with { Machine = machine });
    }
}
