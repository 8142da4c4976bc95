using System.Text;
using DmaBufSim.Abi;
using DmaBufSim.Fences;
using NUnit.Framework;

namespace DmaBufSim.Tests.Fences;

/// <summary>What can be asked of a reservation.</summary>
[TestFixture]
public sealed class DmaResvQueryTests
{
    private FenceCore core = null!;
    private DmaResv resv = null!;

    [SetUp]
    public void SetUp()
    {
        core = MockFence.NewCore();
        resv = new DmaResv(core);
        resv.Lock();
    }

    [Test]
    public void ASingletonIsNothingTheFenceOrAnArray()
    {
        Assert.That(resv.GetSingleton(DmaResvUsage.Bookkeep), Is.Null);
        MockFence one = new(core);
        MockFence two = new(core);
        resv.ReserveFences(2);
        resv.AddFence(one, DmaResvUsage.Write);
        resv.AddFence(two, DmaResvUsage.Read);
        Assert.That(resv.GetSingleton(DmaResvUsage.Write), Is.SameAs(one));
        DmaFence both = resv.GetSingleton(DmaResvUsage.Read)!;
        Assert.That(((DmaFenceArray)both).Fences.ToArray(), Is.EqualTo(new[] { one, two }));
        Assert.That(both.SequenceNumber, Is.EqualTo(1));
        one.Signal();
        Assert.That(resv.GetSingleton(DmaResvUsage.Read), Is.SameAs(two));
    }

    [Test]
    public void WaitingAsksEachFenceInTurn()
    {
        Assert.That(resv.WaitTimeout(DmaResvUsage.Bookkeep, 0).Value, Is.EqualTo(1), "nothing to wait for");
        MockFence fence = new(core);
        MockFence other = new(core) { IsDoneWhenEnabled = true };
        resv.ReserveFences(2);
        resv.AddFence(other, DmaResvUsage.Write);
        resv.AddFence(fence, DmaResvUsage.Read);
        Assert.That(resv.WaitTimeout(DmaResvUsage.Read, 100).Value, Is.Zero);
        Assert.That(resv.WaitTimeout(DmaResvUsage.Write, 100).Value, Is.EqualTo(100));
        Assert.That(resv.WaitTimeout(DmaResvUsage.Read, -1).Errno, Is.EqualTo(Errno.EINVAL));
        fence.Signal();
        Assert.That(resv.WaitTimeout(DmaResvUsage.Read, 0).Value, Is.EqualTo(1));
    }

    [Test]
    public void ACopyHoldsThePendingFencesWithTheirUsages()
    {
        MockFence gone = new(core);
        MockFence stays = new(core);
        MockFence old = new(core);
        DmaResv source = new(core);
        source.Lock();
        source.ReserveFences(2);
        source.AddFence(gone, DmaResvUsage.Kernel);
        source.AddFence(stays, DmaResvUsage.Bookkeep);
        gone.Signal();
        resv.ReserveFences(1);
        resv.AddFence(old, DmaResvUsage.Read);
        resv.CopyFences(source);
        Assert.That(resv.GetFences(DmaResvUsage.Read), Is.Empty);
        Assert.That(resv.Count, Is.EqualTo(1));
        Assert.That((old.References, gone.References, stays.References), Is.EqualTo((1, 2, 3)));
        resv.CopyFences(new DmaResv(core));
        Assert.That((resv.Count, stays.References), Is.EqualTo((0, 2)));
    }

    [Test]
    public void ACallbackWaitsAtTheFirstPendingFence()
    {
        MockFence read = new(core);
        resv.ReserveFences(1);
        resv.AddFence(read, DmaResvUsage.Read);
        MockCallback callback = new();
        Assert.That(resv.AddCallback(callback, DmaResvUsage.Write), Is.False);
        Assert.That(resv.AddCallback(callback, DmaResvUsage.Read));
        read.Signal();
        Assert.That(callback.Runs, Is.EqualTo(1));
    }

    /// <summary>
    /// <c>dma_resv_iter_walk_unlocked()</c>: the fence is asked before its usage is compared. An array that is asked
    /// before anybody waits for it has no error; one that signals to a waiter has that of its member.
    /// </summary>
    [TestCase(true, 1)]
    [TestCase(false, -2)]
    public void AVisitWithoutTheLockAsksFencesOfWeakerUsesToo(bool isVisited, int status)
    {
        MockFence member = new(core);
        DmaFenceArray array = DmaFenceArray.Join(core, [member]);
        resv.ReserveFences(1);
        resv.AddFence(array, DmaResvUsage.Bookkeep);
        member.SetError(-(int)Errno.ENOENT);
        member.Signal();
        if (isVisited)
        {
            Assert.That(resv.TestSignaled(DmaResvUsage.Kernel));
        }

        Assert.That(array.HasSignaled, Is.EqualTo(isVisited));
        array.EnableSignaling();
        Assert.That(array.GetStatus(), Is.EqualTo(status));
    }

    [Test]
    public void DeadlinesReachPendingFences()
    {
        MockFence write = new(core);
        MockFence read = new(core);
        resv.ReserveFences(2);
        resv.AddFence(write, DmaResvUsage.Write);
        resv.AddFence(read, DmaResvUsage.Read);
        resv.SetDeadline(DmaResvUsage.Write, 42);
        Assert.That((write.Deadlines.Count, read.Deadlines.Count), Is.EqualTo((1, 0)));
    }

    [TestCase("6.12", "\tread fence:mock line seq 2 unsignalled\n\twrite fence:stub stub seq 0 signalled\n")]
    [TestCase("7.3", "\tread fence:9:2 line mock unsignalled\n\twrite fence:0:0   signalled\n")]
    public void BufinfoListsUpToRead(string kernel, string expected)
    {
        FenceCore other = MockFence.NewCore(kernel);
        DmaResv described = new(other);
        described.Lock();
        described.ReserveFences(3);
        described.AddFence(new MockFence(other, 9, 2), DmaResvUsage.Read);
        described.AddFence(new MockFence(other, 8, 3), DmaResvUsage.Bookkeep);
        described.AddFence(other.GetStub(), DmaResvUsage.Write);
        StringBuilder text = new();
        described.Describe(text);
        Assert.That(text.ToString(), Is.EqualTo(expected));
    }
}
