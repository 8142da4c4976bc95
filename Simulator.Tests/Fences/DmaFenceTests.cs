using DmaBufSim.Abi;
using DmaBufSim.Fences;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Fences;

[TestFixture]
public sealed class DmaFenceTests
{
    [Test]
    public void CallbacksRunInOrderWithWaitersFirst()
    {
        MockFence fence = new(MockFence.NewCore());
        List<int> log = [];
        MockCallback taken = new(log, 3);
        fence.AddCallback(new MockCallback(log, 1));
        fence.AddCallback(new MockCallback(log, 2));
        fence.AddCallback(taken);
        fence.AddCallback(new MockCallback(log, 4));
        fence.AddWaiter(new MockCallback(log, 5));
        fence.AddWaiter(new MockCallback(log, 6));
        fence.RemoveCallback(taken);
        fence.Signal();
        Assert.That(log, Is.EqualTo(new[] { 6, 5, 1, 2, 4 }));
    }

    [TestCase("6.1", Errno.EINVAL)]
    [TestCase("6.12", Errno.EINVAL)]
    [TestCase("7.3", Errno.OK)]
    public void ASecondSignalDoesNothing(string kernel, Errno answer)
    {
        FenceCore core = MockFence.NewCore(kernel);
        MockFence fence = new(core);
        fence.SignalAt(17);
        core.Clock.Advance(100);
        Assert.That(fence.Signal().Errno, Is.EqualTo(answer));
        Assert.That(fence.Timestamp, Is.EqualTo(17));
    }

    [Test]
    public void TheDriverIsAskedOnceToEnableSignaling()
    {
        MockFence fence = new(MockFence.NewCore());
        fence.AddCallback(new MockCallback());
        fence.AddCallback(new MockCallback());
        fence.WaitTimeout(0);
        fence.EnableSignaling();
        Assert.That(fence.TimesEnabled, Is.EqualTo(1));
    }

    [Test]
    public void ADriverThatIsDoneSignalsWhenSomebodyWaits()
    {
        MockFence fence = new(MockFence.NewCore()) { IsDoneWhenEnabled = true };
        MockCallback callback = new();
        Assert.That(fence.IsSignaled(), Is.False);
        Assert.That(fence.AddCallback(callback).Errno, Is.EqualTo(Errno.ENOENT));
        Assert.That((fence.HasSignaled, callback.Runs, callback.IsQueued), Is.EqualTo((true, 0, false)));
    }

    [Test]
    public void AQueryCanSignal()
    {
        MockFence fence = new(MockFence.NewCore());
        MockCallback callback = new();
        fence.AddCallback(callback);
        fence.IsDoneOnDevice = true;
        Assert.That(fence.WaitTimeout(0).Value, Is.Zero, "a wait does not ask the device");
        Assert.That(fence.HasSignaled, Is.False);
        Assert.That(fence.GetStatus(), Is.EqualTo(1));
        Assert.That(callback.Runs, Is.EqualTo(1));
    }

    [TestCase(0xfffffff0UL, 5UL, false, false)]
    [TestCase(5UL, 0xfffffff0UL, false, true)]
    [TestCase(5UL, 0xfffffff0UL, true, false)]
    [TestCase(0x80000000UL, 0UL, false, false)]
    [TestCase(0x7fffffffUL, 0UL, false, true)]
    [TestCase(7UL, 7UL, false, false)]
    [TestCase(0x1_0000_0000UL, 1UL, true, true)]
    public void SequenceNumbersWrap(ulong number, ulong than, bool has64Bits, bool isLater)
    {
        FenceCore core = MockFence.NewCore();
        MockFence fence = new(core, 9, number, has64Bits);
        Assert.That(DmaFence.IsLater(fence, new MockFence(core, 9, than, has64Bits)), Is.EqualTo(isLater));
        Assert.That(DmaFence.IsLaterOrSame(fence, fence));
    }

    [Test]
    public void TheLaterFenceIsNullWhenItHasSignaled()
    {
        FenceCore core = MockFence.NewCore();
        MockFence old = new(core, 9, 1);
        MockFence young = new(core, 9, 2);
        Assert.That(DmaFence.Later(old, young), Is.SameAs(young));
        young.Signal();
        Assert.That(DmaFence.Later(young, old), Is.Null);
        Assert.That(DmaFence.Later(old, new MockFence(core, 8, 2)), Is.Null);
        Assert.That(DmaFence.IsLater(old, new MockFence(core, 8, 2)), Is.False);
        Assert.That(Warnings(core), Is.EqualTo(new[] { "dma_fence_later", "dma_fence_is_later" }), "two contexts");
    }

