using DmaBufSim.Abi;
using DmaBufSim.Files;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Memory;
using DmaBufSim.Tests.Support;
using NUnit.Framework;

namespace DmaBufSim.Tests.Heaps;

/// <summary>A memfd as a file: size, position, holes, seals and pages.</summary>
[TestFixture]
public sealed class MemfdTests
{
    private static readonly (Errno, Reason) Sealed = (Errno.EPERM, Reason.SealForbids);

    [Test]
    public void PagesComeWhenTheyAreWrittenAndGoWhenTheyAreCut()
    {
        Machine machine = Box.Empty.Build();
        long free = machine.Memory.Buddy.FreeFrames;
        Memfd memfd = machine.Memfds.Create(mayBeSealed: true);
        Assert.That(memfd.Truncate(10 * 4096).IsOk);
        Assert.That(Pages(machine, free), Is.Zero);
        Assert.That(memfd.Read(new byte[8192]).Value, Is.EqualTo(8192));
        Assert.That(Pages(machine, free), Is.Zero, "reading a hole makes no page");
        memfd.Seek(4090, SeekWhence.Set);
        Assert.That(memfd.Write(new byte[10]).Value, Is.EqualTo(10));
        Assert.That(Pages(machine, free), Is.EqualTo(2));
        Assert.That(memfd.Fault(9).IsOk);
        Assert.That(memfd.Fault(9).IsOk);
        Assert.That(Pages(machine, free), Is.EqualTo(3));
        Assert.That(memfd.Stat(), Is.EqualTo(new InodeStatus(24, Convert.ToInt32("100777", 8), 0)));
        Assert.That(memfd.Truncate(4097).IsOk);
        Assert.That(Pages(machine, free), Is.EqualTo(2));
        Assert.That(memfd.Truncate(4096).IsOk);
        Assert.That(Pages(machine, free), Is.EqualTo(1));
        memfd.Put();
        Assert.That(Pages(machine, free), Is.Zero);
        Assert.That(machine.Memfds.Count, Is.Zero);
    }

    [Test]
    public void WhatWasCutReadsAsZeros()
    {
        Memfd memfd = Filled(3 * 4096);
        memfd.Truncate(5000);
        memfd.Truncate(3 * 4096);
        memfd.Seek(0, SeekWhence.Set);
        byte[] bytes = new byte[4 * 4096];
        Assert.That(memfd.Read(bytes).Value, Is.EqualTo(3 * 4096));
        Assert.That(bytes.AsSpan(0, 5000).IndexOfAnyExcept((byte)7), Is.Negative);
        Assert.That(bytes.AsSpan(5000).IndexOfAnyExcept((byte)0), Is.Negative);
        Assert.That(memfd.Read(bytes).Value, Is.Zero, "the position is at the end");
        memfd.Seek(1L << 40, SeekWhence.Set);
        Assert.That(memfd.Read(bytes).Value, Is.Zero);
    }

    [TestCase(100, SeekWhence.Set, 100)]
    [TestCase(0, SeekWhence.End, 40960)]
    [TestCase(-40960, SeekWhence.End, 0)]
    [TestCase(5, SeekWhence.Current, 5)]
    [TestCase(1 << 30, SeekWhence.End, 40960 + (1 << 30))]
    [TestCase(0, SeekWhence.Data, 8192)]
    [TestCase(8193, SeekWhence.Data, 8193)]
    [TestCase(16384, SeekWhence.Data, 20480)]
    [TestCase(0, SeekWhence.Hole, 0)]
    [TestCase(8192, SeekWhence.Hole, 12288)]
    [TestCase(20481, SeekWhence.Hole, 24576)]
    [TestCase(36864, SeekWhence.Hole, 40960)]
    public void SeekFinds(long offset, SeekWhence whence, long found)
    {
        Memfd memfd = WithHoles();
        Assert.That(memfd.Seek(offset, whence).Value, Is.EqualTo(found));
        Assert.That(memfd.Position, Is.EqualTo(found));
    }

