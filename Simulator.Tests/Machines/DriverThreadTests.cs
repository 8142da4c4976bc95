using DmaBufSim.Abi;
using DmaBufSim.Tests.Support;
using NUnit.Framework;

namespace DmaBufSim.Tests.Machines;

/// <summary>Drivers that lock reservations, sleep for each other and are on the way to signal.</summary>
[TestFixture]
public sealed class DriverThreadTests
{
    private StepMachine steps = null!;

    [SetUp]
    public void SetUp()
    {
        steps = new StepMachine();
        Play(
            "x = alloc system 4096", "y = alloc system 4096", "t = timeline", "f = fence t 1 f", "fork p", "fork q");
    }

    [Test]
    public void ALockIsHandedToWhoSleepsForIt()
    {
        Play("p: lock x");
        Says("q: lock x", "EAGAIN", Reason.ReservationLocked, "p");
        Says("q: lock x", "EAGAIN", Reason.ReservationLocked, "p");
        Says("q: unlock x", "EAGAIN", Reason.DriverAsleep, "q");
        Says("waits", "ok count=1 circle=no");
        Assert.That(steps.Last.Lines, Is.EqualTo(new[] { "q waits for the lock of buffer #1, which p holds" }));
        Play("p: unlock x");
        Says("waits", "ok count=0 circle=no");
        Says("p: lock x", "EAGAIN", Reason.ReservationLocked, "q");
        Play("q: lock x", "q: unlock x", "p: lock x", "p: unlock x", "lock x", "unlock x");
        Assert.That(steps.Machine.Trace.Warnings, Is.Empty);
    }

    [Test]
    public void WithoutAContextOppositeOrdersNeverEnd()
    {
        Play("p: lock x", "q: lock y");
        Says("p: lock y", "EAGAIN", Reason.ReservationLocked, "q");
        Says("q: lock x", "EAGAIN", Reason.ReservationLocked, "p");
        Says("waits", "ok count=2 circle=yes");
        Assert.That(steps.Last.Lines, Is.EqualTo(new[]
        {
            "p waits for the lock of buffer #2, which q holds", "q waits for the lock of buffer #1, which p holds",
        }));
    }

    [Test]
    public void WithContextsTheYoungerBacksOff()
    {
        Play("p: c = acquire", "q: c = acquire", "p: lock x c", "q: lock y c");
        Says("p: lock y c", "EAGAIN", Reason.ReservationLocked, "q");
        Says("q: lock x c", "EDEADLK", Reason.MustBackOff, "p");
        Play("q: unlock y", "p: lock y c");
        Says("p: lock y c", "EALREADY", Reason.LockHeldByContext, "p");
        Play("p: done c");
        Says("q: lock_slow x c", "EAGAIN", Reason.ReservationLocked, "p");
        Play("p: unlock x", "p: unlock y", "p: fini c", "q: lock_slow x c", "q: lock y c", "q: unlock x", "q: unlock y");
        Says("p: lock x c", "EINVAL", Reason.AcquireUnknown, "c");
        Assert.That(steps.Machine.Trace.Warnings, Is.Empty);
    }

    [Test]
    public void OneWhoSleepsIsToldToBackOffWhenAnOlderOneComes()
    {
        Play("p: c = acquire", "q: c = acquire", "lock x", "q: lock y c");
        Says("q: lock x c", "EAGAIN", Reason.ReservationLocked, "first");
        Says("p: lock x c", "EAGAIN", Reason.ReservationLocked, "first");
        Says("q: lock x c", "EDEADLK", Reason.MustBackOff, "first");
        Play("q: unlock y", "unlock x", "p: lock x c");
    }

    [Test]
    public void ADriverSleepsForOneFenceAfterTheOther()
    {
        Play("g = fence t 2 g", "u = timeline", "h = fence u 1 h", "import_sync x read g", "import_sync x write h");
        Says("p: wait x write", "EAGAIN", Reason.FencePending, "fence 4:1 of runner");
        Says("waits", "ok count=1 circle=no");
        Play("inc u 1", "p: wait x write");
        Says("p: wait x read", "EAGAIN", Reason.FencePending, "fence 3:2 of runner");
        Says("p: lock x", "EAGAIN", Reason.DriverAsleep, "p");
        Play("inc t 2", "p: wait x read", "p: wait f", "p: wait y bookkeep");
        Says("p: wait x", "EINVAL", Reason.NotASyncFile);
        Says("p: wait nothing", "EBADF", Reason.DescriptorNotOpen);
    }

    [Test]
    public void AFenceWhoseSignalNeedsALockMakesACircle()
    {
        Play("import_sync x write f", "p: begin_signalling f", "q: lock x");
        Says("q: wait x write", "EAGAIN", Reason.FencePending, "fence 3:1 of runner");
        Says("p: lock x", "EAGAIN", Reason.ReservationLocked, "q");
        Says("waits", "ok count=2 circle=yes");
        Assert.That(steps.Last.Lines, Is.EqualTo(new[]
        {
            "p waits for the lock of buffer #1, which q holds",
            "q waits for fence 3:1 of runner, which p is to signal",
        }));
        Play("inc t 1");
        Says("waits", "ok count=1 circle=no");
        Says("p: end_signalling f", "ok");
    }

    [Test]
    public void ASignallerOfAMemberIsFoundThroughTheArray()
    {
        Play("u = timeline", "h = fence u 1 h", "m = merge f h m", "fork r", "r: begin_signalling h");
        Says("r: wait m", "EAGAIN", Reason.FencePending, "fence 5:1 of unbound");
        Says("waits", "ok count=1 circle=yes");
        Assert.That(steps.Last.Lines, Is.EqualTo(new[] { "r waits for fence 5:1 of unbound, which r is to signal" }));
        Play("inc u 1", "r: end_signalling h");
        Says("waits", "ok count=1 circle=no");
    }

    [Test]
    public void ADriverGoesOnUnderItsOwnLock()
    {
        Play("lock x", "add_fence x read f");
        Says("fences x read", "ok sw_sync:1:read:pending");
        Says("p: fences x read", "EINTR", Reason.ReservationLocked);
        Says("p: import_sync x read f", "EINTR", Reason.ReservationLocked);
        Says("a = attach probe0 x", "EINTR", Reason.ReservationLocked);
        Says("v = vmap x", "EINTR", Reason.ReservationLocked);
        Play("unlock x", "a = attach probe0 x", "lock x");
        Says("map a to_device", "EINTR", Reason.ReservationLocked);
    }

    [Test]
    public void WrongPairsWarn()
    {
        Play("p: c = acquire", "p: lock x c", "p: fini c", "q: unlock x", "unlock y", "end_signalling f");
        Assert.That(
            steps.Machine.Trace.Warnings.Select(warning => warning.KernelFunction),
            Is.EqualTo(new[]
            {
                "ww_acquire_fini", "__ww_mutex_unlock", "__ww_mutex_unlock", "dma_fence_end_signalling",
            }));
    }

    private void Play(params string[] lines)
    {
        foreach (string line in lines)
        {
            Assert.That(steps.Play(line), Does.StartWith("ok"), line);
        }
    }

    private void Says(string line, string outcome, Reason reason = Reason.None, string? who = null)
    {
        Assert.That(steps.Play(line), Is.EqualTo(outcome), line);
        Assert.That(steps.Last.Refusal.Reason, Is.EqualTo(reason), line);
        Assert.That(steps.Last.Refusal.Who, who is null ? Is.Null.Or.Not.Null : Is.EqualTo(who), line);
    }
}
