using System.Text;
using DmaBufSim.Abi;
using DmaBufSim.Machines;
using DmaBufSim.Scenarios;
using DmaBufSim.Workloads;
using NUnit.Framework;

namespace DmaBufSim.Tests.Scenarios;

/// <summary>Tenants in scenarios.</summary>
[TestFixture]
public sealed class BackgroundVerbTests
{
    private const string Machine = """
        machine memory=64MiB seed=SEED
        area a size=16MiB
        heap cma on=a
        heap system
        tenant shells type=anonymous processes=4 grow=1p..16p every=1ms..5ms life=10ms..200ms
        tenant cache limit=4MiB file=1p..64p every=1ms..5ms writeback=1ms..1s
        tenant camera type=buffers heap=cma format=NV12 resolution=640x480 count=3..6 life=50ms..500ms pause=1ms..1s
        tenant pins on=shells every=1ms life=1ms..100ms

        """;

    [Test]
    public void TheSameSeedGivesTheSameBytes()
    {
        const string Story = "background 3000\nb = alloc cma 4096\nbackground 2s\nbuffers\ncat /proc/buddyinfo\n";
        Assert.That(Play(1, Story).Transcript, Is.EqualTo(Play(1, Story).Transcript));
        Assert.That(Play(2, Story).Transcript.Replace("seed=2", "seed=1", StringComparison.Ordinal),
            Is.Not.EqualTo(Play(1, Story).Transcript));
    }

    [Test]
    public void ATimeEndsWhereItSays()
    {
        (RunResult result, string transcript) = Play(1, "background 250ms -> ok time=250ms\nbackground 10 -> ok events=10\n");
        Assert.That(result.End, Is.EqualTo(RunEnd.Passed), transcript);
    }

    [Test]
    public void SmallStepsComeToWhatOneLargeStepComesTo()
    {
        Story one = new(Description(), new MachineBuilder());
        one.Background(2000);
        Story many = new(Description(), new MachineBuilder());
        for (int i = 0; i < 200; i++)
        {
            many.Background(10);
        }

        Assert.That(Figures(many), Is.EqualTo(Figures(one)));
    }

    [Test]
    public void BuffersOfTenantsAreSeenAndAreNoLeak()
    {
        (RunResult result, string transcript) = Play(1, """
            background 100
            buffers -> ok count=4
            holders 1
            always every buffer is released
            always every frame has one owner
            always reference counts equal holders

            """);
        Assert.That(result.End, Is.EqualTo(RunEnd.Passed), transcript);
        Assert.That(transcript, Does.Contain("| tenant camera  descriptor 4"));
        Assert.That(transcript, Does.Contain("| 1    462848  cma       1      0"));
    }

    [Test]
    public void ALeakOfTheStoryIsStillToldAmongTenants()
    {
        (RunResult result, string transcript) = Play(1, """
            b = alloc cma 4096
            background 1s
            always every buffer is released

            """);
        Assert.That(result.End, Is.EqualTo(RunEnd.Failed), transcript);
        Assert.That(transcript, Does.Contain("1 buffer lives; the oldest\n#   is #1, held by first (descriptor 4)\n"));
    }

    [Test]
    public void AnExplanationDoesNotListWhatTenantsDid()
    {
        (_, string transcript) = Play(1, "background 1000\n", explains: true);
        Assert.That(transcript.Split('\n'), Has.Length.LessThan(20));
    }

