using DmaBufSim.Abi;
using DmaBufSim.Devices;
using DmaBufSim.Dma;
using DmaBufSim.Files;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Security;
using DmaBufSim.Tests.Support;
using NUnit.Framework;

namespace DmaBufSim.Tests.Heaps;

/// <summary>Each answer to the question of 2019: what it checks, when hardware is told, where memory comes from.</summary>
[TestFixture]
public sealed class PolicyTests
{
    private const MapProtection ReadWrite = MapProtection.Read | MapProtection.Write;
    private const long Frame = 64 << 10;

    private static readonly AccessRule[] Movie =
    [
        Box.Allow("decoder", AccessRights.Write),
        Box.Allow("display", AccessRights.Read),
        Box.Allow("cpu", AccessRights.Write, "subtitles"),
    ];

    private static MachineDescription Film(string policy) => (Box.Empty with { Policy = policy })
        .Area("area", 8 << 20)
        .Heap(new HeapDescription("video", "protected") { On = "area", Peak = 4 << 20, Rules = [.. Movie] })
        .Heap("cma", "cma", on: "area")
        .Device("decoder", "decoder").Device("display", "display").Device("gpu", "gpu");

    // The step at which the GPU, which no rule names, is stopped.
    [TestCase("ion", null)]
    [TestCase("attach", ProtectionStep.Attach)]
    [TestCase("per-usage", ProtectionStep.Attach)]
    [TestCase("generic", ProtectionStep.Attach)]
    [TestCase("carveout", ProtectionStep.Access)]
    [TestCase("tee", ProtectionStep.Access)]
    public void AStrangerIsStoppedAt(string policy, ProtectionStep? expected)
    {
        Machine machine = Film(policy).Build();
        int frame = machine.Alloc("video", Frame);
        Import decoder = machine.Attach("decoder", frame);
        Assert.That(decoder.Map(DmaDirection.FromDevice).IsOk);
        Assert.That(decoder.Fill(0, Frame, 0x80).IsOk);
        ProtectionStep? stopped = null;
        Result<Import> gpu = machine.TryAttach("gpu", frame);
        if (!gpu.IsOk)
        {
            stopped = ProtectionStep.Attach;
        }
        else if (!gpu.Value.Map(DmaDirection.ToDevice).IsOk)
        {
            stopped = ProtectionStep.Map;
        }
        else if (!gpu.Value.Read(0, 16).IsOk)
        {
            stopped = ProtectionStep.Access;
        }

        Assert.That(stopped, Is.EqualTo(expected));
        foreach (ProtectionStep step in Enum.GetValues<ProtectionStep>())
        {
            long count = step == expected ? 1 : 0;
            Assert.That(machine.Firewall.Counters.Denials(step), Is.EqualTo(count), step.ToString());
            Assert.That(machine.Firewall.Counters.ImporterFailures(step), Is.EqualTo(count), step.ToString());
        }

        Import display = machine.Attach("display", frame);
        Assert.That(display.Map(DmaDirection.ToDevice).IsOk);
        Assert.That(display.Read(0, Frame).IsOk);
    }

    // Whether the CPU can map for writing, write subtitles, write elsewhere, map for reading and read.
    [TestCase("ion", "yes yes yes yes yes")]
    [TestCase("attach", "yes yes no no -")]
    [TestCase("per-usage", "yes yes no no -")]
    [TestCase("generic", "no - - no -")]
    [TestCase("carveout", "no - - no -")]
    [TestCase("tee", "no - - no -")]
    public void SubtitlesAre(string policy, string expected)
    {
        Machine machine = Film(policy).Build();
        int frame = machine.Alloc("video", Frame);
        Assert.That(machine.First.DefineRegion(frame, "subtitles", 8192, 4096).IsOk);
        machine.Attach("decoder", frame);
        Result<long> writing = machine.Mmap(frame, Frame, MapProtection.Write);
        Result<long> reading = machine.Mmap(frame, Frame, MapProtection.Read);
        string seen = string.Join(
            ' ',
            Word(writing.IsOk),
            writing.IsOk ? Word(machine.First.Fill(writing.Value, 8192, 4096, 1).IsOk) : "-",
            writing.IsOk ? Word(machine.First.Fill(writing.Value, 0, 16, 1).IsOk) : "-",
            Word(reading.IsOk),
            reading.IsOk ? Word(machine.First.Hash(reading.Value, 0, 16).IsOk) : "-");
        Assert.That(seen, Is.EqualTo(expected));
    }

