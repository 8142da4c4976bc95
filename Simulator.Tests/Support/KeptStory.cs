using System.Collections.Immutable;
using DmaBufSim.Scenarios;
using NUnit.Framework;

namespace DmaBufSim.Tests.Support;

/// <summary>Stories that a property has found, as files among the results of the test run.</summary>
internal static class KeptStory
{
    private const string Folder = "stories";

    /// <summary>Writes a file and attaches it to the test that runs.</summary>
    /// <returns>Its path, for the message of the failure.</returns>
    public static string Keep(string name, string text)
    {
        TestContext test = TestContext.CurrentContext;
        string path = Path.Combine(Directory.CreateDirectory(Path.Combine(test.WorkDirectory, Folder)).FullName, name);
        File.WriteAllText(path, text);
        TestContext.AddTestAttachment(path);
        return path;
    }

    /// <summary>The same with a scenario.</summary>
    public static string Keep(string name, Scenario scenario) => Keep(name, ScenarioWriter.Write(scenario));

    /// <summary>A scenario with the outcomes that its steps have, and without the declarations it does not need.</summary>
    public static Scenario Told(ScenarioRunner runner, Scenario scenario, Func<Scenario, bool> fails)
    {
        Scenario least = WithoutIdleParts(scenario, fails);
        ImmutableArray<Step>.Builder told = ImmutableArray.CreateBuilder<Step>();
        runner.Run(least, new RunOptions
        {
            Played = played => told.Add(played.Step.Expecting(new Expectation(
                played.Outcome.Name,
                [.. played.Outcome.IsOk ? [] : ReasonOf(played.Outcome)],
                []))),
        });
        return least with { Steps = told.ToImmutable() };
    }

    private static ImmutableArray<string> ReasonOf(Outcome outcome) =>
        outcome.ReasonWord is { } reason ? [Expectation.ReasonKey + reason] : [];

    private static Scenario WithoutIdleParts(Scenario scenario, Func<Scenario, bool> fails)
    {
        bool Speaks(string name) => scenario.Steps.Any(step => step.Arguments.Any(word => word.Text == name));
        foreach (var heap in scenario.Machine.Heaps.Where(heap => !Speaks(heap.Name)))
        {
            Try(scenario.Machine with { Heaps = scenario.Machine.Heaps.Remove(heap) });
        }

        foreach (var device in scenario.Machine.Devices.Where(device => !Speaks(device.Name)))
        {
            Try(scenario.Machine with
            {
                Devices = scenario.Machine.Devices.Remove(device),
                Heaps = [.. scenario.Machine.Heaps.Select(heap => heap with
                {
                    Rules = heap.Rules.RemoveAll(rule => rule.Master == device.Name),
                })],
            });
        }

        return scenario;

        void Try(DmaBufSim.Machines.MachineDescription fewer)
        {
            Scenario candidate = scenario with { Machine = fewer };
            bool keepsRules = fewer.Heaps.All(heap => heap.Rules.IsEmpty
                == scenario.Machine.Heaps.First(same => same.Name == heap.Name).Rules.IsEmpty);
            scenario = keepsRules && fails(candidate) ? candidate : scenario;
        }
    }
}
