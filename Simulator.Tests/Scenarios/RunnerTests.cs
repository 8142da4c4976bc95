using DmaBufSim.Engine;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Scenarios;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Scenarios;

/// <summary>How runs end, and what they tell.</summary>
[TestFixture]
public sealed class RunnerTests
{
    private const string Crash = """
        heap system
        device probe0
        b = alloc system 4096
        a = attach probe0 b
        map a none
        """;

    [Test]
    public void AStoryThatComesOutAsItMustPasses()
    {
        RunResult result = Run(Sample.Movie.Replace("g  = attach gpu f                              -> EACCES", "",
            StringComparison.Ordinal));
        Assert.That(result.End, Is.EqualTo(RunEnd.Passed), string.Join('\n', result.Wrong.Select(w => w.Difference)));
        Assert.That(result.StepsPlayed, Is.EqualTo(result.Scenario.Steps.Length));
        Assert.That(result.Verdicts.Select(verdict => verdict.Violation), Is.All.Null);
        Assert.That(result.BrokenVerdicts, Is.Zero);
    }

    [Test]
    public void AnEmptyStoryPasses()
    {
        RunResult result = Run("");
        Assert.That((result.End, result.StepsPlayed), Is.EqualTo((RunEnd.Passed, 0)));
    }

    [Test]
    public void AWrongOutcomeFailsAndTheStoryGoesOn()
    {
        RunResult result = Run("heap system\nb = alloc system 0\nc = alloc system 1 -> ok size=1\nheaps\n");
        Assert.That(result.End, Is.EqualTo(RunEnd.Failed));
        Assert.That(result.StepsPlayed, Is.EqualTo(3));
        Assert.That(result.Wrong.Select(wrong => (wrong.Step.Line, wrong.Difference)), Is.EqualTo(new[]
        {
            (2, "expected ok, got EINVAL (reason=length-zero)"),
            (3, "expected size=1, got size=4096"),
        }));
    }

    [Test]
    public void ACrashEndsTheStory()
    {
        RunResult result = Run(Crash + "\nclose b\nheaps\n");
        Assert.That(result.End, Is.EqualTo(RunEnd.Crashed));
        Assert.That(result.StepsPlayed, Is.EqualTo(3));
        Assert.That(result.Wrong.Single().Outcome.IsCrash, Is.True);
        Assert.That(result.Wrong.Single().Outcome.Lines.Single(), Does.StartWith("kernel BUG in "));
    }

    [Test]
    public void AnExpectedCrashAsTheLastStepPasses() =>
        Assert.That(Run(Crash + " -> crash").End, Is.EqualTo(RunEnd.Passed));

    [Test]
    public void AnExpectedCrashWithStepsAfterItIsACrash()
    {
        RunResult result = Run(Crash + " -> crash\nclose b\n");
        Assert.That((result.End, result.StepsPlayed), Is.EqualTo((RunEnd.Crashed, 3)));
    }

    [Test]
    public void ACrashThatDoesNotComeIsAFailure() =>
        Assert.That(Run("heap system\nb = alloc system 1 -> crash\n").End, Is.EqualTo(RunEnd.Failed));

    [Test]
    public void ABrokenVerdictTellsTheLineOfTheStep()
    {
        RunResult result = Run("""
            heap system
            device gpu
            never gpu reads system
            b = alloc system 4096
            a = attach gpu b

            map a to_device
            read a 0 16
            read a 0 16
            always every frame has one owner
            """);
        Assert.That(result.End, Is.EqualTo(RunEnd.Failed));
        Assert.That(result.Wrong, Is.Empty);
        Assert.That(result.BrokenVerdicts, Is.EqualTo(1));
        Assert.That(result.Verdicts.Select(judged => judged.Line), Is.EqualTo(new[] { 8, 0 }));
        Assert.That(result.Verdicts[0].Violation, Does.Contain("gpu"));
        Assert.That(result.Verdicts[1].Violation, Is.Null);
    }

    [Test]
    public void WarningsAreKept()
    {
        RunResult result = Run("heap system\ndevice probe0\nb = alloc system 1\na = attach probe0 b\nmap a to_device\ndetach a\n");
        Assert.That(result.Warnings, Is.Not.Empty);
        Assert.That(result.End, Is.EqualTo(RunEnd.Passed));
    }

    [Test]
    public void ChangesAreKeptWhereTheyAreAskedFor()
    {
        List<int> kept = [];
        Counter sink = new();
        Run("heap system\nb = alloc system 1\n", new RunOptions { Played = step => kept.Add(step.Changes.Length) });
        Run("heap system\nb = alloc system 1\n", new RunOptions
        {
            KeepsChanges = true,
            Sink = sink,
            Played = step => kept.Add(step.Changes.Length),
        });
        Assert.That(kept[0], Is.Zero);
        Assert.That(kept[1], Is.GreaterThan(0).And.EqualTo(sink.Seen));
    }

    [Test]
    public void AMachineThatCannotBeBuiltIsTheCallersMistake()
    {
        Scenario scenario = new()
        {
            File = "big.heap",
            Machine = new MachineDescription { Heaps = [new HeapDescription("x", "carveout") { Size = 1L << 40 }] },
        };
        Assert.That(() => new ScenarioRunner(new MachineBuilder()).Run(scenario), Throws.ArgumentException
            .With.Message.StartsWith("big.heap: 'x': "));
    }

    [Test]
    public void AContradictionNamesTheStep()
    {
        HeapType broken = new("broken", _ => throw new InvariantException("broken invariant: 1 == 2"));
        ScenarioRunner runner = new(new MachineBuilder([broken]));
        Scenario scenario = ScenarioParser.Parse("x.heap", "heap h type=broken", runner.Vocabulary).Scenario!;
        StepFaultException? fault = Assert.Throws<StepFaultException>(() => runner.Run(scenario));
        Assert.That(fault!.Message, Is.EqualTo("x.heap: broken invariant: 1 == 2"));
        Assert.That(fault.Step, Is.Null);
        Assert.That(fault.InnerException, Is.InstanceOf<InvariantException>());
    }

    [Test]
    public void RunsSideBySideDoNotNoticeEachOther()
    {
        Scenario scenario = Sample.Read(Sample.Movie);
        ScenarioRunner runner = new(new MachineBuilder());
        RunEnd[] ends = new RunEnd[32];
        Parallel.For(0, ends.Length, i => ends[i] = runner.Run(scenario).End);
        Assert.That(ends.Distinct().Count(), Is.EqualTo(1));
    }

    private static RunResult Run(string text, RunOptions? options = null) =>
        new ScenarioRunner(new MachineBuilder()).Run(Sample.Read(text), options);

    private sealed class Counter : TraceSink
    {
        public int Seen { get; private set; }

        public override void Write(in TraceRecord record) => Seen++;
    }
}
