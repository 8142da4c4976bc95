using DmaBufSim.Abi;
using DmaBufSim.Devices;
using DmaBufSim.Dma;
using DmaBufSim.Files;
using DmaBufSim.Machines;
using DmaBufSim.Memory;
using DmaBufSim.Security;
using DmaBufSim.Tests.Support;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Heaps;

[TestFixture]
public sealed class ProtectedHeapTests
{
    private const MapProtection ReadWrite = MapProtection.Read | MapProtection.Write;

    private static readonly AccessRule[] Movie =
    [
        Box.Allow("decoder", AccessRights.Write),
        Box.Allow("display", AccessRights.Read),
        Box.Allow("cpu", AccessRights.Write, "subtitles"),
    ];

    [Test]
    public void TheStaticPoolIsFirstFitAndOnePieceABuffer()
    {
        Machine machine = Box.Empty.Heap("tee", "protected", size: 4 << 20).Device("tz", "probe").Build();
        int first = machine.Alloc("tee", 69632);
        int second = machine.Alloc("tee", 36864);
        ulong start = Address(machine, first);
        Assert.That(Address(machine, second), Is.EqualTo(start + 69632));
        machine.First.Close(first);
        Assert.That(Address(machine, machine.Alloc("tee", 65536)), Is.EqualTo(start));
        Assert.That(Address(machine, machine.Alloc("tee", 8192)), Is.EqualTo(start + 69632 + 36864));
        Assert.That(machine.TryAlloc("tee", 4 << 20).Why(), Is.EqualTo((Errno.ENOMEM, Reason.PoolFull)));
    }

    [Test]
    public void TheDynamicPoolLivesFromTheFirstBufferToTheLast()
    {
        Machine machine = Box.Empty.Area("area", 4 << 20)
            .Heap("cma", "cma", on: "area").Heap("lent", "protected", on: "area", size: 1 << 20).Build();
        CmaArea area = machine.Areas[0];
        Assert.That(machine.TryAlloc("lent", (1 << 20) + 1).Reason, Is.EqualTo(Reason.PoolFull));
        Assert.That(area.UsedPages, Is.Zero);
        int one = machine.Alloc("lent", 4096);
        int two = machine.Alloc("lent", 4096);
        Assert.That(area.UsedPages, Is.EqualTo(256));
        Assert.That(machine.TryAlloc("lent", 1 << 20).Reason, Is.EqualTo(Reason.PoolFull));
        machine.First.Close(one);
        Assert.That(area.UsedPages, Is.EqualTo(256));
        machine.First.Close(two);
        Assert.That((area.UsedPages, area.ReleasedPages), Is.EqualTo((0L, 256L)));
        machine.Alloc("cma", 4 << 20);
        Assert.That(machine.TryAlloc("lent", 4096).Reason, Is.EqualTo(Reason.NoContiguousRun));
    }

    [Test]
    public void BuffersOfAnAreaTakeOnlyTheirPages()
    {
        Machine machine = Box.Empty.Area("area", 4 << 20).Heap("video", "protected", on: "area").Build();
        int buffer = machine.Alloc("video", 12288);
        Assert.That(machine.Areas[0].UsedPages, Is.EqualTo(3));
        machine.First.Close(buffer);
        Assert.That(machine.Areas[0].UsedPages, Is.Zero);
    }

