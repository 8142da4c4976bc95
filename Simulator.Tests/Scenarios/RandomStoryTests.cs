using System.Collections.Immutable;
using DmaBufSim.Abi;
using DmaBufSim.Machines;
using DmaBufSim.Scenarios;
using DmaBufSim.Tests.Support;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace DmaBufSim.Tests.Scenarios;

/// <summary>What must be true whatever happens. A failure is shown as the shortest scenario that has it.</summary>
[TestFixture]
public sealed class RandomStoryTests
{
    private static readonly string[] Sentences =
        ["always every frame has one owner", "always reference counts equal holders", "always freed pages are zeroed before reuse"];

    [Test]
    public void TheLawsHold() => ForAnyStory(60, 300, story =>
    {
        string? broken = BrokenLaw(story.ToScenario());
        if (broken is not null)
        {
            Scenario least = Shrinker.Shrink(story.ToScenario(), scenario => BrokenLaw(scenario) is not null);
            string kept = KeptStory.Keep("a-law-is-broken.heap", least with { Verdicts = Laws });
            Assert.Fail($"{BrokenLaw(least)}\n{ScenarioWriter.Write(least)}kept in {kept}");
        }
    });

    [Test]
    public void AStoryIsAScenarioThatComesOutTheSame() => ForAnyStory(60, 300, story =>
    {
        ParsedScenario parsed = ScenarioParser.Parse("story.heap", story.ToString());
        Assert.That(parsed.Report(), Is.Empty);
        RunResult result = Run(parsed.Scenario!, new RunOptions { Exact = true });
        Assert.That(result.Wrong.Select(wrong => $"{wrong.Step}: {wrong.Difference}").Take(3), Is.Empty);
        Assert.That(result.StepsPlayed, Is.EqualTo(story.Length));
    });

    [Test]
    public void TheSameSeedGivesTheSameTranscript() => ForAnyStory(20, 300, story =>
    {
        string one = Transcript(story.ToScenario());
        string other = Transcript(ScenarioParser.Parse("story", story.ToString()).Scenario! with { Text = "" });
        Assert.That(other, Is.EqualTo(one));
        Assert.That(one, Has.Length.GreaterThan(1000));
    });

    [Test]
    public void WhenEverythingIsLetGoTheMachineIsAsItWas() => ForAnyStory(60, 300, story =>
    {
        Machine fresh = new MachineBuilder().Build(story.Machine.Description);
        RandomStory.LetGo(story);
        Assert.That(story.Machine.Buffers.Count, Is.Zero);
        Assert.That(story.Machine.Fences.LiveFences, Is.Zero);
        Assert.That(story.Machine.Fences.Timelines.Timelines, Is.Empty);
        Assert.That(story.Machine.Memory.Buddy.FreeFrames, Is.EqualTo(fresh.Memory.Buddy.FreeFrames));
        Assert.That(Free(story.Machine), Is.EqualTo(Free(fresh)));
        if (story.Machine.Areas.Any(area => area.PinnedPages > 0))
        {
            // A pin whose name was bound again can be let go by nobody, and its page stays.
            return;
        }

        for (int order = 0; order <= DmaBufSim.Memory.BuddyAllocator.MaxOrder; order++)
        {
            Assert.That(story.Machine.Memory.Buddy.FreeBlocks(order), Is.EqualTo(fresh.Memory.Buddy.FreeBlocks(order)));
        }
    });

    private static string[] Free(Machine machine) => [.. machine.Heaps.Heaps.Select(heap => $"{heap.Name} {heap.FreeBytes}")];

    private static void ForAnyStory(int stories, int steps, Action<Story> check) =>
        Prop.ForAll(ArbMap.Default.ArbFor<ulong>(), seed =>
        {
            KernelProfile kernel = KernelProfile.All[(int)(seed % 3)];
            Story story = new RandomStory(seed).Play(RandomStory.Machine(kernel), steps);
            if (!story.Last.IsCrash)
            {
                check(story);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(stories).WithEndSize(int.MaxValue));

    private static ImmutableArray<Verdict> Laws => [.. Sentences.Select(sentence => new AlwaysVerdict(0, sentence))];

    private static string? BrokenLaw(Scenario scenario)
    {
        RunResult result = Run(scenario with { Verdicts = Laws }, new RunOptions());
        return result.Verdicts.FirstOrDefault(verdict => verdict.Violation is not null)?.Violation;
    }

    private static RunResult Run(Scenario scenario, RunOptions options) =>
        new ScenarioRunner(new MachineBuilder()).Run(scenario, options);

    private static string Transcript(Scenario scenario)
    {
        StringWriter text = new();
        TranscriptWriter writer = new(scenario, (_, piece) => text.Write(piece), explains: true);
        writer.Finish(Run(scenario, new RunOptions { KeepsChanges = true, Played = writer.Write }));
        return text.ToString();
    }
}