    // How often hardware is told: at boot, by two allocations, by two writers that attach, by two releases.
    [TestCase("ion", 0, 0, 0, 0)]
    [TestCase("attach", 0, 0, 2, 2)]
    [TestCase("per-usage", 0, 2, 0, 2)]
    [TestCase("generic", 0, 2, 0, 2)]
    [TestCase("carveout", 1, 0, 0, 0)]
    [TestCase("tee", 0, 1, 0, 1)]
    public void HardwareIsTold(string policy, int boot, int alloc, int attach, int release)
    {
        Machine machine = Film(policy).Build();
        ProtectionCounters counters = machine.Firewall.Counters;
        long[] changes = [counters.Changes, 0, 0, 0];
        int[] frames = [machine.Alloc("video", Frame), machine.Alloc("video", Frame)];
        changes[1] = counters.Changes - changes.Sum();
        Import[] imports = [.. frames.Select(frame => machine.Attach("decoder", frame))];
        changes[2] = counters.Changes - changes.Sum();
        Array.ForEach(imports, import => import.Detach());
        Array.ForEach(frames, frame => machine.First.Close(frame));
        changes[3] = counters.Changes - changes.Sum();
        Assert.That(changes, Is.EqualTo(new[] { boot, alloc, attach, release }));
        Assert.That(machine.Firewall.Count, Is.EqualTo(boot));
    }

    [TestCase("ion", 16, 0, 0)]
    [TestCase("attach", 16, 0, 0)]
    [TestCase("per-usage", 16, 0, 0)]
    [TestCase("generic", 16, 0, 0)]
    [TestCase("carveout", 0, 4 << 20, 4 << 20)]
    [TestCase("tee", 1024, 0, 4 << 20)]
    public void MemoryComesFrom(string policy, long areaPages, long setAside, long protectedBytes)
    {
        Machine machine = Film(policy).Build();
        int frame = machine.Alloc("video", Frame);
        ProtectionCounters counters = machine.Firewall.Counters;
        Assert.That((machine.Areas[0].UsedPages, counters.SetAsideBytes), Is.EqualTo((areaPages, setAside)));
        long expected = protectedBytes > 0 || policy is "ion" or "attach" ? protectedBytes : Frame;
        Assert.That(counters.PeakProtectedBytes, Is.EqualTo(expected));
        machine.First.Close(frame);
        Assert.That(machine.Areas[0].UsedPages, Is.Zero);
    }

    [TestCase("ion", false)]
    [TestCase("attach", true)]
    [TestCase("per-usage", true)]
    [TestCase("generic", true)]
    [TestCase("carveout", true)]
    [TestCase("tee", false)]
    public void WhoAsksHears(string policy, bool isProtected)
    {
        Machine machine = Film(policy).Build();
        int frame = machine.Alloc("video", Frame);
        machine.Attach("decoder", frame);
        Assert.That(machine.Buffer(frame).Exporter.TellsProtected, Is.EqualTo(isProtected));
        Assert.That(machine.Buffer(machine.Alloc("cma", Frame)).Exporter.TellsProtected, Is.False);
    }

    [Test]
    public void AttachWantsTheWriterFirst()
    {
        Machine machine = Film("attach").Build();
        int frame = machine.Alloc("video", Frame);
        long early = machine.Mmap(frame, Frame, ReadWrite).Value;
        Assert.That(machine.First.Fill(early, 0, 16, 7).IsOk, "plain memory until a writer attaches");
        Assert.That(machine.TryAttach("display", frame).Why(), Is.EqualTo((Errno.EACCES, Reason.WriterNotKnown)));
        Assert.That(machine.TryAttach("gpu", frame).Why(), Is.EqualTo((Errno.EACCES, Reason.DeviceHasNoRight)));
        machine.Attach("decoder", frame);
        Assert.That(machine.TryAttach("display", frame).IsOk);
        Assert.That(machine.First.Hash(early, 0, 16).Why(), Is.EqualTo((Errno.EACCES, Reason.CpuMayOnlyWrite)));
    }

