using DmaBufSim.Abi;
using NUnit.Framework;

namespace DmaBufSim.Tests.Abi;

[TestFixture]
public sealed class IoctlTests
{
    private const uint Writes = 1;
    private const uint ReadsAndWrites = 3;

    // _IOC() of include/uapi/asm-generic/ioctl.h: number, type, size, direction, from the lowest bit up.
    [TestCase(DmaBufIoctl.Sync, Writes, 0u, 8u)]
    [TestCase(DmaBufIoctl.SetNameA, Writes, 1u, 4u)]
    [TestCase(DmaBufIoctl.SetNameB, Writes, 1u, 8u)]
    [TestCase(DmaBufIoctl.ExportSyncFile, ReadsAndWrites, 2u, 8u)]
    [TestCase(DmaBufIoctl.ImportSyncFile, Writes, 3u, 8u)]
    public void NumbersAreThoseOfTheHeader(DmaBufIoctl ioctl, uint direction, uint number, uint size) =>
        Assert.That((uint)ioctl, Is.EqualTo((direction << 30) + (size << 16) + ('b' << 8) + number));

    [Test]
    public void SyncFlagsAreThoseOfTheHeader()
    {
        Assert.That(DmaBufSyncFlags.Read | DmaBufSyncFlags.Write, Is.EqualTo(DmaBufSyncFlags.ReadWrite));
        Assert.That((ulong)DmaBufSyncFlags.End, Is.EqualTo(1UL << 2));
        Assert.That(DmaBufSyncFlags.ReadWrite | DmaBufSyncFlags.End, Is.EqualTo(DmaBufSyncFlags.All));
    }

    [Test]
    public void MapTypesAreThoseOfMmap() =>
        Assert.That(
            Enum.GetValues<MapType>().Select(type => ((int)type, type.ToString())),
            Is.EqualTo(new[] { (1, "Shared"), (2, "Private"), (3, "SharedValidate") }));
}