    // The request of 30 MiB meets what `why` tells of a moment before, and the one of 16600 KiB has to move pages.
    [Test]
    public void TheFirstRefusedAndTheSlowestRequestAreExplained()
    {
        const string Machine = """
            machine memory=64MiB kernel=6.12 seed=1
            area lent size=32MiB
            heap cam type=cma on=lent
            tenant apps type=anonymous processes=16 grow=2MiB every=30min life=60min
            tenant disk type=pins start=2s on=apps count=4 every=60min life=60min
            tenant small type=buffers start=4s heap=cam length=16600KiB count=1 life=1ms pause=60min
            tenant phone type=buffers start=5s heap=cam length=30MiB count=1 life=5s pause=60min

            """;
        string asked = PlayText(Machine + "background 3s\nwhy cam 16600KiB\nbackground 1500ms\nwhy cam 30MiB\n", explains: false);
        string[] answers = [.. asked.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal))];
        int second = Array.FindLastIndex(answers, line => line.StartsWith("| request: ", StringComparison.Ordinal));

        string[] told = [.. PlayText(Machine + "background 10s\n", explains: true).Split('\n')
            .SkipWhile(line => !line.Contains("refused", StringComparison.Ordinal))];
        int slowest = Array.FindIndex(told, line => line.Contains("slowest request", StringComparison.Ordinal));
        Assert.That(told[0], Does.StartWith("#   the first refused request is of phone: answered 5"));
        Assert.That(told[1..slowest], Is.EqualTo(Comments(answers[second..])));
        Assert.That(told[slowest], Does.StartWith("#   the slowest request is of small: answered 4"));
        Assert.That(
            told[(slowest + 1)..].TakeWhile(line => line.StartsWith("#     ", StringComparison.Ordinal)),
            Is.EqualTo(Comments(answers[..second])));
    }

    private static IEnumerable<string> Comments(string[] answers) => answers
        .SelectMany(line => WordWrap.Indented("  " + line[2..], 76))
        .Prepend("  as the area was when it came:")
        .Select(line => "#   " + line);

    [Test]
    public void AStoryHasTheVerbAsMethods()
    {
        Story story = new(Description(), new MachineBuilder());
        Assert.That(story.Background(100).Words[0], Is.EqualTo("events=100"));
        Assert.That(story.Background(TimeSpan.FromMilliseconds(5)).Words[1], Is.EqualTo("time=5ms"));
        Assert.That(story.ToString(), Does.Contain("\nbackground 100 -> ok events=100 time="));
        Assert.That(story.ToString(), Does.Contain("\nbackground 5ms -> ok events="));
        Assert.That(story.ToString(), Does.Contain("tenant pins type=pins on=shells every=1ms life=1ms..100ms\n"));
        RunResult again = new ScenarioRunner(new MachineBuilder()).Run(
            ScenarioParser.Parse("again", story.ToString()).Scenario!, new RunOptions { Exact = true });
        Assert.That(again.End, Is.EqualTo(RunEnd.Passed));
    }

    private static MachineDescription Description() => Parse(1, "").Machine;

    private static string Figures(Story story)
    {
        WorkloadFigures total = story.Workload.Total;
        return $"{total.Events} {total.Allocations} {total.Failures} {total.Pages} {total.Pins} {total.MovedPages}";
    }

    private static Scenario Parse(int seed, string text)
    {
        string machine = Machine.Replace("SEED", $"{seed}", StringComparison.Ordinal);
        ParsedScenario parsed = ScenarioParser.Parse("background", machine + text);
        Assert.That(parsed.Diagnostics.Select(diagnostic => diagnostic.ToString()), Is.Empty);
        return parsed.Scenario!;
    }

    private static string PlayText(string text, bool explains) =>
        Play(ScenarioParser.Parse("background", text).Scenario!, explains).Transcript;

    private static (RunResult Result, string Transcript) Play(int seed, string text, bool explains = false) =>
        Play(Parse(seed, text), explains);

    private static (RunResult Result, string Transcript) Play(Scenario scenario, bool explains)
    {
        StringBuilder transcript = new();
        TranscriptWriter writer = new(scenario, (_, piece) => transcript.Append(piece), explains);
        RunOptions options = new() { KeepsChanges = explains, Played = writer.Write };
        RunResult result = new ScenarioRunner(new MachineBuilder()).Run(scenario, options);
        writer.Finish(result);
        return (result, transcript.ToString());
    }
}
