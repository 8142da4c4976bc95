using DmaBufSim.Abi;
using DmaBufSim.Engine;
using DmaBufSim.Fences;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Fences;

/// <summary>What a fence is called, when, and what is known of it.</summary>
[TestFixture]
public sealed class DmaFenceNamesTests
{
    [TestCase("6.12", "mock", "line", false)]
    [TestCase("7.3", "detached-driver", "signaled-timeline", true)]
    public void NamesOfASignaledFence(string kernel, string driver, string timeline, bool isDetached)
    {
        MockFence fence = new(MockFence.NewCore(kernel));
        Assert.That((fence.DriverName, fence.TimelineName, fence.IsDetached), Is.EqualTo(("mock", "line", false)));
        fence.Signal();
        Assert.That((fence.DriverName, fence.TimelineName), Is.EqualTo((driver, timeline)));
        Assert.That(fence.IsDetached, Is.EqualTo(isDetached));
        MockFence keeps = new(MockFence.NewCore(kernel)) { ReleaseIsSet = true };
        keeps.Signal();
        Assert.That((keeps.DriverName, keeps.IsDetached, keeps.RealDriverName), Is.EqualTo((driver, false, "mock")));
        if (isDetached)
        {
            Assert.Throws<KernelOopsException>(() => GC.KeepAlive(fence.RealDriverName));
        }
    }

    [TestCase("6.12", "mock line seq 7 unsignalled", "mock line seq 7 signalled")]
    [TestCase("7.3", "4:7 line mock unsignalled", "4:7   signalled")]
    public void TheDebugLine(string kernel, string pending, string signaled)
    {
        MockFence fence = new(MockFence.NewCore(kernel), 4, 7);
        Assert.That(fence.Describe(), Is.EqualTo(pending));
        fence.Signal();
        Assert.That(fence.Describe(), Is.EqualTo(signaled));
    }

    [Test]
    public void DeadlinesReachPendingFencesOfKernelsThatHaveThem()
    {
        MockFence fence = new(MockFence.NewCore());
        fence.SetDeadline(5);
        fence.Signal();
        fence.SetDeadline(6);
        MockFence old = new(MockFence.NewCore("6.1"));
        old.SetDeadline(5);
        Assert.That((fence.Deadlines, old.Deadlines), Is.EqualTo((new List<long> { 5 }, new List<long>())));
    }

    [TestCase("6.12", 700)]
    [TestCase("7.3", 300)]
    public void TheStubHasTheTimeOfItsFirstUseOrOfBoot(string kernel, long time)
    {
        SimClock clock = new();
        clock.Advance(300);
        FenceCore core = new(KernelProfile.Find(kernel)!, new Trace(), clock);
        clock.Advance(400);
        DmaFence stub = core.GetStub();
        Assert.That((stub.Timestamp, stub.Context, stub.SequenceNumber), Is.EqualTo((time, 0UL, 0UL)));
    }

    [Test]
    public void ContextsAreConsecutiveAndNoneWarns()
    {
        FenceCore core = new(KernelProfile.Default, new Trace(), new SimClock(), 3);
        Assert.That(
            (core.AllocateContexts(), core.AllocateContexts(4), core.AllocateContexts()), Is.EqualTo((3UL, 4UL, 8UL)));
        core.AllocateContexts(0);
        Assert.That(core.Trace.Warnings.Single().KernelFunction, Is.EqualTo("dma_fence_context_alloc"));
    }
}