    [TestCase(-1, SeekWhence.Set, Errno.EINVAL)]
    [TestCase(-1, SeekWhence.Current, Errno.EINVAL)]
    [TestCase(-40961, SeekWhence.End, Errno.EINVAL)]
    [TestCase(long.MaxValue, SeekWhence.End, Errno.EINVAL)]
    [TestCase(0, (SeekWhence)5, Errno.EINVAL)]
    [TestCase(-1, SeekWhence.Data, Errno.ENXIO)]
    [TestCase(40960, SeekWhence.Data, Errno.ENXIO)]
    [TestCase(40960, SeekWhence.Hole, Errno.ENXIO)]
    public void SeekRefuses(long offset, SeekWhence whence, Errno errno)
    {
        Memfd memfd = WithHoles();
        Assert.That(memfd.Seek(offset, whence).Why(), Is.EqualTo((errno, Reason.SeekOutsideFile)));
        Assert.That(memfd.Position, Is.Zero);
    }

    [Test]
    public void NoDataBehindTheLastPage()
    {
        Memfd memfd = Filled(4096);
        memfd.Truncate(3 * 4096);
        Assert.That(memfd.Seek(4096, SeekWhence.Data).Errno, Is.EqualTo(Errno.ENXIO));
        Assert.That(memfd.Seek(4096, SeekWhence.Hole).Value, Is.EqualTo(4096));
    }

    [TestCase(MemfdSeals.Shrink, false, true, true)]
    [TestCase(MemfdSeals.Grow, true, false, true)]
    [TestCase(MemfdSeals.Write, true, true, false)]
    [TestCase(MemfdSeals.FutureWrite, true, true, false)]
    [TestCase(MemfdSeals.Shrink | MemfdSeals.Grow, false, false, true)]
    public void SealsForbid(MemfdSeals seals, bool shrinks, bool grows, bool writes)
    {
        Memfd memfd = Filled(8192);
        Assert.That(memfd.AddSeals(seals).IsOk);
        Assert.That(memfd.Truncate(8192).IsOk, "the same size is no change");
        Assert.That(memfd.Truncate(4096).Why(), Is.EqualTo(shrinks ? (Errno.OK, Reason.None) : Sealed));
        Assert.That(memfd.Truncate(16384).Why(), Is.EqualTo(grows ? (Errno.OK, Reason.None) : Sealed));
        memfd.Seek(0, SeekWhence.Set);
        Assert.That(memfd.Write(new byte[16]).Why(), Is.EqualTo(writes ? (Errno.OK, Reason.None) : Sealed));
    }

    [Test]
    public void AWriteStopsWhereGrowthIsSealed()
    {
        Memfd memfd = Filled(4096);
        memfd.AddSeals(MemfdSeals.Grow);
        memfd.Seek(4088, SeekWhence.Set);
        Assert.That(memfd.Write(new byte[16]).Value, Is.EqualTo(8), "the page that is there is written");
        Assert.That(memfd.Write(new byte[16]).Why(), Is.EqualTo(Sealed));
    }

    [Test]
    public void SealsOnlyAddUp()
    {
        Memfd memfd = Filled(4096);
        Assert.That(memfd.AddSeals(MemfdSeals.None).IsOk);
        Assert.That(memfd.AddSeals(MemfdSeals.Shrink).IsOk);
        Assert.That(memfd.AddSeals(MemfdSeals.Grow | MemfdSeals.Shrink).IsOk);
        Assert.That(memfd.AddSeals((MemfdSeals)0x40).Why(), Is.EqualTo((Errno.EINVAL, Reason.SealUnknown)));
        Assert.That(memfd.AddSeals(MemfdSeals.Seal).IsOk);
        Assert.That(memfd.Seals, Is.EqualTo(MemfdSeals.Shrink | MemfdSeals.Grow | MemfdSeals.Seal));
        Assert.That(memfd.AddSeals(MemfdSeals.Grow).Why(), Is.EqualTo((Errno.EPERM, Reason.SealsSealed)));
        Assert.That(memfd.AddSeals((MemfdSeals)0x40).Errno, Is.EqualTo(Errno.EINVAL), "the bits are looked at first");
    }

