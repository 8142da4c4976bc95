using DmaBufSim.Abi;
using DmaBufSim.Files;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Processes;
using DmaBufSim.Tests.Machines;
using NUnit.Framework;

namespace DmaBufSim.Tests.Processes;

[TestFixture]
public sealed class AllocateTests
{
    /// <summary>Outcomes of recorded programs: the argument is as long as the number of the ioctl says.</summary>
    [TestCase(0u, 2u, 0ul, 24, Errno.OK, -1)]
    [TestCase(0u, 2u, 0ul, 25, Errno.OK, -1)]
    [TestCase(0u, 2u, 0ul, 256, Errno.OK, -1)]
    [TestCase(0u, 2u, 0ul, 16383, Errno.OK, -1)]
    [TestCase(0u, 2u, 1ul, 24, Errno.EINVAL, 0)]
    [TestCase(0u, 2u, 1ul, 20, Errno.EINVAL, 0)]
    [TestCase(0u, 2u, 1ul, 16, Errno.OK, -1)]
    [TestCase(0u, 4u, 0ul, 16, Errno.EINVAL, 0)]
    [TestCase(0u, 4u, 0ul, 12, Errno.OK, -1)]
    [TestCase(7u, 2u, 0ul, 12, Errno.EINVAL, 0)]
    [TestCase(7u, 2u, 0ul, 8, Errno.OK, 7)]
    [TestCase(1u, 2u, 0ul, 4, Errno.OK, 1)]
    [TestCase(0u, 4u, 1ul, 8, Errno.OK, 0)]
    [TestCase(0xffffffffu, 2u, 0ul, 8, Errno.OK, -1)]
    [TestCase(0xffffffffu, 2u, 0ul, 24, Errno.EINVAL, 0)]
    [TestCase(0u, 2u, 0ul, 0, Errno.EINVAL, 0)]
    [TestCase(0u, 2u, 0ul, 16384, Errno.EINVAL, 0)]
    [TestCase(7u, 2u, 0ul, 16392, Errno.OK, 7)]
    public void OnlyTheBytesOfTheArgumentCount(
        uint fd, uint fdFlags, ulong heapFlags, int size, Errno errno, int reported)
    {
        Process process = TestMachine.Build().First;
        Result<RawAllocation> made =
            process.AllocateRaw("system", new HeapAllocation(4096, fd, (OpenFlags)fdFlags, heapFlags), size);
        Assert.That(made.Errno, Is.EqualTo(errno));
        int expected = reported == -1 && fd == 0 ? made.Value.Descriptor : reported;
        Assert.That(made.Value.Reported, Is.EqualTo(expected));
        Assert.That(process.Files.Find(made.Value.Descriptor) is not null, Is.EqualTo(errno == Errno.OK));
        Assert.That(process.Files.Find(4) is not null, Is.EqualTo(errno == Errno.OK));
    }

    [Test]
    public void FieldsThatAreNotSeenHaveNoEffect()
    {
        Process process = TestMachine.Build().First;
        HeapAllocation request = new(4096, 0, OpenFlags.ReadWrite | OpenFlags.CloseOnExec, 0);
        int b = process.AllocateRaw("system", request, 12).Value.Descriptor;
        Assert.That(process.File(b).Value.Flags, Is.EqualTo(OpenFlags.ReadOnly));
        Assert.That(process.Files.IsCloseOnExec(b), Is.False);

        // Ten bytes hold the lower half of the fd field, both ways.
        RawAllocation half = process.AllocateRaw("system", new HeapAllocation(1, 0x50000, 0, 0), 10).Value;
        Assert.That(half.Reported, Is.EqualTo(half.Descriptor | 0x50000));
    }

    [Test]
    public void ChecksComeInTheOrderOfTheKernel()
    {
        Process process = TestMachine.Build().First;
        Assert.That(Reason(5, 4, 1, 0), Is.EqualTo(DmaBufSim.Abi.Reason.FdFieldNotZero));
        Assert.That(Reason(0, 4, 1, 0), Is.EqualTo(DmaBufSim.Abi.Reason.FdFlagsUnknown));
        Assert.That(Reason(0, 2, 1, 0), Is.EqualTo(DmaBufSim.Abi.Reason.HeapFlagsNotZero));
        Assert.That(Reason(0, 2, 0, 0), Is.EqualTo(DmaBufSim.Abi.Reason.LengthZero));
        Assert.That(Reason(0, 2, 0, ulong.MaxValue), Is.EqualTo(DmaBufSim.Abi.Reason.LengthZero));
        Assert.That(Reason(0, 2, 0, ulong.MaxValue - 4094), Is.EqualTo(DmaBufSim.Abi.Reason.LengthZero));
        Assert.That(Reason(0, 2, 0, ulong.MaxValue - 4095), Is.EqualTo(DmaBufSim.Abi.Reason.OutOfMemory));
        Assert.That(process.Allocate("nosuch", 0, (OpenFlags)4, 1).Errno, Is.EqualTo(Errno.ENOENT));

        Reason Reason(uint fd, uint flags, ulong heapFlags, ulong length) =>
            process.AllocateRaw("system", new HeapAllocation(length, fd, (OpenFlags)flags, heapFlags), 24).Reason;
    }

