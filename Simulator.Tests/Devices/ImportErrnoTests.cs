using DmaBufSim.Abi;
using DmaBufSim.Devices;
using DmaBufSim.Dma;
using DmaBufSim.Machines;
using DmaBufSim.Tests.Support;
using NUnit.Framework;

namespace DmaBufSim.Tests.Devices;

/// <summary>What the framework of each kind of device answers when a buffer does not suit it.</summary>
[TestFixture]
public sealed class ImportErrnoTests
{
    [TestCase("probe", Errno.OK, Reason.None)]
    [TestCase("decoder", Errno.EFAULT, Reason.NotContiguous)]
    [TestCase("display", Errno.EINVAL, Reason.NotContiguous)]
    [TestCase("gpu", Errno.OK, Reason.None)]
    [TestCase("cpu", Errno.OK, Reason.None)]
    public void ABufferInPieces(string type, Errno errno, Reason reason)
    {
        Machine machine = Small().Device("dev", type).Build();
        machine.Fragment("system");
        Import import = machine.Attach("dev", machine.Alloc("system", 8192));
        Assert.That(import.Map(DmaDirection.Bidirectional).Why(), Is.EqualTo((errno, reason)));
        Assert.That(import.IsMapped, Is.EqualTo(errno == Errno.OK));
        if (errno != Errno.OK)
        {
            Assert.That(
                (machine.Trace.LastRefusal.Who, machine.Trace.LastRefusal.Offset, machine.Trace.LastRefusal.Length),
                Is.EqualTo(("dev", 4096L, 4096L)));
        }
    }

    [TestCase("decoder")]
    [TestCase("display")]
    public void AnIommuMakesOnePieceOfMany(string type)
    {
        Machine machine = Small().Device(new DeviceDescription("dev", type) { Iommu = true }).Build();
        machine.Fragment("system");
        Import import = machine.Attach("dev", machine.Alloc("system", 8192));
        Assert.That(import.Map(DmaDirection.Bidirectional).IsOk);
        Assert.That(import.Segments.ToArray(), Is.EqualTo(new[] { new DmaSegment(0xffffe000, 8192) }));
    }

    [TestCase("decoder")]
    [TestCase("display")]
    public void SystemHeapPagesThatHappenToTouchAreOnePiece(string type)
    {
        Machine machine = Small().Device("dev", type).Build();
        Import import = machine.Attach("dev", machine.Alloc("system", 65536 + 4096));
        Assert.That(import.Map(DmaDirection.Bidirectional).IsOk);
        Assert.That(import.Segments.Length, Is.EqualTo(2));
    }

    [TestCase("probe", "system", Errno.EIO)]
    [TestCase("probe", "cma", Errno.ENOMEM)]
    [TestCase("display", "system", Errno.EIO)]
    [TestCase("display", "cma", Errno.ENOMEM)]
    [TestCase("decoder", "system", Errno.EINVAL)]
    [TestCase("decoder", "cma", Errno.EINVAL)]
    [TestCase("cpu", "system", Errno.OK)]
    public void MemoryBeyondTheMask(string type, string heap, Errno errno)
    {
        Machine machine = (Small() with { Base = 4L << 30 })
            .Device(new DeviceDescription("dev", type) { Mask = 32 }).Build();
        Import import = machine.Attach("dev", machine.Alloc(heap, 4096));
        Reason reason = errno == Errno.OK ? Reason.None : Reason.AddressBeyondMask;
        Assert.That(import.Map(DmaDirection.ToDevice).Why(), Is.EqualTo((errno, reason)));
        if (errno != Errno.OK)
        {
            Assert.That(
                (machine.Trace.LastRefusal.Errno, machine.Trace.LastRefusal.Reason, machine.Trace.LastRefusal.Who),
                Is.EqualTo((errno, reason, "dev")));
        }
    }

    [TestCase("gpu", "system", Errno.ENOMEM)]
    [TestCase("gpu", "cma", Errno.ENOMEM)]
    [TestCase("decoder", "system", Errno.EINVAL)]
    [TestCase("display", "cma", Errno.ENOMEM)]
    public void NoAddressesLeft(string type, string heap, Errno errno)
    {
        // A mask of 16 bits leaves 15 pages: page 0 is never given out.
        Machine machine = Small()
            .Device(new DeviceDescription("dev", type) { Iommu = true, Mask = 16 }).Build();
        Assert.That(machine.Attach("dev", machine.Alloc(heap, 8 << 12)).Map(DmaDirection.ToDevice).IsOk);
        Import import = machine.Attach("dev", machine.Alloc(heap, 8 << 12));
        Assert.That(import.Map(DmaDirection.ToDevice).Why(), Is.EqualTo((errno, Reason.IovaExhausted)));
        machine.FindImporter("dev")!.Imports[0].Unmap();
        Assert.That(import.Map(DmaDirection.ToDevice).IsOk);
    }

    [TestCase("probe", Errno.EINVAL)]
    [TestCase("decoder", Errno.EINVAL)]
    public void ASegmentLongerThanTheEngineTakes(string type, Errno errno)
    {
        Machine machine = Small()
            .Device(new DeviceDescription("dev", type) { MaxSegment = 65536 }).Build();
        Assert.That(machine.Attach("dev", machine.Alloc("cma", 65536)).Map(DmaDirection.ToDevice).IsOk);
        Import import = machine.Attach("dev", machine.Alloc("cma", 65536 + 4096));
        Assert.That(import.Map(DmaDirection.ToDevice).Why(), Is.EqualTo((errno, Reason.SegmentTooLong)));
        Assert.That(machine.Trace.LastRefusal.Length, Is.EqualTo(69632));
        Assert.That(import.IsMapped, Is.False);
    }

    [Test]
    public void TheKindsAreWhatTheirFrameworksNeed()
    {
        Assert.That(DeviceType.Find("modem"), Is.Null);
        Assert.That(
            DeviceType.All.Select(type => (type.Name, type.AddressBits, type.NeedsContiguous, type.HasIommu)),
            Is.EqualTo(new[]
            {
                ("probe", 64, false, false), ("decoder", 32, true, false), ("display", 32, true, false),
                ("gpu", 40, false, true), ("camera", 32, true, false), ("cpu", 64, false, false),
            }));
        Assert.That(DeviceType.All, Is.All.Matches<DeviceType>(type => DeviceType.Find(type.Name) == type));
    }

    private static MachineDescription Small() => (Box.Empty with { Memory = 8 << 20 })
        .Area("area", 4 << 20).Heap("system", "system").Heap("cma", "cma", on: "area");
}
