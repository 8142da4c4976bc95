using DmaBufSim.Abi;
using DmaBufSim.Devices;
using DmaBufSim.Dma;
using DmaBufSim.Files;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Memory;
using DmaBufSim.Tests.Support;
using NUnit.Framework;

namespace DmaBufSim.Tests.Heaps;

[TestFixture]
public sealed class CmaHeapTests
{
    [TestCase("6.1", 0, 1L << 50)]
    [TestCase("6.12", 0, 0L)]
    [TestCase("7.3", 5, 1L << 50)]
    public void ARequestLargerThanTheAreaIsCountedWhereLinuxCountsIt(string kernel, int lines, long pages)
    {
        Machine machine = Box.Empty.On(kernel).Area("area", 4 << 20).Heap("cma", "cma", on: "area").Build();
        Assert.That(
            machine.TryAlloc("cma", 1L << 62).Why(), Is.EqualTo((Errno.ENOMEM, Reason.LargerThanArea)));
        Assert.That((machine.Areas[0].Log.Count, machine.Areas[0].AllocatedPagesFailed), Is.EqualTo((lines, pages)));
    }

    [Test]
    public void TheCounterOfFailuresWrapsAsThatOfLinux()
    {
        Machine machine = Box.Empty.On("7.3").Area("area", 4 << 20).Heap("cma", "cma", on: "area").Build();
        for (int i = 0; i < 2100; i++)
        {
            Assert.That(machine.TryAlloc("cma", -4096).Errno, Is.EqualTo(Errno.ENOMEM));
        }

        long expected = unchecked(2100 * ((1L << 52) - 1));
        Assert.That(machine.Areas[0].AllocatedPagesFailed, Is.EqualTo(expected));
    }

    [Test]
    public void HeapsOfOneAreaShareIt()
    {
        Machine machine = Box.Empty.Area("area", 4 << 20)
            .Heap("one", "cma", on: "area").Heap("two", "cma", on: "area").Heap("video", "protected", on: "area")
            .Build();
        machine.Alloc("one", 2 << 20);
        machine.Alloc("video", 1 << 20);
        Assert.That(machine.TryAlloc("two", 2 << 20).Reason, Is.EqualTo(Reason.NoContiguousRun));
        int last = machine.Alloc("two", 1 << 20);
        Assert.That(machine.Areas[0].FreePages, Is.Zero);
        machine.First.Close(last);
        Assert.That(machine.TryAlloc("one", 1 << 20).IsOk);
    }

    [Test]
    public void SixtyThreeMebibyteBuffersFitAfterTwoSmallOnes()
    {
        Machine machine = (Box.Empty with { Memory = 128 << 20 }).Area("area", 64 << 20)
            .Heap("cma", "cma", on: "area").Build();
        machine.Alloc("cma", 4096);
        machine.Alloc("cma", 12288);
        int fit = 0;
        while (machine.TryAlloc("cma", 1 << 20).IsOk)
        {
            fit++;
        }

        Assert.That(fit, Is.EqualTo(63));
    }

    [TestCase("system", Errno.EIO)]
    [TestCase("cma", Errno.ENOMEM)]
    public void AFailureToMapIsTheHeapsErrno(string heap, Errno errno)
    {
        Machine machine = (Box.Empty with { Base = 4L << 30 }).Area("area", 4 << 20)
            .Heap("system", "system").Heap("cma", "cma", on: "area")
            .Device(new DeviceDescription("probe0", "probe") { Mask = 32 }).Build();
        Import import = machine.Attach("probe0", machine.Alloc(heap, 8192));
        Result mapped = import.Map(DmaDirection.ToDevice);
        Assert.That(mapped.Why(), Is.EqualTo((errno, Reason.AddressBeyondMask)));
        Assert.That((machine.Trace.LastRefusal.Errno, machine.Trace.LastRefusal.Who), Is.EqualTo((errno, "probe0")));
        Assert.That((import.IsMapped, import.Segments.Length), Is.EqualTo((false, 0)));
    }

    [TestCase("6.12", "system", Errno.EIO)]
    [TestCase("6.12", "cma", Errno.ENOMEM)]
    [TestCase("7.3", "cma", Errno.OK)]
    public void ADynamicImporterFailsAtAttachWhereTheCoreMapsThere(string kernel, string heap, Errno errno)
    {
        Machine machine = (Box.Empty with { Base = 4L << 30 }).On(kernel).Area("area", 4 << 20)
            .Heap("system", "system").Heap("cma", "cma", on: "area")
            .Device(new DeviceDescription("probe0", "probe") { Mask = 32 }).Build();
        int buffer = machine.Alloc(heap, 8192);
        Assert.That(machine.TryAttach("probe0", buffer, isDynamic: true).Errno, Is.EqualTo(errno));
        bool attached = errno == Errno.OK;
        Assert.That(machine.Buffer(buffer).References, Is.EqualTo(attached ? 2 : 1));
        Assert.That(machine.Buffer(buffer).Attachments.Count(), Is.EqualTo(attached ? 1 : 0));
    }

    [Test]
    public void MappingsOfABufferAreShared()
    {
        Machine machine = Box.Empty.Area("area", 4 << 20).Heap("cma", "cma", on: "area").Build();
        int buffer = machine.Alloc("cma", 8192);
        Assert.That(
            machine.Mmap(buffer, 4096, MapProtection.Read, MapType.Private).Why(),
            Is.EqualTo((Errno.EINVAL, Reason.PrivateMappingRefused)));
        Assert.That(machine.Mmap(buffer, 8192, MapProtection.Read, MapType.SharedValidate).IsOk);
    }

    [Test]
    public void FourGibibytesAndMoreAreSeveralEntries()
    {
        Machine machine = (Box.Empty with { Memory = 16L << 30 }).Area("area", 9L << 30)
            .Heap("cma", "cma", on: "area").Device("probe0", "probe").Build();
        int buffer = machine.Alloc("cma", (8L << 30) + 8192);
        Import import = machine.Attach("probe0", buffer);
        Assert.That(import.Map(DmaDirection.ToDevice).IsOk);
        Assert.That(
            import.Segments.ToArray().Select(segment => segment.Length),
            Is.EqualTo(new[] { 0xfffff000L, 0xfffff000L, 0x4000L }));
        import.Detach();
        machine.First.Close(buffer);
        Assert.That(machine.Areas[0].UsedPages, Is.Zero);
        int smaller = machine.Alloc("cma", 0xfffff000);
        Assert.That(SystemHeapTests.Chunks(machine, smaller), Is.EqualTo(new[] { 0xfffff }));
    }

    [Test]
    public void ACmaHeapNeedsAnArea()
    {
        HeapContext context = Box.Empty.Heap("system", "system").Build().Heaps.Heaps[0].Context;
        Assert.That(() => new CmaHeap(context), Throws.ArgumentException);
        Assert.That(() => new CarveoutHeap(context), Throws.ArgumentException);
        Assert.That(() => new ProtectedHeap(context), Throws.ArgumentException);
        Assert.That(
            () => new CarveoutHeap(context with { Carveout = new FrameRun(0, 4) }), Throws.Nothing);
    }
}
