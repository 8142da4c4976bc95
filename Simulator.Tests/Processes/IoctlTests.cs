using DmaBufSim.Abi;
using DmaBufSim.Files;
using DmaBufSim.Processes;
using DmaBufSim.Tests.Machines;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;
using Result = DmaBufSim.Abi.Result;

namespace DmaBufSim.Tests.Processes;

[TestFixture]
public sealed class IoctlTests
{
    private static readonly IoctlArgument Null = new(false);

    private Process process = null!;
    private int buffer;

    [SetUp]
    public void MakeBuffer()
    {
        process = TestMachine.Build().First;
        buffer = process.Make("system", 4096);
    }

    /// <summary>With a null pointer: a known command reads its argument before anything else.</summary>
    [TestCase(0x40086200u, Errno.EFAULT)]
    [TestCase(0x40046201u, Errno.EFAULT)]
    [TestCase(0x40086201u, Errno.EFAULT)]
    [TestCase(0xc0086202u, Errno.EFAULT)]
    [TestCase(0x40086203u, Errno.EFAULT)]
    [TestCase(0xc0184800u, Errno.ENOTTY)]
    [TestCase(0x0u, Errno.ENOTTY)]
    [TestCase(0x1234u, Errno.ENOTTY)]
    [TestCase(0x5401u, Errno.ENOTTY)]
    [TestCase(0x541bu, Errno.ENOTTY)]
    [TestCase(0x40046200u, Errno.ENOTTY, Description = "the right command with a wrong size")]
    [TestCase(0xc0086200u, Errno.ENOTTY, Description = "the right command with a wrong direction")]
    [TestCase(0x40106201u, Errno.ENOTTY)]
    [TestCase(0x5451u, Errno.OK)]
    [TestCase(0x5450u, Errno.OK)]
    [TestCase(0x5421u, Errno.EFAULT)]
    [TestCase(0x5452u, Errno.EFAULT)]
    [TestCase(0x2u, Errno.EFAULT)]
    [TestCase(0x5460u, Errno.ENOTTY)]
    public void NumbersWithANullPointer(uint number, Errno errno) =>
        Assert.That(process.Ioctl(buffer, number, Null).Errno, Is.EqualTo(errno));

    [Test]
    public void CloseOnExecIsSetForTheDescriptorAlone()
    {
        int other = process.Duplicate(buffer).Value;
        process.Ioctl(other, 0x5450, Null);
        process.Ioctl(buffer, 0x5451, Null);
        Assert.That(process.Files.IsCloseOnExec(buffer), Is.True);
        Assert.That(process.Files.IsCloseOnExec(other), Is.False);
    }

    [Test]
    public void NonBlockIsSetForTheFile()
    {
        int other = process.Duplicate(buffer).Value;
        Assert.That(process.Ioctl(buffer, 0x5421, new IoctlArgument(true, 1)).IsOk);
        Assert.That((uint)process.File(other).Value.Flags, Is.EqualTo(0x802));

        // An int is read: the upper half of the eight bytes does not matter.
        Assert.That(process.Ioctl(other, 0x5421, new IoctlArgument(true, 0xffff_ffff_0000_0000)).IsOk);
        Assert.That((uint)process.File(buffer).Value.Flags, Is.EqualTo(2));
    }

    [Test]
    public void AsyncIsRefusedWhereItWouldChangeSomething()
    {
        Assert.That(process.Ioctl(buffer, 0x5452, new IoctlArgument(true, 0)).IsOk);
        Result refused = process.Ioctl(buffer, 0x5452, new IoctlArgument(true, 1));
        Assert.That((refused.Errno, refused.Reason), Is.EqualTo((Errno.ENOTTY, Reason.IoctlOfOtherFiles)));
        Assert.That((uint)process.File(buffer).Value.Flags, Is.EqualTo(2));
        Assert.That(process.Ioctl(buffer, 0x2, new IoctlArgument(true)).IsOk);
    }

    [Test]
    public void SyncTakesSixOfAllFlagWords()
    {
        ulong[] good = [1, 2, 3, 5, 6, 7];
        for (ulong flags = 0; flags < 32; flags++)
        {
            Assert.That(process.Sync(buffer, flags).IsOk, Is.EqualTo(good.Contains(flags)), $"{flags}");
        }

        Gen<ulong> words = ArbMap.Default.GeneratorFor<ulong>();
        Prop.ForAll(
            Arb.From(words),
            flags => Assert.That(process.Sync(buffer, flags).IsOk, Is.EqualTo(good.Contains(flags))))
            .QuickCheckThrowOnFailure();
        for (int bit = 3; bit < 64; bit++)
        {
            Result refused = process.Sync(buffer, 3 | (1UL << bit));
            Assert.That((refused.Errno, refused.Reason), Is.EqualTo((Errno.EINVAL, Reason.SyncFlagsUnknown)));
        }
    }

    [TestCase(0, true)]
    [TestCase(1, true)]
    [TestCase(31, true)]
    [TestCase(32, false)]
    [TestCase(33, false)]
    [TestCase(64, false)]
    public void ANameHasAtMost31Bytes(int length, bool fits)
    {
        process.SetName(buffer, "before");
        string name = new('n', length);
        Assert.That(process.SetName(buffer, name).Errno, Is.EqualTo(fits ? Errno.OK : Errno.EINVAL));
        Assert.That(process.Buffer(buffer).Value.Name, Is.EqualTo(fits ? name : "before"));
    }

    [Test]
    public void ANameIsBytesUpToAZero()
    {
        Assert.That(process.SetName(buffer, new string('é', 15)).IsOk);
        Assert.That(process.SetName(buffer, new string('é', 16)).Errno, Is.EqualTo(Errno.EINVAL));
        Assert.That(process.SetName(buffer, "short\0" + new string('x', 100)).IsOk);
        Assert.That(process.Buffer(buffer).Value.Name, Is.EqualTo("short"));

        // Both numbers do the same, and any holder may name the buffer.
        process.Ioctl(process.Duplicate(buffer).Value, 0x40046201, new IoctlArgument(true, 0, "other"));
        Assert.That(process.Buffer(buffer).Value.Name, Is.EqualTo("other"));
    }
}
