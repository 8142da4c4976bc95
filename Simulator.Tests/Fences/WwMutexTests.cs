using DmaBufSim.Abi;
using DmaBufSim.Fences;
using NUnit.Framework;

namespace DmaBufSim.Tests.Fences;

/// <summary>The outcomes of locking with acquire contexts, as the wait-die rule gives them.</summary>
[TestFixture]
public sealed class WwMutexTests
{
    private FenceCore core = null!;
    private DmaResv a = null!;
    private DmaResv b = null!;
    private WwAcquireContext older = null!;
    private WwAcquireContext younger = null!;

    [SetUp]
    public void SetUp()
    {
        core = MockFence.NewCore();
        a = new DmaResv(core);
        b = new DmaResv(core);
        older = new WwAcquireContext(core);
        younger = new WwAcquireContext(core);
    }

    [Test]
    public void TheSameContextTwiceIsAlreadyThere()
    {
        Assert.That(a.Lock(older).IsOk);
        Assert.That(a.LockingContext, Is.SameAs(older));
        Assert.That(a.Lock(older).Errno, Is.EqualTo(Errno.EALREADY));
        Assert.That(older.Held, Is.EqualTo(1));
        a.Unlock();
        Assert.That((a.IsLocked, a.LockingContext, older.Held), Is.EqualTo((false, (WwAcquireContext?)null, 0)));
    }

    [Test]
    public void TheYoungerWithLocksBacksOff()
    {
        a.Lock(older);
        b.Lock(younger);
        Assert.That(a.Lock(younger).Errno, Is.EqualTo(Errno.EDEADLK));
        Waiter wait = new();
        Assert.That(b.Lock(older, wait).Errno, Is.EqualTo(Errno.EAGAIN), "the older waits");
        Assert.That(wait.IsWaiting);
        b.Unlock();
        Assert.That((wait.Acquisitions, older.Held), Is.EqualTo((1, 2)));
        Waiter slow = new();
        Assert.That(a.LockSlow(younger, slow).Errno, Is.EqualTo(Errno.EAGAIN), "the slow way never backs off");
        a.Unlock();
        Assert.That((slow.Acquisitions, slow.BackOffs, younger.Held), Is.EqualTo((1, 0, 1)));
        Assert.That(core.Trace.Warnings, Is.Empty);
    }

    [Test]
    public void TheYoungerWithoutLocksWaits()
    {
        a.Lock(older);
        Assert.That(a.Lock(younger).Errno, Is.EqualTo(Errno.EAGAIN));
        Waiter wait = new();
        a.Lock(younger, wait);
        a.Unlock();
        Assert.That((wait.Acquisitions, a.LockingContext), Is.EqualTo((1, younger)));
    }

    [Test]
    public void AHolderWithoutContextIsWaitedFor()
    {
        a.Lock();
        b.Lock(younger);
        Waiter wait = new();
        Assert.That(a.Lock(younger, wait).Errno, Is.EqualTo(Errno.EAGAIN));
        a.Unlock();
        Assert.That(wait.Acquisitions, Is.EqualTo(1));
    }

    [Test]
    public void AnOlderContextInTheQueueCountsToo()
    {
        WwAcquireContext youngest = new(core);
        b.Lock(younger);
        a.Lock();
        Waiter oldest = new();
        a.Lock(older, oldest);
        Assert.That(a.Lock(younger).Errno, Is.EqualTo(Errno.EDEADLK));
        Assert.That(a.Lock(youngest).Errno, Is.EqualTo(Errno.EAGAIN), "it holds nothing");
        a.Unlock();
        Assert.That(oldest.Acquisitions, Is.EqualTo(1));
    }

    [Test]
    public void AWaiterBacksOffWhenAnOlderOneQueuesInFront()
    {
        b.Lock(younger);
        a.Lock();
        Waiter young = new();
        Waiter old = new();
        Assert.That(a.Lock(younger, young).Errno, Is.EqualTo(Errno.EAGAIN));
        Assert.That(a.Lock(older, old).Errno, Is.EqualTo(Errno.EAGAIN));
        Assert.That((young.BackOffs, young.IsWaiting, younger.Contended), Is.EqualTo((1, false, a.Mutex)));
        a.Unlock();
        Assert.That((old.Acquisitions, young.Acquisitions), Is.EqualTo((1, 0)));
    }

    [Test]
    public void ContextsQueueByAgeAndOthersBehind()
    {
        WwAcquireContext youngest = new(core);
        a.Lock();
        List<string> log = [];
        a.Lock(younger, new Waiter(log, "younger"));
        a.Lock(null, new Waiter(log, "plain"));
        a.Lock(youngest, new Waiter(log, "youngest"));
        a.Lock(older, new Waiter(log, "older"));
        while (a.IsLocked)
        {
            a.Unlock();
        }

        Assert.That(log, Is.EqualTo(new[] { "older", "younger", "plain", "youngest" }));
    }

    [Test]
    public void AWaiterMayGiveUp()
    {
        a.Lock();
        Waiter wait = new();
        a.Lock(older, wait);
        Assert.That(b.Mutex.Abandon(wait), Is.False);
        Assert.That(a.Mutex.Abandon(wait));
        a.Unlock();
        Assert.That((a.IsLocked, wait.Acquisitions), Is.EqualTo((false, 0)));
    }

    [Test]
    public void TryingNeverWaits()
    {
        Assert.That(a.TryLock());
        Assert.That(a.TryLock(), Is.False);
    }

    [Test]
    public void MisuseWarns()
    {
        a.Unlock();
        a.Lock(older);
        b.Lock(younger);
        a.Lock(younger);
        DmaResv c = new(core);
        c.Lock(younger);
        c.LockSlow(younger);
        older.Done();
        new DmaResv(core).Lock(older);
        older.Finish();
        Assert.That(core.Trace.Warnings.Select(warning => warning.Condition), Is.EqualTo(new[]
        {
            "lock->owner != current",
            "ww_ctx->contending_lock != ww",
            "ww_ctx->acquired > 0",
            "ctx->acquired",
            "ww_ctx->done_acquire",
            "ctx->acquired",
        }));
    }

    private sealed class Waiter(List<string>? log = null, string label = "") : WwWaiter
    {
        public int Acquisitions { get; private set; }

        public int BackOffs { get; private set; }

        protected internal override void Acquired(WwMutex mutex)
        {
            Acquisitions++;
            log?.Add(label);
        }

        protected internal override void BackOff(WwMutex mutex) => BackOffs++;
    }
}