    [Test]
    public void AFenceReleasedUnsignaledWarnsAndSignalsItsCallbacks()
    {
        FenceCore core = MockFence.NewCore();
        MockFence fence = new(core);
        MockCallback callback = new();
        fence.AddCallback(callback);
        fence.Put();
        Assert.That((callback.Runs, fence.GetStatus(), fence.TimesReleased), Is.EqualTo((1, -35, 1)));
        Assert.That(Warnings(core), Is.EqualTo(new[] { "dma_fence_release" }));
        MockFence unwatched = new(core);
        unwatched.Put();
        Assert.That(unwatched.HasSignaled, Is.False, "nobody waits");
        Assert.That(core.Trace.Warnings, Has.Count.EqualTo(1));
    }

    [Test]
    public void ReferencesOfAFreedFenceWarn()
    {
        FenceCore core = MockFence.NewCore();
        MockFence fence = new(core);
        fence.Put();
        fence.Put();
        fence.Get();
        Assert.That(Warnings(core), Is.EqualTo(new[] { "refcount_warn_saturate", "refcount_warn_saturate" }));
    }

    [TestCase(0)]
    [TestCase(5)]
    [TestCase(-4096)]
    public void AnErrorThatIsNoneWarnsAndIsStored(int error)
    {
        FenceCore core = MockFence.NewCore();
        MockFence fence = new(core);
        fence.SetError(error);
        Assert.That(fence.Error, Is.EqualTo(error));
        Assert.That(Warnings(core), Is.EqualTo(new[] { "dma_fence_set_error" }));
    }

    [Test]
    public void AnErrorAfterTheSignalWarns()
    {
        FenceCore core = MockFence.NewCore();
        MockFence fence = new(core);
        fence.Signal();
        fence.SetError(-(int)Errno.ECANCELED);
        Assert.That(fence.GetStatus(), Is.EqualTo(-125));
        Assert.That(core.Trace.Warnings, Has.Count.EqualTo(1));
    }

    [Test]
    public void BadWaitsAreRefused()
    {
        FenceCore core = MockFence.NewCore();
        MockFence fence = new(core);
        Assert.That(fence.WaitTimeout(-1).Errno, Is.EqualTo(Errno.EINVAL));
        Assert.That(DmaFence.WaitAny([fence], -1, out _).Errno, Is.EqualTo(Errno.EINVAL));
        Assert.That(DmaFence.WaitAny([], 0, out _).Errno, Is.EqualTo(Errno.EINVAL));
        Assert.That(Warnings(core), Is.EqualTo(new[] { "dma_fence_wait_timeout", "dma_fence_wait_any_timeout" }));
    }

    [Test]
    public void WaitingForAnyFindsTheFirstThatHasSignaled()
    {
        FenceCore core = MockFence.NewCore();
        DmaFence[] fences = [new MockFence(core), new MockFence(core), new MockFence(core)];
        Assert.That(DmaFence.WaitAny(fences, 10, out int none).Value, Is.Zero);
        Assert.That(none, Is.EqualTo(-1));
        fences[2].Signal();
        fences[1].Signal();
        Assert.That(DmaFence.WaitAny(fences, 10, out int index).Value, Is.EqualTo(10));
        Assert.That(DmaFence.WaitAny(fences, 0, out _).Value, Is.EqualTo(1));
        Assert.That(index, Is.EqualTo(1));
    }

    [Test]
    public void ACallbackCanWaitAtOneFenceOnly()
    {
        FenceCore core = MockFence.NewCore();
        MockCallback callback = new();
        MockFence fence = new(core);
        fence.AddCallback(callback);
        Assert.Throws<KernelBugException>(() => new MockFence(core).AddCallback(callback));
        Assert.That(new MockFence(core).RemoveCallback(callback), Is.False);
        Assert.That(callback.IsQueued);
    }

    [Test]
    public void ACallbackMayWaitAtTheNextFence()
    {
        FenceCore core = MockFence.NewCore();
        MockFence next = new(core);
        MockFence fence = new(core);
        MockCallback? callback = null;
        callback = new MockCallback(then: () => next.AddCallback(callback!));
        fence.AddCallback(callback);
        fence.Signal();
        Assert.That((callback.Runs, callback.IsQueued), Is.EqualTo((1, true)));
    }

    [Test]
    public void RemovingFromACallbackOfTheSameFenceWarns()
    {
        FenceCore core = MockFence.NewCore();
        MockFence fence = new(core);
        MockCallback second = new();
        fence.AddCallback(new MockCallback(then: () => fence.RemoveCallback(second)));
        fence.AddCallback(second);
        fence.Signal();
        Assert.That(second.Runs, Is.Zero);
        Assert.That(Warnings(core), Is.EqualTo(new[] { "dma_fence_remove_callback" }));
    }

    private static IEnumerable<string> Warnings(FenceCore core) =>
        core.Trace.Warnings.Select(warning => warning.KernelFunction);
}
