using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Fences;
using DmaBufSim.Files;
using DmaBufSim.Machines;
using DmaBufSim.Tests.Support;
using NUnit.Framework;

namespace DmaBufSim.Tests.Buffers;

/// <summary>The reservation of a buffer: poll, export, import and the waits.</summary>
[TestFixture]
public sealed class BufferFenceTests
{
    private const string BufInfo = "/sys/kernel/debug/dma_buf/bufinfo";

    private StepMachine steps = null!;

    [SetUp]
    public void SetUp() => Start("6.12");

    [TestCase("read", "ok in", "ok none", "ok in")]
    [TestCase("write", "ok none", "ok none", "ok none")]
    [TestCase("rw", "ok none", "ok none", "ok none")]
    public void PollWaitsForWhatTheAccessHasToWaitFor(string access, string reads, string writes, string both)
    {
        Assert.That(steps.Play("poll b in|out"), Is.EqualTo("ok in|out"));
        steps.Play($"import_sync b {access} f");
        Assert.That(steps.Play("poll b in"), Is.EqualTo(reads));
        Assert.That(steps.Play("poll b out"), Is.EqualTo(writes));
        Assert.That(steps.Play("poll b in|out"), Is.EqualTo(both));
        steps.Play("inc t 1");
        Assert.That(steps.Play("poll b in|out|pri|err|hup|nval|0x140"), Is.EqualTo("ok in|out"));
    }

    [Test]
    public void AnArmedPollKeepsAClosedBuffer()
    {
        steps.Play("import_sync b read f");
        Assert.That(steps.Play("poll b out"), Is.EqualTo("ok none"));
        Assert.That(steps.Play("poll b out"), Is.EqualTo("ok none"), "the slot is taken");
        Assert.That(steps.Play("fdinfo b"), Does.Contain("count=2"));
        steps.Play("inc t 1");
        Assert.That(steps.Play("fdinfo b"), Does.Contain("count=1"));
        Assert.That(steps.Play("poll b out"), Is.EqualTo("ok out"));
        steps.Play("g = fence t 2 g");
        steps.Play("import_sync b read g");
        steps.Play("poll b out");
        steps.Play("holders b");
        Assert.That(steps.Last.Lines[^1], Does.Match("^poll +armed callback +out, until fence 3:2 of runner$"));
        steps.Play("close b");
        IReadOnlyList<string> lines = steps.Cat(BufInfo);
        Assert.That(lines[3], Is.EqualTo("00004096\t00000002\t00080007\t00000001\tsystem\t00000001\t<none>"));
        Assert.That(lines[4], Is.EqualTo("\tread fence:sw_sync runner seq 2 unsignalled"));
        steps.Play("inc t 1");
        Assert.That(steps.Machine.Buffers.Count, Is.Zero);
    }

    [Test]
    public void EachDirectionHoldsTheBufferOnce()
    {
        steps.Play("import_sync b write f");
        steps.Play("poll b in|out");
        steps.Play("poll b in");
        DmaBuf buffer = steps.Buffer("b");
        Assert.That(buffer.References, Is.EqualTo(3));
        Assert.That(steps.Machine.HoldersOf(buffer).Select(holder => holder.Details), Is.EqualTo(new[]
        {
            "cloexec", "in, until fence 3:1 of runner", "out, until fence 3:1 of runner",
        }));
        steps.Play("close t");
        Assert.That((buffer.References, buffer.ArmedFence(PollEvents.In)), Is.EqualTo((1, (DmaFence?)null)));
    }

    [Test]
    public void AWaiterIsWokenAndTheSlotGoesOnToTheNextFence()
    {
        steps.Play("g = fence t 2 g");
        steps.Play("import_sync b read g");
        steps.Play("u = timeline");
        steps.Play("h = fence u 1 h");
        steps.Play("import_sync b read h");
        DmaBuf buffer = steps.Buffer("b");
        Repoll waiter = new(buffer);
        Assert.That(buffer.Poll(PollEvents.Out, waiter), Is.EqualTo(PollEvents.None));
        steps.Play("inc t 2");
        Assert.That((waiter.Wakes, waiter.Ready), Is.EqualTo((1, PollEvents.None)));
        Assert.That(buffer.References, Is.EqualTo(2), "one slot, at another fence");
        steps.Play("inc u 1");
        Assert.That((waiter.Wakes, waiter.Ready, buffer.References), Is.EqualTo((2, PollEvents.Out, 1)));
    }