    [TestCase("6.1", Errno.EINVAL)]
    [TestCase("6.12", Errno.OK)]
    [TestCase("7.3", Errno.OK)]
    public void TheSealOnExecutionIsNewAndImpliesTheOthers(string kernel, Errno errno)
    {
        Memfd memfd = Box.Empty.On(kernel).Build().Memfds.Create(mayBeSealed: true);
        Assert.That(memfd.AddSeals(MemfdSeals.Execute).Errno, Is.EqualTo(errno));
        Assert.That(memfd.Seals, Is.EqualTo(errno == Errno.OK ? (MemfdSeals)0x3e : MemfdSeals.None));
    }

    [Test]
    public void WithoutTheRightToSealNoSealCanBeAdded()
    {
        Memfd memfd = Box.Empty.Build().Memfds.Create(mayBeSealed: false);
        Assert.That(memfd.Seals, Is.EqualTo(MemfdSeals.Seal));
        Assert.That(memfd.AddSeals(MemfdSeals.None).Why(), Is.EqualTo((Errno.EPERM, Reason.SealsSealed)));
    }

    [Test]
    public void WithoutAFrameATouchFailsAndTheFileIsAsItWas()
    {
        Machine machine = new MachineDescription { Memory = 4 << 20 }.Build();
        Memfd memfd = machine.Memfds.Create(mayBeSealed: true);
        memfd.Truncate(2L << 40);
        Result<int> touched = 0;
        int pages = 0;
        for (; touched.IsOk; pages++)
        {
            touched = memfd.Fault(pages * 1000);
        }

        Assert.That(touched.Why(), Is.EqualTo((Errno.ENOMEM, Reason.OutOfMemory)));
        Assert.That(pages, Is.EqualTo(1025));
        memfd.Seek(0, SeekWhence.End);
        Assert.That(memfd.Write(new byte[1]).Errno, Is.EqualTo(Errno.ENOMEM));
        Assert.That(memfd.Size, Is.EqualTo(2L << 40));
        memfd.Put();
        Assert.That(machine.Memory.Buddy.FreeFrames, Is.EqualTo(1024));
    }

    [Test]
    public void SizesReachTwoToTheSixtyThird()
    {
        Memfd memfd = Filled(4096);
        Assert.That(memfd.Truncate(long.MaxValue).IsOk);
        Assert.That(memfd.Truncate(long.MaxValue - 1).IsOk);
        Assert.That(memfd.Seek(long.MaxValue - 10, SeekWhence.Set).IsOk);
        Assert.That(memfd.Write(new byte[16]).Value, Is.EqualTo(10));
        Assert.That(memfd.Size, Is.EqualTo(long.MaxValue));
        Assert.That(memfd.Write(new byte[1]).Why(), Is.EqualTo((Errno.EFBIG, Reason.SeekOutsideFile)));
        Assert.That(memfd.Truncate(1).IsOk);
        Assert.That(memfd.Pages.Count(), Is.EqualTo(1));
    }

    [Test]
    public void PagesAreMovable()
    {
        Machine machine = Box.Empty.Build();
        Memfd memfd = machine.Memfds.Create(mayBeSealed: true);
        memfd.Truncate(4096);
        int frame = memfd.Fault(0).Value;
        Assert.That(machine.Memory.Buddy.TypeOf(frame), Is.EqualTo(MigrateType.Movable));
    }

    private static long Pages(Machine machine, long free) => free - machine.Memory.Buddy.FreeFrames;

    private static Memfd Filled(int bytes)
    {
        Memfd memfd = Box.Empty.Build().Memfds.Create(mayBeSealed: true);
        byte[] sevens = new byte[bytes];
        sevens.AsSpan().Fill(7);
        memfd.Write(sevens);
        return memfd;
    }

    // Pages 2, 5 and 9 of ten.
    private static Memfd WithHoles()
    {
        Memfd memfd = Box.Empty.Build().Memfds.Create(mayBeSealed: true);
        memfd.Truncate(10 * 4096);
        Array.ForEach([2, 5, 9], page => memfd.Fault(page));
        return memfd;
    }
}