    [Test]
    public void WithoutARuleForTheCpuTheExporterHasNoMappings()
    {
        Machine machine = Box.Empty.Heap("tee", "protected", size: 1 << 20)
            .Heap("video", "protected", size: 1 << 20, rules: [Box.Allow("gpu", AccessRights.Read)])
            .Device("codec", "cpu").Device("probe0", "probe").Build();
        foreach (string heap in new[] { "tee", "video" })
        {
            int buffer = machine.Alloc(heap, 4096);
            Assert.That(machine.Buffer(buffer).ExporterName, Is.EqualTo("tee"));
            Assert.That(
                machine.Mmap(buffer, 4096, MapProtection.None).Why(),
                Is.EqualTo((Errno.EINVAL, Reason.ExporterCannotMmap)));
            Assert.That(
                machine.Vmap(machine.First, buffer).Why(), Is.EqualTo((Errno.EINVAL, Reason.ExporterCannotVmap)));
            Assert.That(machine.First.Sync(buffer, 7).IsOk);
        }

        Import import = machine.Attach("codec", machine.Alloc("tee", 4096));
        Assert.That(
            import.Map(DmaDirection.ToDevice).Why(), Is.EqualTo((Errno.EFAULT, Reason.ImportVmapFailed)));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void WithoutRulesEveryDeviceMapsAndOnlySecureOnesTouch(bool isSecure)
    {
        Machine machine = Box.Empty.Heap("tee", "protected", size: 1 << 20)
            .Device(new DeviceDescription("dev", "probe") { Secure = isSecure }).Build();
        Import import = machine.Attach("dev", machine.Alloc("tee", 8192));
        Assert.That(import.Map(DmaDirection.Bidirectional).IsOk);
        Reason reason = isSecure ? Reason.None : Reason.NotSecure;
        Assert.That(import.Fill(4096, 4096, 1).Reason, Is.EqualTo(reason));
        Assert.That(import.Read(4000, 100).Reason, Is.EqualTo(reason));
        Assert.That(import.Peek(1).Reason, Is.EqualTo(reason));
    }

    [Test]
    public void ADeviceWithoutAnyRightCannotAttach()
    {
        Machine machine = Film();
        int frame = machine.Alloc("video", 8192);
        Assert.That(machine.TryAttach("gpu", frame).Why(), Is.EqualTo((Errno.EACCES, Reason.DeviceHasNoRight)));
        Assert.That(
            machine.Trace.LastRefusal,
            Is.EqualTo(new Refusal(Errno.EACCES, Reason.DeviceHasNoRight, "gpu", null, 0, 8192)));
        Assert.That(machine.Buffer(frame).References, Is.EqualTo(1));
    }

    [TestCase("decoder", DmaDirection.ToDevice, Reason.DeviceMayOnlyWrite)]
    [TestCase("decoder", DmaDirection.Bidirectional, Reason.DeviceMayOnlyWrite)]
    [TestCase("decoder", DmaDirection.FromDevice, Reason.None)]
    [TestCase("display", DmaDirection.FromDevice, Reason.DeviceMayOnlyRead)]
    [TestCase("display", DmaDirection.ToDevice, Reason.None)]
    public void TheDirectionOfAMappingNeedsTheRight(string device, DmaDirection direction, Reason reason)
    {
        Machine machine = Film();
        Result mapped = machine.Attach(device, machine.Alloc("video", 8192)).Map(direction);
        Assert.That(mapped.Why(), Is.EqualTo((reason == Reason.None ? Errno.OK : Errno.EACCES, reason)));
        if (!mapped.IsOk)
        {
            Assert.That(
                (machine.Trace.LastRefusal.Who, machine.Trace.LastRefusal.Length), Is.EqualTo((device, 8192L)));
        }
    }

    [TestCase(MapProtection.Write, MapType.Shared, Reason.None)]
    [TestCase(MapProtection.None, MapType.Shared, Reason.None)]
    [TestCase(MapProtection.Read, MapType.Shared, Reason.CpuMayOnlyWrite)]
    [TestCase(ReadWrite, MapType.Shared, Reason.CpuMayOnlyWrite)]
    [TestCase(MapProtection.Execute, MapType.Shared, Reason.CpuMayOnlyWrite)]
    [TestCase(MapProtection.Write, MapType.Private, Reason.CpuMayOnlyWrite)]
    public void AMappingOfTheCpuNeedsTheRightsThatItUses(MapProtection protection, MapType type, Reason reason)
    {
        Machine machine = Film();
        Result<long> mapped = machine.Mmap(machine.Alloc("video", 8192), 4096, protection, type);
        Assert.That(mapped.Why(), Is.EqualTo((reason == Reason.None ? Errno.OK : Errno.EACCES, reason)));
        if (!mapped.IsOk)
        {
            Assert.That(
                machine.Trace.LastRefusal,
                Is.EqualTo(new Refusal(Errno.EACCES, reason, "cpu", Movie[2].ToString(), 0, 4096)));
        }
    }

    [Test]
    public void APrivateMappingMayBeWrittenWhereTheCpuMayOnlyRead()
    {
        Machine machine = Box.Empty.Heap("sys", "system", rules: [Box.Allow("cpu", AccessRights.Read)]).Build();
        int buffer = machine.Alloc("sys", 4096);
        long mapping = machine.Mmap(buffer, 4096, ReadWrite, MapType.Private).Value;
        Assert.That(machine.First.Fill(mapping, 0, 10, 7).IsOk);
        Assert.That(machine.First.Peek(mapping, 0).Value, Is.EqualTo(7));
        long shared = machine.Mmap(buffer, 4096, MapProtection.Read).Value;
        Assert.That(machine.First.Peek(shared, 0).Value, Is.Zero);
        Assert.That(
            machine.Mmap(buffer, 4096, ReadWrite).Why(), Is.EqualTo((Errno.EACCES, Reason.CpuMayOnlyRead)));
    }

    [Test]
    public void AnUpgradeByMprotectDoesNotOpenTheBytes()
    {
        Machine machine = Film();
        int frame = machine.Alloc("video", 8192);
        machine.First.DefineRegion(frame, "subtitles", 4096, 4096);
        long mapping = machine.Mmap(frame, 8192, MapProtection.Write).Value;
        machine.First.Mprotect(mapping, ReadWrite);
        Assert.That(machine.First.Hash(mapping, 4096, 10).Why(), Is.EqualTo((Errno.EACCES, Reason.CpuMayOnlyWrite)));
        Assert.That(machine.First.Peek(mapping, 0).Errno, Is.EqualTo(Errno.EACCES));
        Assert.That(machine.First.Fill(mapping, 4096, 4096, 1).IsOk);
        Assert.That(machine.First.Fill(mapping, 4095, 2, 1).Why(), Is.EqualTo((Errno.EACCES, Reason.OutsideRegion)));
    }

    [Test]
    public void ARegionMovesUntilTheBufferIsInUse()
    {
        Machine machine = Film();
        int frame = machine.Alloc("video", 8192);
        machine.First.DefineRegion(frame, "subtitles", 0, 4096);
        Assert.That(machine.First.DefineRegion(frame, "subtitles", 4096, 4096).IsOk);
        long mapping = machine.Mmap(frame, 8192, MapProtection.Write).Value;
        Assert.That(
            machine.First.DefineRegion(frame, "subtitles", 0, 4096).Why(),
            Is.EqualTo((Errno.EBUSY, Reason.RegionTooLate)));
        Assert.That(machine.First.Fill(mapping, 4096, 1, 1).IsOk);
        Assert.That(machine.First.Fill(mapping, 0, 1, 1).Reason, Is.EqualTo(Reason.OutsideRegion));
        Assert.That(
            machine.Trace.LastRefusal,
            Is.EqualTo(new Refusal(
                Errno.EACCES, Reason.OutsideRegion, "cpu", "allow cpu write in=subtitles", 0, 1)));
    }

    [Test]
    public void TheKernelMapsOnlyWhatTheCpuMayReadAndWrite()
    {
        Machine machine = Film();
        int frame = machine.Alloc("video", 8192);
        Assert.That(
            machine.Vmap(machine.First, frame).Why(), Is.EqualTo((Errno.EACCES, Reason.CpuMayOnlyWrite)));
        Assert.That(
            machine.TryAttach("codec", frame).Value.Map(DmaDirection.Bidirectional).Why(),
            Is.EqualTo((Errno.EACCES, Reason.CpuMayOnlyWrite)));
    }

    [TestCase("video")]
    [TestCase("lent")]
    [TestCase("tee")]
    public void BytesAreWipedBeforeTheAreaOrPoolHasThemBack(string heap)
    {
        Machine machine = Film();
        WipeOrder order = new(machine);
        machine.Trace.Sink = order;
        int buffer = machine.Alloc(heap, 8192);
        order.Frame = machine.Buffer(buffer).FrameAt(0);
        machine.Memory.Fill(order.Frame, 0, 4096, 0x77);
        machine.First.Close(buffer);
        Assert.That(order.Seen, Is.EqualTo(new[] { "wiped 00", "freed 00" }));
    }

    [Test]
    public void ANeighbourWithoutRulesIsOpenToAll()
    {
        Machine machine = Film();
        machine.Alloc("video", 4096);
        Import import = machine.Attach("gpu", machine.Alloc("cma", 4096));
        Assert.That(import.Map(DmaDirection.Bidirectional).IsOk);
        Assert.That(import.Fill(0, 4096, 1).IsOk);
        int old = machine.Alloc("video", 65536);
        machine.First.Close(old);
        Import reused = machine.Attach("gpu", machine.Alloc("cma", 65536));
        Assert.That(reused.Map(DmaDirection.Bidirectional).IsOk);
        Assert.That(reused.Read(0, 65536).Value, Is.EqualTo(Box.HashOf(new byte[65536])));
    }

    private static Machine Film() => Box.Empty.Area("area", 8 << 20)
        .Heap("cma", "cma", on: "area")
        .Heap("video", "system", rules: Movie)
        .Heap("lent", "protected", on: "area", size: 1 << 20, rules: Movie)
        .Heap("tee", "protected", size: 1 << 20)
        .Device("decoder", "gpu").Device("display", "gpu").Device("gpu", "gpu").Device("codec", "cpu").Build();

    private static ulong Address(Machine machine, int descriptor)
    {
        Import import = machine.Attach("tz", descriptor);
        import.Map(DmaDirection.ToDevice);
        ulong address = import.Segments[0].Address;
        import.Detach();
        return address;
    }

    private sealed class WipeOrder(Machine machine) : TraceSink
    {
        public int Frame { get; set; } = -1;

        public List<string> Seen { get; } = [];

        public override void Write(in TraceRecord record)
        {
            if (record.Event is TraceEvent.PagesWiped or TraceEvent.PagesFreed
                && record.Subject <= Frame && Frame < record.Subject + record.First && Seen.Count < 2)
            {
                string what = record.Event == TraceEvent.PagesWiped ? "wiped" : "freed";
                Seen.Add($"{what} {machine.Memory.Page(Frame)[0]:x2}");
            }
        }
    }
}
