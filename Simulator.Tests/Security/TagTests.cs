using DmaBufSim.Abi;
using DmaBufSim.Heaps;
using DmaBufSim.Security;
using NUnit.Framework;

namespace DmaBufSim.Tests.Security;

/// <summary>A policy that promises secrecy keeps it against random hostile programs; one with a hole is caught.</summary>
[TestFixture]
public sealed class TagTests
{
    private static readonly GuardSettings[] Guards =
    [
        new("stage2"),
        new("stage2") { Response = GuardResponse.Zero },
        new("tzc400") { Regions = 1000 },
        new("tzc400"),
        new("emi-mpu") { Response = GuardResponse.Interrupt },
    ];

    private static IEnumerable<TestCaseData> Promised() =>
        from policy in SecurePolicies.BuiltIn
        where policy.PromisesSecrecy || policy is GenericPolicy
        from index in Enumerable.Range(0, Guards.Length)
        select new TestCaseData(policy, Guards[index]).SetName($"{{m}}({policy.Name}, {index}-{Guards[index].Type})");

    // The processes of these stories tell no lies about the use, so the generic heap keeps its promise too.
    [TestCaseSource(nameof(Promised))]
    public void NoByteReachesAMasterWithoutTheRight(SecurePolicy policy, GuardSettings guard)
    {
        long violations = 0;
        for (ulong seed = 1; seed <= 40; seed++)
        {
            TagStory story = new(seed, policy, guard);
            story.Run(400);
            Assert.That(story.Leaks, Is.Empty, $"seed {seed}");
            violations += story.Counters.Violations;
            Assert.That(story.End(), Is.Zero, $"seed {seed}");
        }

        Assert.That(violations, Is.GreaterThan(50));
    }

    [Test]
    public void TheStoriesDoEverythingOften()
    {
        int[] done = new int[16];
        for (ulong seed = 1; seed <= 40; seed++)
        {
            TagStory story = new(seed, PerUsagePolicy.Instance, Guards[0]);
            story.Run(400);
            done = [.. done.Zip(story.Done, (one, other) => one + other)];
        }

        Assert.That(done, Is.All.GreaterThan(15));
    }

    private static IEnumerable<TestCaseData> Broken()
    {
        yield return new TestCaseData(new IonPolicy()).SetName("{m}(nothing is checked)");
        yield return new TestCaseData(new TellsNobody()).SetName("{m}(hardware is not told)");
        yield return new TestCaseData(new LetsEverybodyIn()).SetName("{m}(hardware is told the wrong rules)");
        yield return new TestCaseData(new CpuMayMap()).SetName("{m}(the list has the CPU)");
    }

    [TestCaseSource(nameof(Broken))]
    public void AHoleIsFound(SecurePolicy policy)
    {
        bool found = false;
        for (ulong seed = 1; seed <= 60 && !found; seed++)
        {
            TagStory story = new(seed, policy, Guards[0]);
            story.Run(400);
            found = story.Leaks.Count > 0;
        }

        Assert.That(found);
    }

    private sealed class TellsNobody : PerUsagePolicy
    {
        protected internal override Result Made(HeapBuffer buffer, ulong flags) => Result.Ok;
    }

    private sealed class LetsEverybodyIn : CarveoutPolicy
    {
        protected internal override Result PoolTaken(DmaHeap heap, DmaBufSim.Memory.FrameRun pool) => Result.Ok;

        protected internal override Result Made(HeapBuffer buffer, ulong flags) => Result.Ok;
    }

    private sealed class CpuMayMap : PerUsagePolicy
    {
        protected internal override Result Made(HeapBuffer buffer, ulong flags) =>
            buffer.Program(new AccessPolicy(
                [.. buffer.Rules.Rules, new AccessRule("cpu", AccessRights.ReadWrite, null)]));
    }
}
