using DmaBufSim.Security;
using DmaBufSim.Tests.Support;
using NUnit.Framework;

namespace DmaBufSim.Tests.Security;

/// <summary>No byte of a protected buffer ever reaches a master without the right.</summary>
[TestFixture]
public sealed class SecrecyTests
{
    [Test]
    public void NoSecretReachesAMasterWithoutTheRight([Range(1, 40)] int seed)
    {
        SecretStory story = new((ulong)seed);
        story.Run(1000);
        int left = story.End();
        Assert.That(story.Judge.Leaks, Is.Empty);
        Assert.That(left, Is.Zero);
    }

    [Test]
    public void TheStoriesDoEverythingOften()
    {
        int[] done = new int[14];
        int allowed = 0;
        int denied = 0;
        for (ulong seed = 1; seed <= 10; seed++)
        {
            SecretStory story = new(seed);
            story.Run(1000);
            done = [.. done.Zip(story.Done, (one, other) => one + other)];
            allowed += story.Judge.Judged.Allowed;
            denied += story.Judge.Judged.Denied;
        }

        Assert.That(done, Is.All.GreaterThan(20));
        Assert.That((allowed, denied), Is.GreaterThan((300, 0)).And.Matches<(int, int Denied)>(n => n.Denied > 300));
    }

    // A judge that believes in fewer rules than the machine has must cry leak: it can see one.
    [Test]
    public void AJudgeWithStricterRulesSeesLeaks()
    {
        int seen = 0;
        for (ulong seed = 1; seed <= 10; seed++)
        {
            SecretStory story = new(seed, machine => machine with
            {
                Heaps = [.. machine.Heaps.Select(heap => heap.Rules.IsEmpty
                    ? heap
                    : heap with { Rules = [Box.Allow("nobody", AccessRights.Read)] })],
            });
            story.Run(1000);
            seen += story.Judge.Leaks.Count;
        }

        Assert.That(seen, Is.GreaterThanOrEqualTo(8));
    }
}
