using DmaBufSim.Abi;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Scenarios;
using DmaBufSim.Tests.House;
using DmaBufSim.Tests.Support;
using NUnit.Framework;

namespace DmaBufSim.Tests.Security;

/// <summary>A policy without one of its safeguards leaks, and the law of secrets sees it.</summary>
[TestFixture]
public sealed class BrokenPolicyTests
{
    private const int MostSteps = 12;

    // A broken copy shows itself in far fewer programs.
    private const int Enough = 5000;
    private const int Width = 80;
    private const string PathMark = "# Without it: ";

    private static string Folder => Path.Combine(Source.Root, "Simulator.Tests", "Security", "Counterexamples");

    private static IEnumerable<TestCaseData> BrokenCopies() =>
        from name in HostileProgramTests.Policies()
        let whole = SecurePolicies.BuiltIn.First(policy => policy.Name == name)
        from missing in BrokenPolicy.Of(whole)
        select new TestCaseData(whole, missing).SetArgDisplayNames(name, missing.ToString());

    /// <summary>
    /// The search. What it finds is kept among the results of the run, in the form of the files in the repository.
    /// </summary>
    [TestCaseSource(nameof(BrokenCopies))]
    public void ABrokenCopyIsCaughtInAtMostTwelveSteps(SecurePolicy whole, Safeguard missing)
    {
        Copies copies = new(whole, missing);

        // Hardware that sees everybody makes up for a question that is not asked.
        bool isAsked = missing is Safeguard.Mappings or Safeguard.Addresses;
        Scenario? found = null;
        ulong seed = 0;
        for (; found is null && seed < Enough; seed++)
        {
            HostileRun run = new(copies.Builder, isAsked
                ? HostileMachine.For(seed, copies.Broken.Name, "none")
                : HostileMachine.For(seed, copies.Broken.Name));
            run.PlayHostile(seed, HostileProgramTests.Steps);
            Scenario? least = run.Violation is not null && copies.Shows(run.Scenario)
                ? Shrinker.Shrink(run.Scenario, copies.Shows)
                : null;
            found = least?.Steps.Length <= MostSteps ? least : null;
        }

        Assert.That(found, Is.Not.Null, $"{Enough} programs did not see it");
        string text = copies.Tell(found!);
        string kept = KeptStory.Keep($"{copies.Broken.Name}.heap", text);
        TestContext.Out.WriteLine($"{copies.Broken.Name}: program {seed}, kept in {kept}\n{text}");
        Judge(copies, kept);
    }

    [TestCaseSource(nameof(BrokenCopies))]
    public void TheKeptStoryLeaksWithoutTheSafeguardAndOnlyThen(SecurePolicy whole, Safeguard missing)
    {
        Copies copies = new(whole, missing);
        Judge(copies, Path.Combine(Folder, $"{copies.Broken.Name}.heap"));
    }

    [Test]
    public void EveryKeptStoryIsOfABrokenCopy() => Assert.That(
        Directory.EnumerateFiles(Folder).Select(Path.GetFileNameWithoutExtension),
        Is.EquivalentTo(BrokenCopies().Select(copy =>
            new BrokenPolicy((SecurePolicy)copy.Arguments[0]!, (Safeguard)copy.Arguments[1]!).Name)));

    private static void Judge(Copies copies, string file)
    {
        string text = File.ReadAllText(file);
        ParsedScenario parsed = ScenarioParser.Parse(file, text, copies.Runner.Vocabulary);
        Assert.That(parsed.Report(), Is.Empty);
        Scenario story = parsed.Scenario!;
        Assert.That(story.Machine.Policy, Is.EqualTo(copies.Whole.Name));
        Assert.That(story.Steps, Has.Length.AtMost(MostSteps));

        // Its outcomes are those of the whole policy.
        RunResult kept = copies.Runner.Run(story);
        Assert.That(kept.Wrong.Select(wrong => $"{wrong.Step}: {wrong.Difference}"), Is.Empty);
        Assert.That(kept.End, Is.EqualTo(RunEnd.Passed));

        string? path = copies.PathIn(story);
        Assert.That(path, Does.Contain("written by").And.Contain("read by").And.Contain("(line "));
        Assert.That(text, Does.StartWith(Header(copies.Missing)));
        Assert.That(text, Does.EndWith(Comment(PathMark + path)));
    }

    private static string Header(Safeguard missing) =>
        Comment($"# Removed: {missing.Removed()}") + "# The outcomes are those of the whole policy.\n\n";

    private static string Comment(string text) =>
        string.Concat(WordWrap.Lines(text, Width - 2).Select((line, at) => at == 0 ? $"{line}\n" : $"# {line}\n"));

    // A policy, the same without a safeguard, and what can be asked of the two.
    private sealed class Copies
    {
        public Copies(SecurePolicy whole, Safeguard missing)
        {
            Whole = whole;
            Missing = missing;
            Broken = new BrokenPolicy(whole, missing);
            Builder = new MachineBuilder(HeapType.BuiltIn, [whole, Broken]);
            Runner = new ScenarioRunner(Builder);
        }

        public SecurePolicy Whole { get; }

        public Safeguard Missing { get; }

        public BrokenPolicy Broken { get; }

        public MachineBuilder Builder { get; }

        public ScenarioRunner Runner { get; }

        public bool Shows(Scenario scenario) =>
            PathIn(scenario) is not null && Runner.Run(Under(scenario, Whole)).BrokenVerdicts == 0;

        /// <summary>The path that a byte takes under the broken copy, or null.</summary>
        public string? PathIn(Scenario scenario) => Runner.Run(Under(scenario, Broken)).Verdicts[0].Violation;

        /// <summary>A story as a file.</summary>
        public string Tell(Scenario least)
        {
            Scenario told = KeptStory.Told(Runner, Under(least, Whole), Shows);
            string text = Header(Missing) + ScenarioWriter.Write(told);
            Scenario story = ScenarioParser.Parse("counterexample.heap", text, Runner.Vocabulary).Scenario!;
            return $"{text}\n{Comment(PathMark + PathIn(story))}";
        }

        private static Scenario Under(Scenario scenario, SecurePolicy policy) =>
            scenario with { Machine = scenario.Machine with { Policy = policy.Name } };
    }
}