    [Test]
    public void TheNodeHasANumberWhileTheBufferIsMade()
    {
        Process process = TestMachine.Build().First;
        Assert.That(process.Make("system", 1), Is.EqualTo(4));
        Assert.That(process.Make("system", 1), Is.EqualTo(5));
        Assert.That(process.Duplicate(4).Value, Is.EqualTo(3));
        Assert.That(process.Make("system", 1), Is.EqualTo(7));
    }

    [Test]
    public void WithoutANumberForTheBufferItsMemoryGoesBack()
    {
        Machine machine = TestMachine.Build(maxDescriptors: 5);
        Process process = machine.First;
        string atStart = machine.FreeMemory();
        int held = process.Make("system", 4096);
        Assert.That(process.Allocate(TestMachine.Cma, 4096, OpenFlags.ReadWrite).Errno, Is.EqualTo(Errno.EMFILE));
        Assert.That(process.Allocate("system", 0, OpenFlags.ReadWrite).Errno, Is.EqualTo(Errno.EINVAL));
        Assert.That(process.Duplicate(held).IsOk);

        // With a full table not even the node opens, whatever is asked of it.
        Assert.That(process.Allocate("system", 0, OpenFlags.ReadWrite).Errno, Is.EqualTo(Errno.EMFILE));
        Assert.That(process.Allocate("nosuch", 1, OpenFlags.ReadWrite).Errno, Is.EqualTo(Errno.EMFILE));
        process.Close(3);
        process.Close(held);
        Assert.That((machine.Buffers.Count, machine.FreeMemory()), Is.EqualTo((0, atStart)));

        // The buffer that found no number has used up inode 2.
        Assert.That(process.File(process.Make("system", 1)).Value.Inode, Is.EqualTo(3));
    }

    [TestCase(0u, Errno.EINVAL, Errno.EBADF, Errno.OK, Errno.EACCES)]
    [TestCase(1u, Errno.EBADF, Errno.EINVAL, Errno.EACCES, Errno.EACCES)]
    [TestCase(2u, Errno.EINVAL, Errno.EINVAL, Errno.OK, Errno.OK)]
    [TestCase(3u, Errno.EBADF, Errno.EBADF, Errno.EACCES, Errno.EACCES)]
    public void TheAccessModeDecides(uint mode, Errno read, Errno write, Errno mapNone, Errno mapWrite)
    {
        Process process = TestMachine.Build().First;
        int b = process.Make("system", 4096, (OpenFlags)mode);
        Assert.That((uint)process.File(b).Value.Flags, Is.EqualTo(mode));
        Assert.That(process.Read(b).Errno, Is.EqualTo(read));
        Assert.That(process.Write(b).Errno, Is.EqualTo(write));
        Assert.That(process.Mmap(b, 0, 4096, MapProtection.None, 1).Errno, Is.EqualTo(mapNone));
        Assert.That(process.Mmap(b, 0, 4096, MapProtection.Write, 1).Errno, Is.EqualTo(mapWrite));
        Assert.That(process.Seek(b, 0, SeekWhence.End).Value, Is.EqualTo(4096));
        Assert.That(process.Sync(b, 3).IsOk);
        Assert.That(process.SetName(b, "name").IsOk);
        Assert.That(process.Truncate(b, 0).Errno, Is.EqualTo(Errno.EINVAL));
    }

    [Test]
    public void CallsOnADescriptorThatIsNotOpen()
    {
        Process process = TestMachine.Build().First;
        Assert.That(process.Read(-1).Errno, Is.EqualTo(Errno.EBADF));
        Assert.That(process.Write(-1).Errno, Is.EqualTo(Errno.EBADF));
        Assert.That(process.Seek(-1, 5, SeekWhence.Hole).Errno, Is.EqualTo(Errno.EBADF));
        Assert.That(process.Truncate(-1, 0).Errno, Is.EqualTo(Errno.EBADF));
        Assert.That(process.Truncate(-1, -1).Errno, Is.EqualTo(Errno.EINVAL));
        Assert.That(process.Ioctl(-1, 0x5451, default).Errno, Is.EqualTo(Errno.EBADF));
        Assert.That(process.Buffer(-1).Errno, Is.EqualTo(Errno.EBADF));
        Assert.That(process.Mmap(-1, 0, 0, MapProtection.None, 0).Errno, Is.EqualTo(Errno.EBADF));
        Assert.That(process.Mmap(-1, 1, 0, MapProtection.None, 0).Errno, Is.EqualTo(Errno.EINVAL));
    }
}