    [Test]
    public void ABufferThatASignalReleasesTakesNoFenceFromTheTimelineThatSignals()
    {
        steps.Play("import_sync b read f");
        steps.Play("g = fence t 5 g");
        steps.Play("import_sync b read g");
        steps.Play("h = fence t 9 h");
        foreach (string step in (string[])["poll b out", "close b", "close f", "close g", "close t"])
        {
            steps.Play(step);
        }

        Assert.That(steps.Play("info h num_fences=0"), Does.Contain("status=-2"));
        Assert.That(steps.Machine.Buffers.Count, Is.Zero);
        steps.Play("close h");
        Assert.That(steps.Machine.Fences.LiveFences, Is.Zero);
    }

    [Test]
    public void ExportsAreSnapshots()
    {
        steps.Play("import_sync b read f");
        Assert.That(steps.Play("r = export_sync b read"), Is.EqualTo("ok"));
        Assert.That(steps.Play("info r"), Is.EqualTo("ok name=stub-stub0-0 status=1 num_fences=1 stub/stub:1"));
        Assert.That(steps.Play("w = export_sync b write"), Is.EqualTo("ok"));
        Assert.That(steps.Play("info w"), Is.EqualTo("ok name=sw_sync-runner3-1 status=0 num_fences=1 sw_sync/runner:0"));
        Assert.That(steps.Play("getfd w"), Is.EqualTo("ok cloexec"));
        steps.Play("add_fence b bookkeep w");
        Assert.That(steps.Play("signaled b write"), Is.EqualTo("ok yes"));
        Assert.That(steps.Play("signaled b bookkeep"), Is.EqualTo("ok no"));
    }

    [TestCase("e = export_sync b 0", "EINVAL", Reason.SyncWithoutDirection)]
    [TestCase("e = export_sync b 4", "EINVAL", Reason.SyncFlagsUnknown)]
    [TestCase("e = export_sync b 5", "EINVAL", Reason.SyncFlagsUnknown)]
    [TestCase("e = export_sync nothing read", "EBADF", Reason.DescriptorNotOpen)]
    [TestCase("e = export_sync f read", "ENOTTY", Reason.SyncIoctlUnknown)]
    [TestCase("import_sync b 0 nothing", "EINVAL", Reason.SyncWithoutDirection)]
    [TestCase("import_sync b read nothing", "EINVAL", Reason.NotASyncFile)]
    [TestCase("import_sync b read b", "EINVAL", Reason.NotASyncFile)]
    [TestCase("import_sync t read f", "ENOTTY", Reason.SyncIoctlUnknown)]
    [TestCase("import_sync nothing 0 f", "EBADF", Reason.DescriptorNotOpen)]
    [TestCase("inc b 1", "ENOTTY", Reason.IoctlUnknown)]
    [TestCase("inc nothing 1", "EBADF", Reason.DescriptorNotOpen)]
    [TestCase("x = fence b 1 x", "ENOTTY", Reason.IoctlUnknown)]
    [TestCase("x = merge f nothing x", "ENOENT", Reason.NotASyncFile)]
    [TestCase("x = merge nothing f x", "EBADF", Reason.DescriptorNotOpen)]
    [TestCase("x = merge f f x pad=1", "EINVAL", Reason.SyncFieldNotZero)]
    [TestCase("x = merge t f x", "ENOTTY", Reason.SyncIoctlUnknown)]
    [TestCase("info f pad=1 num_fences=0", "EINVAL", Reason.SyncFieldNotZero)]
    [TestCase("info b", "ENOTTY", Reason.IoctlUnknown)]
    [TestCase("set_deadline f 1 pad=1", "EINVAL", Reason.SyncFieldNotZero)]
    [TestCase("deadline t nothing", "EINVAL", Reason.NotASyncFile)]
    [TestCase("add_fence b read nothing", "EINVAL", Reason.NotASyncFile)]
    [TestCase("add_fence f read f", "EINVAL", Reason.NotADmaBuf)]
    [TestCase("fences nothing read", "EBADF", Reason.DescriptorNotOpen)]
    [TestCase("signaled t read", "EINVAL", Reason.NotADmaBuf)]
    public void ChecksComeInTheOrderOfTheKernel(string step, string outcome, Reason reason)
    {
        Assert.That(steps.Play(step), Is.EqualTo(outcome));
        Assert.That(steps.Last.Refusal.Reason, Is.EqualTo(reason));
    }

