using DmaBufSim.Abi;
using DmaBufSim.Checking;
using DmaBufSim.Devices;
using DmaBufSim.Heaps;
using DmaBufSim.Scenarios;
using DmaBufSim.Scenarios.Verbs;
using DmaBufSim.Workloads;
using NUnit.Framework;

namespace DmaBufSim.Tests.Scenarios;

/// <summary>The manual has every word of the language.</summary>
[TestFixture]
public sealed class ManualTests
{
    private static readonly string Manual = LessonFiles.Manual;

    private static IEnumerable<TestCaseData> Verbs() =>
        VerbTable.All.Select(verb => new TestCaseData(verb).SetName($"{{m}}({verb.Name})"));

    private static IEnumerable<TestCaseData> Reasons() =>
        ReasonText.All.Select(text => new TestCaseData(text).SetName($"{{m}}({text.Reason.Word()})"));

    [TestCaseSource(nameof(Verbs))]
    public void AVerbHasItsUsageAndItsSummary(Verb verb) =>
        Assert.That(Manual, Does.Contain($"`{Cell(verb.Usage)}`").And.Contain(verb.Summary));

    [TestCaseSource(nameof(Reasons))]
    public void AReasonHasARow(ReasonText text)
    {
        string errnos = string.Join(", ", text.Errnos);
        Assert.That(Manual, Does.Contain($"| `{text.Reason.Word()}` | {errnos} | {text.Meaning} |"));
    }

    [Test]
    public void EveryFlagWordIsThere() =>
        AssertWords(Enum.GetValues<ParameterKind>().SelectMany(kind => FlagWords.Of(kind).Names));

    [Test]
    public void EveryLawIsThere() => AssertWords(Laws.Sentences);

    [Test]
    public void EveryDeclarationKeyIsThere()
    {
        string[] lines = ["machine", "area a", "heap system", "heap h type=cma", "heap c type=carveout", "device gpu", "guard stage2",
            .. TenantType.BuiltIn.Select(type => $"tenant t type={type.Name}")];
        string[] keys = [.. lines.SelectMany(KeysOf).Distinct()];
        Assert.That(keys, Has.Length.AtLeast(16).And.Contain("memory").And.Contain("zero").And.Contain("max_segment"));
        AssertWords(keys.Select(key => $"{key}="));
    }

    [Test]
    public void EveryTypeAndKernelIsThere()
    {
        AssertWords(HeapType.BuiltIn.Select(type => type.Name));
        AssertWords(DeviceType.All.Select(type => type.Name));
        AssertWords(KernelProfile.All.Select(kernel => kernel.Name));
        AssertWords(HeapType.BuiltIn.SelectMany(type => type.Options ?? []).SelectMany(option => option.Values));
    }

    [Test]
    public void EveryTenantAndFormatIsThere()
    {
        AssertWords(TenantType.BuiltIn.Select(type => type.Name));
        AssertWords(PixelFormat.All.Select(format => format.Name));
        AssertWords(["short", "long"]);
    }

    [Test]
    public void ItsFirstExampleIsAScenarioThatPasses()
    {
        int start = Manual.IndexOf("```\n", StringComparison.Ordinal) + 4;
        string example = Manual[start..Manual.IndexOf("```", start, StringComparison.Ordinal)];
        ParsedScenario parsed = ScenarioParser.Parse("example", example);
        Assert.That(parsed.Diagnostics.Select(diagnostic => diagnostic.ToString()), Is.Empty);
        Assert.That(
            new ScenarioRunner(new DmaBufSim.Machines.MachineBuilder()).Run(parsed.Scenario!).End, Is.EqualTo(RunEnd.Passed));
    }

    // A bar inside a table must be escaped.
    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    private static void AssertWords(IEnumerable<string> words) =>
        Assert.That(words.Where(word => !Manual.Contains($"`{word}`", StringComparison.Ordinal)), Is.Empty);

    // The parser tells the keys that it knows when it meets one that it does not.
    private static IEnumerable<string> KeysOf(string declaration)
    {
        Diagnostic diagnostic = ScenarioParser.Parse("keys", $"{declaration} no-such-key=1").Diagnostics
            .First(found => found.Message.Contains("no-such-key", StringComparison.Ordinal));
        return diagnostic.Expected!.Split(", ").Select(word => word.Trim());
    }
}