    [Test]
    public void GenericBelievesFlags()
    {
        Machine machine = Film("generic").Build();
        ulong cpu = GenericPolicy.FlagsOf(
            new AccessPolicy([Box.Allow("cpu", AccessRights.ReadWrite), Box.Allow("decoder", AccessRights.Write)]),
            machine.Firewall.Masters);
        Assert.That(cpu, Is.EqualTo(0b10_00_11));
        int lie = machine.First.Allocate("video", (ulong)Frame, OpenFlags.ReadWrite, cpu).Value;
        Assert.That(machine.Mmap(lie, Frame, ReadWrite).IsOk);
        Assert.That(machine.TryAttach("display", lie).Reason, Is.EqualTo(Reason.DeviceHasNoRight));
        Assert.That(
            machine.First.Allocate("cma", (ulong)Frame, OpenFlags.ReadWrite, cpu).Why(),
            Is.EqualTo((Errno.EINVAL, Reason.HeapFlagsNotZero)));
        Assert.That(
            Film("tee").Build().First.Allocate("video", (ulong)Frame, OpenFlags.ReadWrite, cpu).Reason,
            Is.EqualTo(Reason.HeapFlagsNotZero));
    }

    [Test]
    public void FlagsAndRulesAreTheSame([Range(0, 255)] int flags)
    {
        Machine machine = Film("generic").Build();
        AccessPolicy rules = GenericPolicy.RulesOf((ulong)flags, machine.Firewall.Masters);
        Assert.That(GenericPolicy.FlagsOf(rules, machine.Firewall.Masters), Is.EqualTo((ulong)flags));
    }

    [Test]
    public void ACarveoutThatDoesNotFitIsNotThere()
    {
        MachineDescription small = Film("carveout") with { Memory = 16 << 20 };
        small = small with { Heaps = [small.Heaps[0] with { Peak = 12 << 20 }, small.Heaps[1]] };
        Machine machine = small.Build();
        Assert.That(machine.TryAlloc("video", Frame).Why(), Is.EqualTo((Errno.ENOMEM, Reason.CarveoutMissing)));
        Assert.That(machine.TryAlloc("cma", Frame).IsOk);
        Assert.That((small with { Policy = "attach" }).Build().TryAlloc("video", Frame).IsOk);
    }

    [TestCase("ion", true)]
    [TestCase("attach", false)]
    [TestCase("per-usage", false)]
    [TestCase("generic", false)]
    [TestCase("carveout", false)]
    [TestCase("tee", true)]
    public void TeardownWhileAnImporterHoldsABuffer(string policy, bool livesOn)
    {
        Machine machine = Film(policy).Build();
        int frame = machine.Alloc("video", Frame);
        Import decoder = machine.Attach("decoder", frame);
        decoder.Map(DmaDirection.FromDevice);
        decoder.Fill(0, Frame, 0x80);
        Import display = machine.Attach("display", frame);
        display.Map(DmaDirection.ToDevice);
        int first = machine.Buffer(frame).FrameAt(0);
        machine.Heaps.Open("video").Value.Teardown();
        Assert.That(display.Read(0, 16).IsOk, Is.EqualTo(livesOn));
        Assert.That(machine.Memory.Page(first)[0], Is.EqualTo(livesOn ? 0x80 : 0));
        Assert.That(machine.TryAlloc("video", Frame).IsOk, Is.EqualTo(livesOn));
        Assert.That(machine.TryAttach("display", frame).IsOk, Is.EqualTo(livesOn || policy == "carveout"));
        machine.First.Exit();
        decoder.Detach();
        Assert.That(machine.Buffers.Count, Is.Positive);
        display.Detach();
        machine.FindImporter("display")!.Imports.ToList().ForEach(import => import.Detach());
        Assert.That(machine.Areas[0].UsedPages, Is.Zero);
        Assert.That(machine.Memory.Page(first)[0], Is.EqualTo(policy == "ion" ? 0x80 : 0), "wiped before reuse");
    }