    [Test]
    public void PollPassesOverNegativeDescriptorsAndTellsOfClosedOnes()
    {
        Assert.That(steps.Play("poll nothing in"), Is.EqualTo("ok none"));
        Assert.That(steps.Machine.First.Poll(900, PollEvents.In).Value, Is.EqualTo(PollEvents.Invalid));
        Assert.That(steps.Play("poll t in|out"), Is.EqualTo("ok in|out"), "a file without poll is ready");
        Assert.That(steps.Play("poll f in|out"), Is.EqualTo("ok none"));
    }

    [Test]
    public void AFullTableIsFoundBeforeAnyFenceIsMade()
    {
        steps.Play("import_sync b read f");
        FileTable files = new(steps.Machine.Trace, 3);
        DmaBuf buffer = steps.Buffer("b");
        Assert.That(buffer.ExportSyncFile(files, 0).Errno, Is.EqualTo(Errno.EINVAL));
        Assert.That(buffer.ExportSyncFile(files, 2).Errno, Is.EqualTo(Errno.EMFILE));
        Assert.That(steps.Machine.Fences.LiveFences, Is.EqualTo(1));
    }

    [TestCase("read", "sync b read", true)]
    [TestCase("read", "sync b write", false)]
    [TestCase("read", "sync b rw", false)]
    [TestCase("read", "sync b end|write", true)]
    [TestCase("write", "sync b read", false)]
    [TestCase("write", "sync b end|read", true)]
    [TestCase("read", "begin_cpu b from_device", true)]
    [TestCase("read", "begin_cpu b to_device", false)]
    [TestCase("write", "begin_cpu b from_device", false)]
    [TestCase("write", "end_cpu b bidirectional", true)]
    public void AnAccessOfTheCpuWaitsForItsFences(string access, string step, bool goesOn)
    {
        steps.Play($"import_sync b {access} f");
        Assert.That(steps.Play(step), Is.EqualTo(goesOn ? "ok" : "EINTR"));
        if (!goesOn)
        {
            Assert.That(steps.Last.Refusal.Reason, Is.EqualTo(Reason.FencePending));
            Assert.That(steps.Last.Refusal.Who, Is.EqualTo("fence 3:1 of runner"));
            steps.Play("inc t 1");
            Assert.That(steps.Play(step), Is.EqualTo("ok"));
        }
    }

    [TestCase("kernel", "EINTR")]
    [TestCase("write", "ok nents=1 lengths=4096")]
    public void AStaticImporterWaitsForTheKernel(string usage, string outcome)
    {
        steps.Play($"add_fence b {usage} f");
        steps.Play("a = attach probe0 b");
        Assert.That(steps.Play("map a to_device"), Is.EqualTo(outcome));
        steps.Play("inc t 1");
        Assert.That(steps.Play("map a to_device"), Is.EqualTo("ok nents=1 lengths=4096"));
        steps.Play("unmap a");
        Assert.That(steps.Play("detach a"), Is.EqualTo("ok"));
        Assert.That(steps.Machine.Trace.Warnings, Has.Count.EqualTo(usage == "kernel" ? 0 : 1));
    }

    [TestCase("6.1", "\twrite fence:sw_sync runner seq 1 unsignalled", "\tread fence:stub stub seq 0 signalled")]
    [TestCase("6.12", "\twrite fence:sw_sync runner seq 1 unsignalled", "\tread fence:stub stub seq 0 signalled")]
    [TestCase("7.3", "\twrite fence:3:1 runner sw_sync unsignalled", "\tread fence:0:0   signalled")]
    public void BufInfoHasTheLinesOfItsKernel(string kernel, string pending, string signaled)
    {
        Start(kernel);
        steps.Play("s = export_sync b read");
        steps.Play("import_sync b read s");
        Assert.That(steps.Cat(BufInfo)[4], Is.EqualTo(signaled));
        steps.Play("import_sync b write f");
        steps.Play("add_fence b bookkeep s");
        IReadOnlyList<string> lines = steps.Cat(BufInfo);
        Assert.That(lines[4], Is.EqualTo(pending));
        Assert.That(lines[5], Is.EqualTo("\tAttached Devices:"));
    }

