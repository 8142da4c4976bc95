using DmaBufSim.Abi;
using DmaBufSim.Dma;
using DmaBufSim.Engine;
using DmaBufSim.Memory;
using DmaBufSim.Security;
using DmaBufSim.Tests.Memory;
using DmaBufSim.Tests.Support;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Dma;

/// <summary>The addresses that an IOMMU gives out.</summary>
[TestFixture]
public sealed class IommuTests
{
    private readonly Trace trace = new();

    [Test]
    public void AddressesAreThoseOfTheGoldenVector()
    {
        DmaDevice device = Device(32);
        SgTable[] tables = [.. new[] { 765, 765, 1, 3, 8, 3110, 40, 765 }.Select(pages => Map(device, pages))];
        Assert.That(tables.Select(Address), Is.EqualTo(new ulong[]
        {
            0xffc00000, 0xff800000, 0xff7ff000, 0xff7f8000, 0xff7f0000, 0xfe000000, 0xfdfc0000, 0xfdc00000,
        }));
        device.Iommu!.Unmap(tables[1]);
        ulong[] again = [.. new[] { 765, 100, 765 }.Select(pages => Address(Map(device, pages)))];
        Assert.That(again, Is.EqualTo(new ulong[] { 0xff800000, 0xff780000, 0xff400000 }));
    }

    [TestCase(3110, 255)]
    [TestCase(8100, 127)]
    public void FourGibibytesHoldSoManyBuffers(int pages, int most)
    {
        DmaDevice device = Device(32);
        for (int i = 0; i < most; i++)
        {
            Map(device, pages);
        }

        Result full = device.Iommu!.Map(device, Table(pages), DmaDirection.Bidirectional);
        Assert.That(full.Why(), Is.EqualTo((Errno.ENOMEM, Reason.IovaExhausted)));
        Assert.That(
            trace.LastRefusal,
            Is.EqualTo(new Refusal(Errno.ENOMEM, Reason.IovaExhausted, "gpu", null, 0, (long)pages << 12)));
        Assert.That(device.Iommu.Count, Is.EqualTo(most));
    }

    [Test]
    public void PlacementAgreesWithABitPerPage() => Steps.Check(200, 120, steps =>
    {
        DmaDevice device = Device(20);
        IovaModel model = new(1 << 8);
        List<SgTable> live = [];
        foreach (int number in steps)
        {
            int step = number;
            if (live.Count > 0 && Steps.Below(ref step, 3) == 0)
            {
                SgTable gone = live[Steps.Below(ref step, live.Count)];
                model.Free((int)(Address(gone) >> 12));
                device.Iommu!.Unmap(gone);
                gone.ClearSegments();
                live.Remove(gone);
                continue;
            }

            SgTable table = Table(Steps.Below(ref step, Steps.Below(ref step, 4) == 0 ? 70 : 12) + 1);
            Result mapped = device.Iommu!.Map(device, table, DmaDirection.ToDevice);
            int expected = model.Allocate(table.Pages);
            Assert.That(mapped.IsOk ? (int)(Address(table) >> 12) : -1, Is.EqualTo(expected));
            if (mapped.IsOk)
            {
                live.Add(table);
            }
        }

        Assert.That(device.Iommu!.Count, Is.EqualTo(live.Count));
    });

    [Test]
    public void ADeviceOf64BitsGetsTheTopOfAllAddresses()
    {
        DmaBufSim.Machines.Machine machine = Box.Empty.Heap("system", "system").Device(
            new DmaBufSim.Machines.DeviceDescription("probe", "probe") { Iommu = true }).Build();
        DmaBufSim.Devices.Import import = machine.Attach("probe", machine.Alloc("system", 8192));
        Assert.That(import.Map(DmaDirection.Bidirectional).IsOk);
        Assert.That(import.Segments[0].Address, Is.EqualTo(0xffff_ffff_ffff_e000));
        Assert.That(import.Fill(0, 8192, 1).IsOk);
    }

    [Test]
    public void TranslationLeadsToTheFramesOfTheTableAndNowhereElse()
    {
        DmaDevice device = Device(32);
        SgTable table = new([new FrameRun(7, 2), new FrameRun(40, 1)]);
        device.Iommu!.Map(device, table, DmaDirection.Bidirectional);
        ulong start = Address(table);
        FrameRun[] expected = [new FrameRun(7, 2), new FrameRun(8, 1), new FrameRun(40, 1)];
        for (int page = 0; page < 3; page++)
        {
            Result<FrameRun> found = device.Iommu.Translate(
                device, start + ((ulong)page << 12) + 17, AccessRights.ReadWrite);
            Assert.That(found.Value, Is.EqualTo(expected[page]));
        }

        foreach (ulong outside in new[] { start - 1, start + 0x3000, 0UL, ulong.MaxValue })
        {
            Assert.That(
                device.Iommu.Translate(device, outside, AccessRights.Read, 5, 6).Why(),
                Is.EqualTo((Errno.EFAULT, Reason.OutsideAttachment)));
            Assert.That((trace.LastRefusal.Offset, trace.LastRefusal.Length), Is.EqualTo((5L, 6L)));
        }

        device.Iommu.Unmap(table);
        Assert.That(
            device.Iommu.Translate(device, start, AccessRights.Read).Reason, Is.EqualTo(Reason.OutsideAttachment));
    }

    [TestCase(DmaDirection.ToDevice, true, false)]
    [TestCase(DmaDirection.FromDevice, true, true)]
    [TestCase(DmaDirection.Bidirectional, true, true)]
    public void OnlyAWriteCanBeStoppedByTheDirection(DmaDirection direction, bool reads, bool writes)
    {
        DmaDevice device = Device(32);
        SgTable table = Table(1);
        device.Iommu!.Map(device, table, direction);
        Assert.That(
            device.Iommu.Translate(device, Address(table), AccessRights.Read).IsOk, Is.EqualTo(reads));
        Result<FrameRun> write = device.Iommu.Translate(device, Address(table), AccessRights.Write);
        Assert.That(write.Reason, Is.EqualTo(writes ? Reason.None : Reason.DirectionForbids));
    }

    [Test]
    public void WhatIsNotMappedCannotBeUnmapped()
    {
        DmaDevice device = Device(32);
        SgTable table = Map(device, 3);
        SgTable other = Table(3);
        Assert.That(() => device.Iommu!.Unmap(other), Throws.TypeOf<InvariantException>());
        other.SetSegment(table.Segments[0]);
        Assert.That(() => device.Iommu!.Unmap(other), Throws.TypeOf<InvariantException>());
    }

    internal static DmaDevice Device(int bits, long? maxSegment = null, Trace? trace = null) =>
        new("gpu.0", new Master("gpu"))
        {
            Mask = (1UL << bits) - 1,
            MaxSegment = maxSegment,
            Iommu = new IommuDomain(trace ?? new Trace()),
        };

    private DmaDevice Device(int bits) => Device(bits, null, trace);

    private static SgTable Table(int pages) => new(new FrameRun(0, pages));

    private static SgTable Map(DmaDevice device, int pages)
    {
        SgTable table = Table(pages);
        Assert.That(device.Iommu!.Map(device, table, DmaDirection.Bidirectional).IsOk);
        return table;
    }

    private static ulong Address(SgTable table) => table.Segments[0].Address;
}
