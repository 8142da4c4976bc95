using DmaBufSim.Abi;
using DmaBufSim.Engine;
using DmaBufSim.Fences;
using NUnit.Framework;

namespace DmaBufSim.Tests.Fences;

/// <summary>The cases of the kernel's suite <c>dma-buf-fence</c> (st-dma-fence), under their names.</summary>
[TestFixture("6.1")]
[TestFixture("6.12")]
[TestFixture("7.3")]
public sealed class StDmaFence(string kernel)
{
    private FenceCore core = null!;

    [SetUp]
    public void SetUp() => core = MockFence.NewCore(kernel);

    [TearDown]
    public void NothingIsLeft()
    {
        Assert.That(core.LiveFences, Is.Zero);
        Assert.That(core.Trace.Warnings, Is.Empty);
    }

    [Test]
    public void sanitycheck()
    {
        MockFence fence = new(core);
        fence.EnableSignaling();
        Assert.That(fence.Signal().IsOk);
        fence.Put();
        Assert.That((fence.TimesEnabled, fence.TimesReleased), Is.EqualTo((1, 1)));
    }

    [Test]
    public void test_signaling()
    {
        MockFence fence = new(core);
        Assert.That(fence.IsSignaled(), Is.False, "at creation");
        Assert.That(fence.CheckAndSignal(), Is.False, "it was not before");
        Assert.That(fence.IsSignaled());
        Assert.That(fence.CheckAndSignal(), "it was before");
        Assert.That(fence.IsDetached, Is.EqualTo(kernel == "7.3"), "7.x drops the operations");
        fence.Put();
    }

    [Test]
    public void test_add_callback()
    {
        MockFence fence = new(core);
        MockCallback callback = new();
        Assert.That(fence.AddCallback(callback).IsOk);
        Assert.That(callback.Runs, Is.Zero);
        fence.Signal();
        Assert.That(callback.Runs, Is.EqualTo(1));
        fence.Put();
    }

    [Test]
    public void test_late_add_callback()
    {
        MockFence fence = new(core);
        MockCallback callback = new();
        fence.Signal();
        Assert.That(fence.AddCallback(callback).Errno, Is.EqualTo(Errno.ENOENT));
        fence.Signal();
        Assert.That(callback.Runs, Is.Zero);
        fence.Put();
    }

    [Test]
    public void test_rm_callback()
    {
        MockFence fence = new(core);
        MockCallback callback = new();
        Assert.That(fence.AddCallback(callback).IsOk);
        Assert.That(fence.RemoveCallback(callback));
        fence.Signal();
        Assert.That(callback.Runs, Is.Zero);
        fence.Put();
    }

    [Test]
    public void test_late_rm_callback()
    {
        MockFence fence = new(core);
        MockCallback callback = new();
        Assert.That(fence.AddCallback(callback).IsOk);
        fence.Signal();
        Assert.That(callback.Runs, Is.EqualTo(1));
        Assert.That(fence.RemoveCallback(callback), Is.False);
        fence.Put();
    }

    [Test]
    public void test_status()
    {
        MockFence fence = new(core);
        Assert.That(fence.GetStatus(), Is.Zero);
        fence.Signal();
        Assert.That(fence.GetStatus(), Is.EqualTo(1));
        fence.Put();
    }

    [Test]
    public void test_error()
    {
        MockFence fence = new(core);
        fence.SetError(-(int)Errno.EIO);
        Assert.That(fence.GetStatus(), Is.Zero, "before the signal");
        fence.Signal();
        Assert.That(fence.GetStatus(), Is.EqualTo(-5));
        fence.Put();
    }

    [Test]
    public void test_wait()
    {
        MockFence fence = new(core);
        Assert.That(fence.WaitTimeout(0).Value, Is.Zero);
        fence.Signal();
        Assert.That(fence.WaitTimeout(0).Value, Is.EqualTo(1));
        fence.Put();
    }

    [Test]
    public void test_wait_timeout()
    {
        MockFence fence = new(core);
        Assert.That(fence.WaitTimeout(1).Value, Is.Zero, "nobody signals it within a tick");
        MockCallback waiter = new();
        Assert.That(fence.AddWaiter(waiter).IsOk);
        core.Clock.Advance(4_000_000);
        fence.Signal();
        Assert.That(waiter.Runs, Is.EqualTo(1));
        Assert.That(fence.WaitTimeout(250).Value, Is.EqualTo(250), "the time that is left");
        Assert.That(fence.Timestamp, Is.EqualTo(4_000_000));
        fence.Put();
    }

    [Test]
    public void test_stub()
    {
        DmaFence[] stubs = new DmaFence[64];
        for (int i = 0; i < stubs.Length; i++)
        {
            stubs[i] = core.GetStub();
            Assert.That(stubs[i].IsSignaled(), $"stub {i}");
        }

        Assert.That(stubs, Is.All.SameAs(stubs[0]));
        foreach (DmaFence stub in stubs)
        {
            stub.Put();
        }

        Assert.That(stubs[0].References, Is.EqualTo(1));
    }

    [Test]
    public void race_signal_callback()
    {
        // Two parties take turns in every order: one signals, the other adds a callback and sees the fence through it
        // or through the refusal, never both, never neither.
        RandomStream random = new(1);
        int byCallback = 0;
        for (int round = 0; round < 1000; round++)
        {
            MockFence fence = new(core);
            MockCallback callback = new();
            bool added = false;
            bool signalFirst = random.Below(2) == 0;
            if (signalFirst)
            {
                fence.Signal();
            }

            added = fence.AddCallback(callback).IsOk;
            if (!signalFirst)
            {
                fence.Signal();
            }

            Assert.That(callback.Runs, Is.EqualTo(added ? 1 : 0));
            Assert.That(added, Is.EqualTo(!signalFirst));
            byCallback += callback.Runs;
            fence.Put();
        }

        Assert.That(byCallback, Is.InRange(1, 999));
    }
}