    [Test]
    public void SyncInfoListsTheTimelines()
    {
        steps.Play("u = timeline");
        steps.Play("close t");
        string[] lines =
        [
            "objs:", "--------------", "runner: 0", "  fence error@0.000005000: 1 / 0", "", "runner: 0", "",
            "fences:", "--------------",
        ];
        Assert.That(steps.Cat("/sys/kernel/debug/sync/info"), Is.EqualTo(lines));
    }

    [TestCase("7.3", "Killed")]
    [TestCase("6.12", "ok stub:0:read:signaled")]
    public void ADriverThatReadsADetachedFenceKillsItsProcess(string kernel, string outcome)
    {
        Start(kernel);
        steps.Play("s = export_sync b read");
        steps.Play("import_sync b read s");
        steps.Play("fork p1");
        Assert.That(steps.Play("p1: fences b read"), Is.EqualTo(outcome));
        if (outcome == "Killed")
        {
            Assert.That(steps.Last.Refusal.Reason, Is.EqualTo(Reason.FenceDetached));
            Assert.That(steps.Play("p1: poll b in"), Is.EqualTo("ESRCH"));
            Assert.That(steps.Play("poll b in"), Is.EqualTo("EINTR"), "the dead process has the lock");
            Assert.That(steps.Play("import_sync b read f"), Is.EqualTo("EINTR"));
            Assert.That(steps.Play("cat /sys/kernel/debug/dma_buf/bufinfo"), Is.EqualTo("EINTR"));
            Assert.That(steps.Play("e = export_sync b write"), Is.EqualTo("ok"), "needs no lock");
            steps.Play("close b");
            Assert.That(steps.Machine.Buffers.Count, Is.Zero);
        }
    }

    [TestCase(DmaBufIoctl.ExportSyncFile, 2UL, Errno.OK)]
    [TestCase(DmaBufIoctl.ExportSyncFile, 0x7_0000_0000UL, Errno.EINVAL)]
    [TestCase(DmaBufIoctl.ImportSyncFile, 0x63_0000_0001UL, Errno.EINVAL)]
    public void RawNumbersLeadToTheSameCode(DmaBufIoctl number, ulong argument, Errno errno)
    {
        Assert.That(Raw("b", (uint)number, argument), Is.EqualTo(errno));
        Assert.That(
            steps.Machine.First.Ioctl(steps.Descriptor("b"), (uint)number, default).Errno, Is.EqualTo(Errno.EFAULT));
    }

    [Test]
    public void RawNumbersMoveFences()
    {
        ulong descriptor = (ulong)steps.Descriptor("f");
        Assert.That(Raw("b", (uint)DmaBufIoctl.ImportSyncFile, (descriptor << 32) | 1), Is.EqualTo(Errno.OK));
        Assert.That(steps.Play("fences b read"), Is.EqualTo("ok sw_sync:1:read:pending"));
        Assert.That(Raw("t", (uint)SwSyncIoctl.CreateFence, 7), Is.EqualTo(Errno.OK));
        Assert.That(steps.Machine.Fences.LiveFences, Is.EqualTo(2));
        Assert.That(Raw("t", (uint)SwSyncIoctl.GetDeadline, 1), Is.EqualTo(Errno.EINVAL));
        Assert.That(Raw("f", (uint)SyncFileIoctl.Merge, 0x41), Is.EqualTo(Errno.ENOENT));
        Assert.That(Raw("f", (uint)SyncFileIoctl.SetDeadline, 100), Is.EqualTo(Errno.OK));
        Assert.That(steps.Play("deadline t f"), Is.EqualTo("ok 100"));
        Assert.That(Raw("t", (uint)SwSyncIoctl.Increment, 1), Is.EqualTo(Errno.OK));
        Assert.That(steps.Play("signaled b read"), Is.EqualTo("ok yes"));
    }

    private Errno Raw(string name, uint number, ulong argument) =>
        steps.Machine.First.Ioctl(steps.Descriptor(name), number, new IoctlArgument(true, argument)).Errno;

    private void Start(string kernel)
    {
        steps = new StepMachine(kernel);
        steps.Play("b = alloc system 4096 rdwr|cloexec");
        steps.Play("t = timeline");
        steps.Play("f = fence t 1 f");
    }

    private sealed class Repoll(DmaBuf buffer) : PollWaiter
    {
        public int Wakes { get; private set; }

        public PollEvents Ready { get; private set; }

        protected internal override void Woken(PollEvents events)
        {
            Wakes++;
            Ready = buffer.Poll(PollEvents.Out);
        }
    }
}
