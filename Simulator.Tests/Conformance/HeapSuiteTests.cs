using System.Globalization;
using System.Text.Json;
using DmaBufSim.Machines;
using DmaBufSim.Scenarios;
using NUnit.Framework;

namespace DmaBufSim.Tests.Conformance;

/// <summary>
/// Every behaviour that the kernel's own selftest of heaps and glneo/dma-heap-tests look at, on every heap whose
/// buffers a program can reach, of every kernel.
/// </summary>
[TestFixture]
public sealed class HeapSuiteTests
{
    // The wrapper of the suite looks at its own argument and makes no call: there is nothing of the kernel in it.
    private const string NotPlayed = "InvalidValues.heap_alloc_fd null result";

    private static readonly (string Name, string Line)[] Heaps =
    [
        ("system", "heap system"),
        ("cma", "heap cma size=64MiB"),
        ("carveout", "heap carveout size=64MiB"),
    ];

    private static IEnumerable<TestCaseData> Behaviours() => FieldLogs.Read("behaviour-heap-suites.json").EnumerateArray()
        .Where(behaviour => behaviour.GetProperty("test").GetString() != NotPlayed)
        .Select(behaviour => new TestCaseData(behaviour)
            .SetName($"{{m}}({behaviour.GetProperty("test").GetString()})")
            .SetDescription($"{behaviour.GetProperty("suite").GetString()}: {behaviour.GetProperty("expected").GetString()}"));

    [TestCaseSource(nameof(Behaviours))]
    public void ItComesOutAsOnTheKernel(JsonElement behaviour)
    {
        string test = behaviour.GetProperty("test").GetString()!;
        Assert.That(HeapSuiteScenarios.All, Does.ContainKey(test), "a behaviour without a scenario");
        int[] sizes = behaviour.TryGetProperty("sizes", out JsonElement list)
            ? [.. list.EnumerateArray().Select(size => size.GetInt32())]
            : [4096];
        foreach ((string heap, string line) in Heaps)
        {
            foreach (string kernel in (string[])["6.1", "6.12", "7.3"])
            {
                foreach (int size in sizes)
                {
                    Play($"machine kernel={kernel}\n{line}\ndevice vgem type=gpu\n", heap, size, test);
                }
            }
        }
    }

    [Test]
    public void EveryScenarioIsOfABehaviour() => Assert.That(
        HeapSuiteScenarios.All.Keys,
        Is.EquivalentTo(Behaviours().Select(data => ((JsonElement)data.Arguments[0]!).GetProperty("test").GetString())));

    // A heap directory without heaps: there is nothing that could pass.
    [Test]
    public void WithoutHeapsNothingPasses()
    {
        Scenario scenario = Parse("cat /sys/class/dma_heap\nb = alloc system 4096 -> ENOENT").Scenario!;
        List<PlayedStep> played = [];
        new ScenarioRunner(new MachineBuilder()).Run(scenario, new RunOptions { Played = played.Add });
        Assert.That(played[0].Outcome.Lines, Is.Empty);
        Assert.That(played[1].Outcome.Name, Is.EqualTo("ENOENT"));
    }

    private static void Play(string machine, string heap, int size, string test)
    {
        string text = HeapSuiteScenarios.All[test]
            .Replace("HEAP", heap, StringComparison.Ordinal)
            .Replace("SIZE", size.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("HALF", (size / 2).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        ParsedScenario parsed = Parse(machine + text);
        Assert.That(parsed.Diagnostics.Select(diagnostic => diagnostic.ToString()), Is.Empty);
        RunResult result = new ScenarioRunner(new MachineBuilder()).Run(parsed.Scenario!);
        Assert.That(result.Wrong.Select(wrong => $"{wrong.Step}: {wrong.Difference}"), Is.Empty, machine);
        Assert.That(result.End, Is.EqualTo(RunEnd.Passed), machine);
    }

    private static ParsedScenario Parse(string text) => ScenarioParser.Parse("suite.heap", text);
}
