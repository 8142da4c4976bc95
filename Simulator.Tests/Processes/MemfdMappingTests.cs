using DmaBufSim.Abi;
using DmaBufSim.Files;
using DmaBufSim.Machines;
using DmaBufSim.Processes;
using DmaBufSim.Tests.Heaps;
using DmaBufSim.Tests.Support;
using NUnit.Framework;

namespace DmaBufSim.Tests.Processes;

/// <summary>Mappings of memfds and the calls on their descriptors.</summary>
[TestFixture]
public sealed class MemfdMappingTests
{
    private const MapProtection Read = MapProtection.Read;
    private const MapProtection ReadWrite = MapProtection.Read | MapProtection.Write;

    [Test]
    public void APageComesWhenItIsTouched()
    {
        Machine machine = Box.Empty.Build();
        Process first = machine.First;
        int memfd = machine.Memfd(4);
        long free = machine.Memory.Buddy.FreeFrames;
        long mapping = machine.Mmap(memfd, 4 * 4096, ReadWrite).Value;
        Assert.That(machine.Memory.Buddy.FreeFrames, Is.EqualTo(free));
        Assert.That(first.Peek(mapping, 4096).Value, Is.Zero);
        Assert.That(first.Fill(mapping, 8000, 400, 9).IsOk);
        Assert.That(free - machine.Memory.Buddy.FreeFrames, Is.EqualTo(2));
        first.Close(memfd);
        Assert.That(first.Peek(mapping, 8000).Value, Is.EqualTo(9), "the mapping holds the file");
        first.Munmap(mapping);
        Assert.That(machine.Memory.Buddy.FreeFrames, Is.EqualTo(free));
    }

    [Test]
    public void PastTheEndThereIsNothingToTouch()
    {
        Machine machine = Box.Empty.Build();
        int memfd = machine.Memfd(1);
        long mapping = machine.Mmap(memfd, 3 * 4096, ReadWrite).Value;
        (Errno, Reason) refused = (Errno.EFAULT, Reason.BeyondMemfd);
        Assert.That(machine.First.Fill(mapping, 4090, 10, 1).Why(), Is.EqualTo(refused));
        Assert.That(machine.First.Peek(mapping, 4090).Value, Is.Zero, "no byte has changed");
        machine.First.Truncate(memfd, 4097);
        Assert.That(machine.First.Fill(mapping, 4096, 4096, 1).IsOk, "a page is there as a whole");
        Assert.That(machine.First.Hash(mapping, 8191, 2).Why(), Is.EqualTo(refused));
    }

    [Test]
    public void APrivateMappingKeepsItsWritesToItself()
    {
        Machine machine = Box.Empty.Build();
        int memfd = machine.Memfd(2);
        long own = machine.Mmap(memfd, 8192, ReadWrite, MapType.Private).Value;
        long shared = machine.Mmap(memfd, 8192, ReadWrite).Value;
        machine.First.Fill(shared, 0, 8192, 1);
        machine.First.Fill(own, 0, 10, 2);
        machine.First.Fill(shared, 0, 8192, 3);
        Assert.That(machine.First.Peek(own, 0).Value, Is.EqualTo(2));
        Assert.That(machine.First.Peek(own, 10).Value, Is.EqualTo(1));
        Assert.That(machine.First.Peek(own, 4096).Value, Is.EqualTo(3));
        Assert.That(machine.First.Peek(shared, 0).Value, Is.EqualTo(3));
    }

    [TestCase(MemfdSeals.Write)]
    [TestCase(MemfdSeals.FutureWrite)]
    public void ASealOnWritesStopsSharedMappingsThatWrite(MemfdSeals seal)
    {
        Machine machine = Box.Empty.Build();
        int memfd = machine.Memfd(2, seal);
        Assert.That(machine.Mmap(memfd, 4096, ReadWrite).Why(), Is.EqualTo((Errno.EPERM, Reason.SealForbids)));
        long mapping = machine.Mmap(memfd, 4096, Read).Value;
        Assert.That(
            machine.First.Mprotect(mapping, ReadWrite).Why(), Is.EqualTo((Errno.EACCES, Reason.WriteNotGranted)));
        long own = machine.Mmap(memfd, 4096, ReadWrite, MapType.Private).Value;
        Assert.That(machine.First.Fill(own, 0, 1, 1).IsOk);
    }

    [Test]
    public void TheSealOnWritesWaitsForTheLastMappingThatMayWrite()
    {
        Machine machine = Box.Empty.Build();
        int memfd = machine.Memfd(2);
        long mapping = machine.Mmap(memfd, 4096, Read).Value;
        machine.Mmap(memfd, 4096, ReadWrite, MapType.Private);
        Process child = machine.Fork(machine.First, "p1");
        (Errno, Reason) busy = (Errno.EBUSY, Reason.MemfdInUse);
        Assert.That(machine.First.AddSeals(memfd, MemfdSeals.Write).Why(), Is.EqualTo(busy));
        machine.First.Munmap(mapping);
        Assert.That(machine.First.AddSeals(memfd, MemfdSeals.Write).Why(), Is.EqualTo(busy), "the child has it too");
        child.Exit();
        Assert.That(machine.First.AddSeals(memfd, MemfdSeals.Write).IsOk);
    }