    [Test]
    public void ATeeHeapEndsWithItsLastBuffer()
    {
        Machine machine = Film("tee").Build();
        int frame = machine.Alloc("video", Frame);
        machine.Heaps.Open("video").Value.Teardown();
        machine.First.Close(machine.Alloc("video", Frame));
        machine.First.Close(frame);
        Assert.That(machine.TryAlloc("video", Frame).Why(), Is.EqualTo((Errno.EINVAL, Reason.UseCaseEnded)));
    }

    [Test]
    public void WithoutAPeakEachHeapOfAnAreaHasAnEqualShare()
    {
        Machine machine = (Box.Empty with { Policy = "carveout" }).Area("area", 8 << 20)
            .Heap("one", "protected", on: "area", rules: Movie)
            .Heap("two", "protected", on: "area", rules: Movie)
            .Heap("three", "protected", on: "area", size: 1 << 20, rules: Movie).Build();
        Assert.That(machine.Heaps.Heaps.Select(heap => heap.FreeBytes), Is.EqualTo(new[] { 2 << 20, 2 << 20, 1 << 20 }));
    }

    [TestCase("emi-mpu", 64 << 10)]
    [TestCase("rockchip", 1 << 20)]
    public void ACoarseGuardCostsPadding(string guard, long granule)
    {
        foreach (SecurePolicy policy in SecurePolicies.BuiltIn)
        {
            Machine machine = (Film(policy.Name) with { Guard = new GuardSettings(guard) }).Build();
            int frame = machine.Alloc("video", 4096);
            Import decoder = machine.Attach("decoder", frame);
            decoder.Map(DmaDirection.FromDevice);
            Assert.That(decoder.Fill(0, 4096, 1).IsOk, policy.Name);
            bool pads = policy.Name is "attach" or "per-usage" or "generic";
            Assert.That(
                machine.Firewall.Counters.PeakPaddingBytes, Is.EqualTo(pads ? granule - 4096 : 0), policy.Name);
            decoder.Detach();
            machine.First.Close(frame);
            Assert.That(machine.Areas[0].UsedPages, Is.Zero, policy.Name);
        }
    }

    [Test]
    public void BuffersThatAreScatteredUseRegionsUp()
    {
        Machine machine = (Film("per-usage") with { Guard = new GuardSettings("tzc400") { Regions = 2 } }).Build();
        List<int> frames = [];
        for (int i = 0; i < 3; i++)
        {
            frames.Add(machine.Alloc("video", 4096));
            machine.Alloc("cma", 4096);
            if (i == 1)
            {
                Assert.That(
                    machine.TryAlloc("video", 4096).Why(), Is.EqualTo((Errno.ENOSPC, Reason.GuardIsFull)));
                machine.First.Close(frames[0]);
            }
        }

        Assert.That(machine.Firewall.Counters.Denials(ProtectionStep.Alloc), Is.EqualTo(1));
        Assert.That(machine.Areas[0].UsedPages, Is.EqualTo(5));
    }

    [Test]
    public void FramesThatHardwareKeepsWaitForIt()
    {
        Machine machine = (Film("per-usage") with { Guard = new GuardSettings("tzc400") { Regions = 1 } }).Build();
        int[] frames = [.. Enumerable.Range(0, 3).Select(_ => machine.Alloc("video", 4096))];
        machine.First.Close(frames[1]);
        DmaHeap video = machine.Heaps.Open("video").Value;
        Assert.That((machine.Areas[0].UsedPages, video.ParkedPages), Is.EqualTo((3L, 1)));
        machine.First.Close(frames[0]);
        Assert.That((machine.Areas[0].UsedPages, video.ParkedPages), Is.EqualTo((1L, 0)));
    }

    [Test]
    public void TheWordsAreTheAnswers() =>
        Assert.That(
            SecurePolicies.BuiltIn.Select(policy => policy.Name),
            Is.EqualTo(new[] { "ion", "attach", "per-usage", "generic", "carveout", "tee" }));

    private static string Word(bool yes) => yes ? "yes" : "no";
}
