using DmaBufSim.Abi;
using DmaBufSim.Fences;
using NUnit.Framework;

namespace DmaBufSim.Tests.Fences;

[TestFixture]
public sealed class DmaFenceContainerTests
{
    private FenceCore core = null!;
    private MockFence[] members = null!;

    [SetUp]
    public void SetUp()
    {
        core = MockFence.NewCore();
        members = [new(core), new(core), new(core)];
    }

    [Test]
    public void AnArraySignalsAfterTheLastMember()
    {
        DmaFenceArray array = Array();
        MockCallback callback = new();
        array.AddCallback(callback);
        members[2].Signal();
        members[0].Signal();
        Assert.That(callback.Runs, Is.Zero);
        members[1].Signal();
        Assert.That((callback.Runs, array.GetStatus()), Is.EqualTo((1, 1)));
        array.Put();
        Assert.That(core.LiveFences, Is.EqualTo(3));
    }

    [Test]
    public void AnArrayThatNobodyWaitsForCountsWhenAsked()
    {
        DmaFenceArray array = Array();
        members[0].Signal();
        members[1].Signal();
        Assert.That(array.IsSignaled(), Is.False);
        members[2].Signal();
        Assert.That(array.HasSignaled, Is.False);
        Assert.That(array.IsSignaled());
        Assert.That(members.Sum(member => member.TimesEnabled), Is.Zero);
    }

    [Test]
    public void AnArraySignalsAfterTheOtherCallbacksOfItsLastMember()
    {
        DmaFenceArray array = Array();
        List<bool> seen = [];
        array.EnableSignaling();
        members[0].Signal();
        members[1].Signal();
        members[2].AddCallback(new MockCallback(then: () => seen.Add(array.HasSignaled)));
        members[2].Signal();
        Assert.That(seen, Is.EqualTo(new[] { false }));
        Assert.That(array.HasSignaled);
    }

    [TestCase(true, -5)]
    [TestCase(false, 1)]
    public void TheFirstErrorIsTheArraysOnceSomebodyWaits(bool waits, int status)
    {
        DmaFenceArray array = Array();
        if (waits)
        {
            array.EnableSignaling();
        }

        members[1].Signal();
        members[2].SetError(-5);
        members[2].Signal();
        members[0].SetError(-6);
        members[0].Signal();
        Assert.That(array.GetStatus(), Is.EqualTo(status));
    }

    [Test]
    public void MembersThatSignaledBeforeCountWhenSignalingIsEnabled()
    {
        DmaFenceArray array = Array();
        foreach (MockFence member in members)
        {
            member.Signal();
        }

        MockCallback callback = new();
        Assert.That(array.AddCallback(callback).Errno, Is.EqualTo(Errno.ENOENT));
        array.Put();
        Assert.That((callback.Runs, core.LiveFences), Is.EqualTo((0, 3L)));
    }

    [Test]
    public void AnArrayOfAnySignalsWithTheFirst([Values] bool waits)
    {
        DmaFenceArray array = Array(signalOnAny: true);
        if (waits)
        {
            array.EnableSignaling();
        }

        members[1].SetError(-5);
        members[1].Signal();
        Assert.That(array.GetStatus(), Is.EqualTo(waits ? -5 : 1));
        members[0].SetError(-6);
        members[0].Signal();
        members[2].Signal();
        Assert.That(array.GetStatus(), Is.EqualTo(waits ? -5 : 1));
        array.Put();
        Assert.That(core.LiveFences, Is.EqualTo(3));
    }

    [Test]
    public void TheNewestKernelHasNoArraysOfAny()
    {
        FenceCore newest = MockFence.NewCore("7.3");
        DmaFence[] one = [new MockFence(newest)];
        Assert.Throws<ArgumentException>(() => DmaFenceArray.Create(newest, one, 1, 1, signalOnAny: true));
        Assert.Throws<ArgumentException>(() => DmaFenceArray.Create(newest, [], 1, 1));
    }

