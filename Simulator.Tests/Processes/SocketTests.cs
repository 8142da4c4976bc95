using DmaBufSim.Abi;
using DmaBufSim.Files;
using DmaBufSim.Machines;
using DmaBufSim.Processes;
using DmaBufSim.Tests.Machines;
using NUnit.Framework;

namespace DmaBufSim.Tests.Processes;

[TestFixture]
public sealed class SocketTests
{
    private Machine machine = null!;
    private Process first = null!;
    private Process child = null!;
    private int buffer;

    [SetUp]
    public void Fork()
    {
        machine = TestMachine.Build(maxDescriptors: 8);
        first = machine.First;
        child = machine.Fork(first, "p1");
        buffer = first.Make("system", 4096);
    }

    [Test]
    public void AMessageHoldsTheBufferOnItsWay()
    {
        OpenFile file = first.File(buffer).Value;
        first.Send(child, buffer);
        first.Close(buffer);
        Assert.That((file.References, machine.Buffers.Count), Is.EqualTo((1, 1)));
        int taken = child.Take().Value;
        Assert.That(child.File(taken).Value, Is.SameAs(file));
        Assert.That((file.References, child.Files.IsCloseOnExec(taken)), Is.EqualTo((1, true)));
        child.Give(taken);
        Assert.That(first.Take(child).Value, Is.EqualTo(3));
        Assert.That(file.References, Is.EqualTo(2));
    }

    [Test]
    public void CloseOnExecIsNotPassedOn()
    {
        int inherited = first.Make("system", 1);
        first.Ioctl(inherited, 0x5450, default);
        first.Send(child, inherited);
        Assert.That(child.Files.IsCloseOnExec(child.Take().Value), Is.True);
        Assert.That(first.Files.IsCloseOnExec(inherited), Is.False);
    }

    [Test]
    public void MessagesComeInTheirOrderAndEachWayByItself()
    {
        int other = first.Make("system", 1);
        first.Send(child, buffer);
        first.Send(child, other);
        Assert.That(first.Take(child).Errno, Is.EqualTo(Errno.EAGAIN));
        Assert.That(child.File(child.Take().Value).Value, Is.SameAs(first.File(buffer).Value));
        Assert.That(child.File(child.Take().Value).Value, Is.SameAs(first.File(other).Value));
        Result<int> none = child.Take();
        Assert.That((none.Errno, none.Reason), Is.EqualTo((Errno.EAGAIN, Reason.NothingToTake)));
    }

    [Test]
    public void AFullTableLosesTheMessage()
    {
        OpenFile file = first.File(buffer).Value;
        for (int i = 0; i < 6; i++)
        {
            Assert.That(first.Send(child, buffer).IsOk);
        }

        for (int i = 0; i < 5; i++)
        {
            Assert.That(child.Take().Value, Is.EqualTo(3 + i));
        }

        Assert.That(file.References, Is.EqualTo(7));
        Assert.That(child.Take().Errno, Is.EqualTo(Errno.EMFILE));
        Assert.That(file.References, Is.EqualTo(6));
        Assert.That(child.Take().Errno, Is.EqualTo(Errno.EAGAIN));
    }

    [Test]
    public void TheEndOfAProcessDropsMessagesBothWays()
    {
        OpenFile file = first.File(buffer).Value;
        first.Send(child, buffer);
        int taken = child.Take().Value;
        first.Send(child, buffer);
        child.Give(taken);
        Assert.That(file.References, Is.EqualTo(4));
        child.Exit();
        Assert.That((file.References, child.IsAlive), Is.EqualTo((1, false)));
        Assert.That(first.Take(child).Errno, Is.EqualTo(Errno.EAGAIN));
        Result late = first.Send(child, buffer);
        Assert.That((late.Errno, late.Reason), Is.EqualTo((Errno.EPIPE, Reason.PeerGone)));
        Assert.That(first.Send(child, -1).Errno, Is.EqualTo(Errno.EBADF));
        Assert.That(file.References, Is.EqualTo(1));
    }

    /// <summary>Recorded on 6.1: a forked process that has not run yet keeps what a dead one had given.</summary>
    [TestCase("6.1", 2)]
    [TestCase("6.12", 1)]
    [TestCase("7.3", 1)]
    public void AForkedProcessThatHasNotRunKeepsWhatTheDeadGave(string kernel, int kept)
    {
        Machine recorded = TestMachine.Build(kernel);
        Process giver = recorded.Fork(recorded.First, "p1");
        int given = recorded.First.Make("system", 4096);
        OpenFile file = recorded.First.File(given).Value;
        recorded.First.Send(giver, given);
        int taken = giver.Take().Value;
        Process played = recorded.Fork(recorded.First, "p2");
        played.Close(given);
        Process late = recorded.Fork(recorded.First, "p3");
        Process later = recorded.Fork(recorded.First, "p4");
        later.Exit();
        giver.Give(taken);
        giver.Exit();
        giver.Exit();
        Assert.That(file.References, Is.EqualTo(kept + 1), "the first process and the late one have a descriptor");
        Assert.That(recorded.HoldersOf(file), Has.Count.EqualTo(file.References));
        late.Munmap(0);
        Assert.That(file.References, Is.EqualTo(2));
    }

    [Test]
    public void MessagesInFlightAreNotForked()
    {
        OpenFile file = first.File(buffer).Value;
        first.Send(child, buffer);
        Process second = machine.Fork(first, "p2");
        Assert.That(file.References, Is.EqualTo(3));
        Assert.That(second.Take().Errno, Is.EqualTo(Errno.EAGAIN));
        Assert.That(child.Give(99).Errno, Is.EqualTo(Errno.EBADF));
        Assert.That(machine.FindProcess("p2"), Is.SameAs(second));
        Assert.That(machine.FindProcess("p3"), Is.Null);
    }
}
