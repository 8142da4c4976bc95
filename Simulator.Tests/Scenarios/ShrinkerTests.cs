using DmaBufSim.Engine;
using DmaBufSim.Scenarios;
using NUnit.Framework;

namespace DmaBufSim.Tests.Scenarios;

/// <summary>What is left of a failing story fails, and would not without any one of its steps.</summary>
[TestFixture]
public sealed class ShrinkerTests
{
    [Test]
    public void OnlyTheStepsThatMatterAreLeft([Range(1, 40)] int seed)
    {
        RandomStream random = new((ulong)seed);
        Scenario story = Numbered(1 + (int)random.Below(60));
        HashSet<long> needed = [.. Enumerable.Range(0, 4).Select(_ => random.Below(story.Steps.Length))];
        Scenario least = Shrinker.Shrink(story, scenario => needed.IsSubsetOf(Numbers(scenario)));
        Assert.That(Numbers(least), Is.EqualTo(needed.Order()));
    }

    [Test]
    public void ItIsOneMinimalForFailuresThatAreNotMonotone([Range(1, 40)] int seed)
    {
        // Steps in pairs, an odd sum, a step that is only needed with another: what random bugs look like.
        RandomStream random = new((ulong)seed + 1000);
        Scenario story = Numbered(5 + (int)random.Below(40));
        long modulus = 2 + random.Below(5);
        bool Fails(Scenario scenario) => scenario.Steps.Length > 0 && Numbers(scenario).Sum() % modulus == 1;

        if (!Fails(story))
        {
            story = story with { Steps = story.Steps[..2] };
        }

        Assume.That(Fails(story));
        Scenario least = Shrinker.Shrink(story, Fails);
        Assert.That(Fails(least));
        for (int i = 0; i < least.Steps.Length; i++)
        {
            Assert.That(Fails(least with { Steps = least.Steps.RemoveAt(i) }), Is.False);
        }
    }

    [Test]
    public void AFailureThatNeedsNoStepShrinksToNone() =>
        Assert.That(Shrinker.Shrink(Numbered(9), _ => true).Steps, Is.Empty);

    [Test]
    public void TheOrderAndTheMachineAreKept()
    {
        Scenario story = Sample.Read(Sample.Movie);
        Scenario least = Shrinker.Shrink(story, scenario => scenario.Steps.Length >= 3);
        Assert.That(least.Steps, Has.Length.EqualTo(3));
        Assert.That(least.Steps.Select(step => step.Line), Is.Ordered);
        Assert.That(least.Machine, Is.SameAs(story.Machine));
        Assert.That(least.Text, Is.Empty);
    }

    [Test]
    public void ALongStoryTakesFewRuns()
    {
        int runs = 0;
        Scenario least = Shrinker.Shrink(Numbered(4096), scenario =>
        {
            runs++;
            return Numbers(scenario).Contains(1234);
        });
        Assert.That(least.Steps, Has.Length.EqualTo(1));
        Assert.That(runs, Is.LessThan(100));
    }

    private static Scenario Numbered(int steps) => Sample.Read(
        "heap system\n" + string.Concat(Enumerable.Range(0, steps).Select(i => FormattableString.Invariant($"lseek b {i} set\n"))));

    private static IEnumerable<long> Numbers(Scenario scenario) => scenario.Steps.Select(step => step.Arguments[1].Number);
}