    [Test]
    public void AContainerInAContainerWarns()
    {
        DmaFenceArray array = Array();
        DmaFenceArray.Create(core, [array], 1, 1);
        DmaFenceChain chain = DmaFenceChain.Create(core, null, array, 1);
        DmaFenceChain.Create(core, null, chain, 1);
        Assert.That(
            core.Trace.Warnings.Select(warning => warning.KernelFunction),
            Is.EqualTo(new[] { "dma_fence_array_init", "dma_fence_chain_init" }));
    }

    [Test]
    public void NamesContextsAndDeadlines()
    {
        DmaFenceArray array = Array();
        DmaFenceChain chain = DmaFenceChain.Create(core, members[0].Get(), members[1].Get(), 1);
        Assert.That((array.DriverName, array.TimelineName), Is.EqualTo(("dma_fence_array", "unbound")));
        Assert.That((chain.DriverName, chain.TimelineName), Is.EqualTo(("dma_fence_chain", "unbound")));
        Assert.That(array.MatchesContext(array.Context), Is.False);
        Assert.That(chain.MatchesContext(chain.Context));
        DmaFence[] same = [new MockFence(core, 77, 1), new MockFence(core, 77, 2)];
        Assert.That(DmaFenceArray.Create(core, same, 1, 1).MatchesContext(77));
        array.SetDeadline(7);
        chain.SetDeadline(8);
        Assert.That(members.Select(member => member.Deadlines), Is.EqualTo(
            new[] { new List<long> { 7, 8 }, [7, 8], [7] }));
    }

    [Test]
    public void AChainStartsANewTimelineWhenItsNumberGoesBack()
    {
        DmaFenceChain first = DmaFenceChain.Create(core, null, members[0], 5);
        DmaFenceChain next = DmaFenceChain.Create(core, first, members[1], 6);
        DmaFenceChain back = DmaFenceChain.Create(core, next, members[2], 3);
        Assert.That((next.Context, next.PreviousNumber), Is.EqualTo((first.Context, 5UL)));
        Assert.That(back.Context, Is.Not.EqualTo(first.Context));
        Assert.That((back.SequenceNumber, back.PreviousNumber), Is.EqualTo((6UL, 0UL)));
    }

    [Test]
    public void WalkingForgetsPointsThatHaveSignaled()
    {
        DmaFenceChain first = DmaFenceChain.Create(core, null, members[0].Get(), 1);
        DmaFenceChain second = DmaFenceChain.Create(core, first, members[1].Get(), 2);
        DmaFenceChain third = DmaFenceChain.Create(core, second, members[2].Get(), 3);
        members[1].Signal();
        DmaFence? before = DmaFenceChain.Walk(third.Get());
        Assert.That(before, Is.SameAs(first));
        Assert.That(third.Previous, Is.SameAs(first));
        Assert.That((members[1].References, core.LiveFences), Is.EqualTo((1, 5L)), "the middle is free");
        before!.Put();
        third.Put();
        Assert.That(core.LiveFences, Is.EqualTo(3));
    }

    [Test]
    public void ManyPointsAreReleasedWithoutRecursion()
    {
        DmaFenceChain? chain = null;
        for (ulong number = 1; number <= 200_000; number++)
        {
            chain = DmaFenceChain.Create(core, chain, members[0].Get(), number);
        }

        chain!.Put();
        Assert.That((core.LiveFences, members[0].References), Is.EqualTo((3L, 1)));
    }

    [Test]
    public void AMergeOfSignaledFencesHasTheLatestTimeAndNoError()
    {
        members[0].SetError(-2);
        members[0].SignalAt(40);
        members[1].SignalAt(30);
        DmaFence merged = DmaFenceMerge.Merge(core, members[0], null, members[1]);
        Assert.That((merged.GetStatus(), merged.Timestamp, merged.DriverName), Is.EqualTo((1, 40L, "stub")));
        merged.Put();
        Assert.That(core.LiveFences, Is.EqualTo(3));
        DmaFence alone = DmaFenceMerge.Merge(core, members[2], members[0]);
        Assert.That(alone, Is.SameAs(members[2]));
        Assert.That(alone.References, Is.EqualTo(2));
    }

    private DmaFenceArray Array(bool signalOnAny = false)
    {
        System.Array.ForEach(members, member => member.Get());
        return DmaFenceArray.Create(core, [.. members], core.AllocateContexts(), 1, signalOnAny);
    }
}
