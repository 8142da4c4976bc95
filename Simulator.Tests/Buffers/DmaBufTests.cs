using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Files;
using DmaBufSim.Tracing;
using NUnit.Framework;
using static DmaBufSim.Tests.Buffers.PlainStorage;

namespace DmaBufSim.Tests.Buffers;

[TestFixture]
public sealed class DmaBufTests
{
    [TestCase(0L, 0, 0L)]
    [TestCase(0L, 2, 4096L)]
    [TestCase(0L, 1, -1L)]
    [TestCase(0L, 3, -1L)]
    [TestCase(0L, 4, -1L)]
    [TestCase(0L, 5, -1L)]
    [TestCase(0L, 99, -1L)]
    [TestCase(0L, -1, -1L)]
    [TestCase(1L, 0, -1L)]
    [TestCase(-1L, 0, -1L)]
    [TestCase(-1L, 2, -1L)]
    [TestCase(4096L, 2, -1L)]
    [TestCase(1099511627776L, 2, -1L)]
    public void OnlyTwoSeeksAreAnswered(long offset, int whence, long expected)
    {
        Result<long> moved = Export(new PlainStorage()).Seek(offset, (SeekWhence)whence);
        Assert.That(moved.IsOk ? moved.Value : -1, Is.EqualTo(expected));
        Assert.That(moved.Errno, Is.EqualTo(expected < 0 ? Errno.EINVAL : Errno.OK));
    }

    [TestCase(1ul, "begin FromDevice")]
    [TestCase(2ul, "begin ToDevice")]
    [TestCase(3ul, "begin Bidirectional")]
    [TestCase(5ul, "end FromDevice")]
    [TestCase(6ul, "end ToDevice")]
    [TestCase(7ul, "end Bidirectional")]
    [TestCase(4ul, "")]
    [TestCase(11ul, "")]
    public void SyncTellsTheExporterWhichWayAndWhen(ulong flags, string call)
    {
        PlainStorage storage = new();
        Export(storage).Ioctl((uint)DmaBufIoctl.Sync, new IoctlArgument(true, flags));
        Assert.That(string.Join(';', storage.Calls), Is.EqualTo(call));
    }

    [TestCase(1ul, "begin")]
    [TestCase(5ul, "end")]
    public void SyncAnswersWhatTheExporterAnswers(ulong flags, string refuses)
    {
        DmaBuf buffer = Export(new PlainStorage { Refuses = refuses });
        Assert.That(buffer.Ioctl(0x40086200, new IoctlArgument(true, flags)).Errno, Is.EqualTo(Errno.ENOMEM));
        Assert.That(buffer.Ioctl(0x40086200, new IoctlArgument(true, flags ^ 4)).IsOk);
    }

    [Test]
    public void FurtherVmapsShareTheFirst()
    {
        PlainStorage storage = new();
        DmaBuf buffer = Export(storage);
        Assert.That(buffer.Vmap().IsOk && buffer.Vmap().IsOk && buffer.Vmap().IsOk);
        Assert.That(buffer.VmapCount, Is.EqualTo(3));
        buffer.Vunmap();
        buffer.Vunmap();
        Assert.That(storage.Calls, Is.EqualTo(new[] { "vmap" }));
        buffer.Vunmap();
        Assert.That(buffer.Vmap().IsOk);
        Assert.That(storage.Calls, Is.EqualTo(new[] { "vmap", "vunmap", "vmap" }));
        Assert.That(buffer.References, Is.EqualTo(1), "a vmap takes no reference by itself");
    }

    [Test]
    public void VunmapWithoutAVmapIsABug() =>
        Assert.That(Export(new PlainStorage()).Vunmap, Throws.TypeOf<KernelBugException>());

    [Test]
    public void ReleaseWithAVmapIsABug()
    {
        DmaBuf buffer = Export(new PlainStorage());
        buffer.Vmap();
        Assert.That(buffer.Put, Throws.TypeOf<KernelBugException>());
    }

    [Test]
    public void ARefusedVmapWarnsOnce()
    {
        (DmaBufList list, Trace trace) = NewList();
        for (int i = 0; i < 3; i++)
        {
            DmaBuf buffer = list.Export(new PlainStorage { Refuses = "vmap" }, 4096, OpenFlags.ReadWrite, "test");
            Assert.That(buffer.Vmap().Errno, Is.EqualTo(Errno.ENOMEM));
            Assert.That(buffer.VmapCount, Is.Zero);
        }

        Assert.That(trace.Warnings.Select(warning => warning.KernelFunction), Is.EqualTo(new[] { "dma_buf_vmap" }));
    }

    [Test]
    public void AnExporterWithoutTheOperationIsNotAsked()
    {
        PlainStorage storage = new() { Refuses = "vmap exists" };
        Result mapped = Export(storage).Vmap();
        Assert.That((mapped.Errno, mapped.Reason), Is.EqualTo((Errno.EINVAL, Reason.ExporterCannotVmap)));
        DmaBuf closed = Export(new PlainStorage { Refuses = "mmap exists" });
        MappingRequest outside = new(5, 1, MapProtection.Read, true);
        Assert.That(closed.Mmap(outside).Reason, Is.EqualTo(Reason.ExporterCannotMmap), "before the bounds");
        Assert.That(storage.Calls, Is.Empty);
    }

    [Test]
    public void TheListIsNewestFirstAndInodesAreNeverUsedAgain()
    {
        (DmaBufList list, Trace _) = NewList();
        DmaBuf[] buffers = [.. Enumerable.Range(0, 5).Select(_ => Export(new PlainStorage(), list))];
        Assert.That(list.NewestFirst.Select(buffer => buffer.Inode), Is.EqualTo(new[] { 5, 4, 3, 2, 1 }));
        buffers[4].Put();
        buffers[0].Put();
        buffers[2].Put();
        Export(new PlainStorage(), list);
        Assert.That(list.NewestFirst.Select(buffer => buffer.Inode), Is.EqualTo(new[] { 6, 4, 2 }));
        Assert.That(list.Count, Is.EqualTo(3));
    }

    private static DmaBuf Export(PlainStorage storage, DmaBufList? list = null) =>
        (list ?? NewList().List).Export(storage, 4096, OpenFlags.ReadWrite, "test");
}
