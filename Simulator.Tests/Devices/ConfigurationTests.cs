using DmaBufSim.Abi;
using DmaBufSim.Devices;
using DmaBufSim.Dma;
using DmaBufSim.Files;
using DmaBufSim.Machines;
using DmaBufSim.Security;
using DmaBufSim.Tests.Support;
using NUnit.Framework;

namespace DmaBufSim.Tests.Devices;

/// <summary>The secure and the non-secure configuration of a device, and its link.</summary>
[TestFixture]
public sealed class ConfigurationTests
{
    private const long Size = 16 << 10;

    private static Machine Build(
        string type, ImporterKnowledge knows, string policy = "per-usage", GuardSettings? guard = null) =>
        (Box.Empty with { Knows = knows, Policy = policy, Guard = guard ?? new GuardSettings() })
            .Area("area", 4 << 20)
            .Heap("video", "protected", on: "area", rules: [Box.Allow("dev", AccessRights.ReadWrite)])
            .Heap("plain", "cma", size: 4 << 20)
            .Device("dev", type).Build();

    // What reading and writing come to: a fault, zeros, black, or bytes.
    [TestCase("decoder", ImporterKnowledge.NotNeeded, false, "video", "bytes bytes")]
    [TestCase("decoder", ImporterKnowledge.NotNeeded, false, "plain", "bytes bytes")]
    [TestCase("decoder", ImporterKnowledge.No, true, "video", "fault fault")]
    [TestCase("decoder", ImporterKnowledge.No, true, "plain", "bytes bytes")]
    [TestCase("decoder", ImporterKnowledge.Told, true, "video", "bytes bytes")]
    [TestCase("decoder", ImporterKnowledge.Told, false, "video", "fault fault")]
    [TestCase("decoder", ImporterKnowledge.Told, true, "plain", "bytes fault")]
    [TestCase("decoder", ImporterKnowledge.Told, false, "plain", "bytes bytes")]
    [TestCase("decoder", ImporterKnowledge.Asks, false, "video", "bytes bytes")]
    [TestCase("decoder", ImporterKnowledge.Asks, true, "plain", "bytes bytes")]
    [TestCase("camera", ImporterKnowledge.No, false, "video", "fault fault")]
    [TestCase("gpu", ImporterKnowledge.No, false, "video", "zeros zeros")]
    [TestCase("display", ImporterKnowledge.No, false, "video", "black black")]
    public void WhatADeviceSees(
        string type, ImporterKnowledge knows, bool isCalledSecure, string heap, string expected)
    {
        Machine machine = Build(type, knows);
        int buffer = machine.Alloc(heap, Size);
        Import import = machine.FindImporter("dev")!.Attach(machine.Buffer(buffer), false, isCalledSecure).Value;
        import.Map(DmaDirection.Bidirectional);
        machine.Memory.Fill(machine.Buffer(buffer).FrameAt(0), 0, 4096, 0x11);
        Result<ulong> read = import.Read(0, 4096);
        string seen = Word(import, read.IsOk);
        byte shown = read.IsOk ? import.Peek(0).Value : (byte)0xff;
        Assert.That(shown, Is.EqualTo(seen switch { "bytes" => 0x11, "fault" => 0xff, _ => 0 }));
        Result written = import.Fill(0, 4096, 0x22);
        seen += " " + Word(import, written.IsOk);
        Assert.That(seen, Is.EqualTo(expected));
        bool changed = machine.Memory.Page(machine.Buffer(buffer).FrameAt(0))[0] == 0x22;
        Assert.That(changed, Is.EqualTo(expected.EndsWith("bytes", StringComparison.Ordinal)));
        Assert.That(
            machine.Firewall.Counters.ImporterFailures(ProtectionStep.Access),
            Is.EqualTo(expected.Split(' ').Count(word => word != "bytes")));
    }

    [Test]
    public void WithoutAGuardTheConfigurationIsNobodysConcern()
    {
        Machine machine = Build("decoder", ImporterKnowledge.No, guard: new GuardSettings("none"));
        Import import = machine.Attach("dev", machine.Alloc("video", Size));
        import.Map(DmaDirection.Bidirectional);
        Assert.That(import.Read(0, Size).IsOk && import.Fill(0, Size, 1).IsOk);
    }

