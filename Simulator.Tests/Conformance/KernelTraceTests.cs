using DmaBufSim.Machines;
using DmaBufSim.Scenarios;
using DmaBufSim.Tests.Scenarios;
using NUnit.Framework;

namespace DmaBufSim.Tests.Conformance;

/// <summary>Programs that ran on real kernels, line by line.</summary>
[TestFixture]
public sealed class KernelTraceTests
{
    private static IEnumerable<TestCaseData> Traces() =>
        TranscriptSources.Known().Select(file =>
            new TestCaseData(file).SetName($"{{m}}({Path.GetFileName(Path.GetDirectoryName(file))}/{Path.GetFileName(file)})"));

    [TestCaseSource(nameof(Traces))]
    public void EveryLineComesOutAsOnTheKernel(string file)
    {
        Scenario scenario = ScenarioParser.ParseFile(file).Scenario!;
        RunResult result = new ScenarioRunner(new MachineBuilder()).Run(scenario, new RunOptions { Exact = true });
        Assert.That(
            result.Wrong.Take(3).Select(wrong => $"line {wrong.Step.Line}: {wrong.Step}: {wrong.Difference}"), Is.Empty);
        Assert.That(result.End, Is.EqualTo(RunEnd.Passed));
        Assert.That(result.StepsPlayed, Is.EqualTo(scenario.Steps.Length).And.GreaterThan(20));
    }

    [Test]
    public void EveryKindOfEveryKernelIsThere() =>
        Assert.That(TranscriptSources.Known().Count, Is.EqualTo(96 + 240 + 106));
}