    [Test]
    public void AMappingThatWritesOutlivesTheSealOnFutureWrites()
    {
        Machine machine = Box.Empty.Build();
        int memfd = machine.Memfd(1);
        long mapping = machine.Mmap(memfd, 4096, ReadWrite).Value;
        Assert.That(machine.First.AddSeals(memfd, MemfdSeals.FutureWrite).IsOk);
        Assert.That(machine.First.Fill(mapping, 0, 4096, 5).IsOk);
        Assert.That(machine.First.Write(memfd).Errno, Is.EqualTo(Errno.EPERM));
        machine.First.Munmap(mapping);
    }

    [TestCase(0x8000_0000_0000_0000, Errno.EOVERFLOW)]
    [TestCase(0x7fff_ffff_ffff_f000ul, Errno.EOVERFLOW)]
    [TestCase(0x0800_0000_0000ul, Errno.ENOMEM)]
    [TestCase(0x0700_0000_0000ul, Errno.OK)]
    public void AMappingMayLieFarPastTheEnd(ulong offset, Errno errno)
    {
        Machine machine = Box.Empty.Build();
        Result<long> mapped = machine.First.Mmap(machine.Memfd(1), offset, 4096, Read, (uint)MapType.Shared);
        Assert.That(mapped.Errno, Is.EqualTo(errno));
    }

    [Test]
    public void AMemfdMayBeExecutedWhereABufferMayNot()
    {
        Machine machine = Box.Empty.On("7.3").Build();
        int memfd = machine.Memfd(1);
        int buffer = machine.Create(memfd, 0, 4096).Value;
        Assert.That(machine.Mmap(buffer, 4096, MapProtection.Execute).Errno, Is.EqualTo(Errno.EPERM));
        long mapping = machine.Mmap(memfd, 4096, Read).Value;
        Assert.That(machine.First.Mprotect(mapping, MapProtection.Execute).IsOk);
        Assert.That(machine.Mmap(memfd, 4096, MapProtection.Execute).IsOk);
    }

    [Test]
    public void ReadAndWriteMoveThePosition()
    {
        Machine machine = Box.Empty.Build();
        Process first = machine.First;
        int memfd = first.CreateMemfd().Value;
        Assert.That(first.Write(memfd).Value, Is.EqualTo(16));
        Assert.That(first.Read(memfd).Value, Is.Zero);
        Assert.That(first.Seek(memfd, 4, SeekWhence.Set).Value, Is.EqualTo(4));
        Assert.That(first.Read(memfd).Value, Is.EqualTo(12));
        OpenFile file = first.File(memfd).Value;
        Assert.That(PseudoFiles.FdInfo(file, closeOnExec: false), Does.Contain("pos:\t16"));
        Assert.That(PseudoFiles.FdInfo(file, closeOnExec: false), Does.Contain("flags:\t0100002"));
    }

    [Test]
    public void OtherCallsAnswerAsOnAnyFile()
    {
        Machine machine = Box.Empty.Heap("system", "system").Build();
        int memfd = machine.Memfd(1);
        int buffer = machine.Alloc("system", 4096);
        Assert.That(machine.First.Sync(memfd, 1).Why(), Is.EqualTo((Errno.ENOTTY, Reason.FileHasNoIoctl)));
        Assert.That(machine.First.Buffer(memfd).Reason, Is.EqualTo(Reason.NotADmaBuf));
        Assert.That(machine.First.Ioctl(memfd, (uint)VfsIoctl.QuerySize, new IoctlArgument(true)).IsOk);
        Assert.That(
            machine.First.AddSeals(buffer, MemfdSeals.Shrink).Why(), Is.EqualTo((Errno.EINVAL, Reason.NotAMemfd)));
        Assert.That(machine.First.GetSeals(memfd).Value, Is.EqualTo(MemfdSeals.Shrink));
        Assert.That(machine.First.GetSeals(-1).Errno, Is.EqualTo(Errno.EBADF));
        Assert.That(machine.First.Files.IsCloseOnExec(memfd), Is.False);
    }

    [Test]
    public void WithoutANumberThereIsNoMemfd()
    {
        Machine machine = (Box.Empty with { MaxDescriptors = 3 }).Build();
        Assert.That(machine.First.CreateMemfd().Errno, Is.EqualTo(Errno.EMFILE));
        Assert.That(machine.Memfds.Count, Is.Zero);
    }
}