    [Test]
    public void UnderTeeNobodyAnswersWhoAsks()
    {
        Machine machine = Build("display", ImporterKnowledge.Asks, "tee");
        Import import = machine.Attach("dev", machine.Alloc("video", Size));
        import.Map(DmaDirection.ToDevice);
        Assert.That(import.Read(0, 16).IsOk);
        Assert.That(import.Symptom, Is.EqualTo(WrongConfiguration.Black));
    }

    [TestCase("attach")]
    [TestCase("per-usage")]
    [TestCase("generic")]
    [TestCase("carveout")]
    [TestCase("tee")]
    public void ALinkThatIsLostRevokesInFlight(string policy)
    {
        Machine machine = Build("display", ImporterKnowledge.NotNeeded, policy);
        int frame = machine.Alloc("video", Size);
        Import import = machine.Attach("dev", frame);
        import.Map(DmaDirection.ToDevice);
        Import open = machine.Attach("dev", machine.Alloc("plain", Size));
        open.Map(DmaDirection.ToDevice);
        Importer display = machine.FindImporter("dev")!;
        Assert.That(import.Read(0, Size).IsOk);
        display.SetLink(isProtected: false);
        Assert.That(import.Read(0, Size).Why(), Is.EqualTo((Errno.EACCES, Reason.LinkNotProtected)));
        Assert.That(open.Read(0, Size).IsOk);
        bool asks = policy is "attach" or "per-usage" or "generic";
        Assert.That(machine.TryAttach("dev", frame).IsOk, Is.EqualTo(!asks));
        display.SetLink(isProtected: true);
        Assert.That(import.Read(0, Size).IsOk && machine.TryAttach("dev", frame).IsOk);
    }

    [Test]
    public void UnderIonALinkIsNobodysConcern()
    {
        Machine machine = Build("display", ImporterKnowledge.NotNeeded, "ion");
        Import import = machine.Attach("dev", machine.Alloc("video", Size));
        import.Map(DmaDirection.ToDevice);
        machine.FindImporter("dev")!.SetLink(isProtected: false);
        Assert.That(import.Read(0, Size).IsOk);
    }

    [TestCase(GuardResponse.Zero, 0)]
    [TestCase(GuardResponse.Interrupt, 2)]
    public void ABlockedAccessCanSeemToSucceed(GuardResponse response, int interrupts)
    {
        MachineDescription description = Box.Empty with { Guard = new GuardSettings { Response = response } };
        Machine machine = description
            .Heap("video", "carveout", size: 2 << 20, rules:
            [
                Box.Allow("cpu", AccessRights.ReadWrite, "text"), Box.Allow("gpu", AccessRights.Write),
            ])
            .Device("gpu", "gpu").Build();
        int frame = machine.Alloc("video", Size);
        machine.First.DefineRegion(frame, "text", 4096, 128);
        Import gpu = machine.Attach("gpu", frame);
        gpu.Map(DmaDirection.FromDevice);
        gpu.Fill(0, Size, 0x55);
        long mapping = machine.Mmap(frame, Size, MapProtection.Read | MapProtection.Write).Value;
        byte[] expected = [.. Enumerable.Repeat((byte)0, 64), .. Enumerable.Repeat((byte)0x55, 128), 0, 0];
        Assert.That(machine.First.Hash(mapping, 4032, 194).Value, Is.EqualTo(Box.HashOf(expected)));
        Assert.That(machine.First.Fill(mapping, 0, Size, 0x66).IsOk);
        ReadOnlySpan<byte> page = machine.Memory.Page(machine.Buffer(frame).FrameAt(1));
        Assert.That((page[0], page[127], page[128]), Is.EqualTo(((byte)0x66, (byte)0x66, (byte)0x55)));
        ProtectionCounters counters = machine.Firewall.Counters;
        Assert.That((counters.Violations, counters.Interrupts), Is.EqualTo((2L, (long)interrupts)));
    }

    private static string Word(Import import, bool isOk) => (isOk, import.Symptom) switch
    {
        (false, _) => "fault",
        (_, WrongConfiguration.Zeros) => "zeros",
        (_, WrongConfiguration.Black) => "black",
        _ => "bytes",
    };
}
