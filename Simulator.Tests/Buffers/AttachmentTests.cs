using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Dma;
using DmaBufSim.Files;
using DmaBufSim.Tests.Support;
using DmaBufSim.Tracing;
using NUnit.Framework;
using static DmaBufSim.Tests.Buffers.PlainStorage;

namespace DmaBufSim.Tests.Buffers;

[TestFixture]
public sealed class AttachmentTests
{
    /// <summary>What the exporter sees of attach, map, unmap and detach, for the four pairs of sides.</summary>
    [TestCase("7.3", false, false, "attach;map ToDevice;unmap ToDevice;detach")]
    [TestCase("7.3", false, true, "attach;map ToDevice;unmap ToDevice;detach")]
    [TestCase("7.3", true, false, "attach;pin;map ToDevice;unmap ToDevice;unpin;detach")]
    [TestCase("7.3", true, true, "attach;map ToDevice;unmap ToDevice;detach")]
    [TestCase("6.12", false, false, "attach;map ToDevice;unmap ToDevice;detach")]
    [TestCase("6.12", false, true, "attach;map Bidirectional;unmap Bidirectional;detach")]
    [TestCase("6.1", false, true, "attach;map Bidirectional;unmap Bidirectional;detach")]
    [TestCase("6.12", true, false, "attach;pin;map Bidirectional;unmap Bidirectional;unpin;detach")]
    [TestCase("6.12", true, true, "attach;map ToDevice;unmap ToDevice;detach")]
    public void TheExporterSeesTheCallsOfTheKernel(string kernel, bool exporter, bool importer, string calls)
    {
        (DmaBufList list, Trace trace) = NewList(kernel);
        PlainStorage storage = new(exporter);
        DmaBuf buffer = list.Export(storage, 4096, OpenFlags.ReadWrite, "test");
        DmaBufAttachment attachment = buffer.Attach(NewDevice(), importer ? new Callbacks() : null).Value;
        SgTable table = attachment.Map(DmaDirection.ToDevice).Value;
        Assert.That((attachment.IsMapped, attachment.Direction), Is.EqualTo((true, DmaDirection.ToDevice)));
        attachment.Unmap(table);
        Assert.That(attachment.IsMapped, Is.False);
        attachment.Detach();
        Assert.That(string.Join(';', storage.Calls), Is.EqualTo(calls));
        Assert.That((buffer.Attachments.Count(), trace.Warnings.Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public void ARefusedAttachLeavesNothing()
    {
        PlainStorage storage = new() { Refuses = "attach" };
        DmaBuf buffer = Export(storage, "6.12");
        Assert.That(buffer.Attach(NewDevice()).Errno, Is.EqualTo(Errno.ENOMEM));
        Assert.That(buffer.Attachments, Is.Empty);
        Assert.That(storage.Calls, Is.EqualTo(new[] { "attach" }), "detach is not called");
    }

    [Test]
    public void AMapThatFailsAtAttachDetachesAgain()
    {
        PlainStorage storage = new() { Refuses = "map" };
        DmaBuf buffer = Export(storage, "6.12");
        Assert.That(buffer.Attach(NewDevice(), new Callbacks()).Errno, Is.EqualTo(Errno.ENOMEM));
        Assert.That(buffer.Attachments, Is.Empty);
        Assert.That(storage.Calls, Is.EqualTo(new[] { "attach", "map Bidirectional", "detach" }));
    }

    [Test]
    public void AMapThatFailsUnpinsAgain()
    {
        PlainStorage storage = new(isDynamic: true) { Refuses = "map" };
        DmaBufAttachment attachment = Export(storage, "7.3").Attach(NewDevice()).Value;
        Assert.That(attachment.Map(DmaDirection.FromDevice).Errno, Is.EqualTo(Errno.ENOMEM));
        Assert.That(storage.Calls, Is.EqualTo(new[] { "attach", "pin", "map FromDevice", "unpin" }));
        Assert.That(attachment.IsMapped, Is.False);
    }

    [Test]
    public void APinThatFailsMapsNothing()
    {
        PlainStorage storage = new(isDynamic: true) { Refuses = "pin" };
        DmaBufAttachment attachment = Export(storage, "7.3").Attach(NewDevice()).Value;
        Assert.That(attachment.Map(DmaDirection.FromDevice).Errno, Is.EqualTo(Errno.ENOMEM));
        Assert.That(storage.Calls, Is.EqualTo(new[] { "attach", "pin" }));
    }

    [Test]
    public void AttachmentsAreListedNewestFirstAndAreIndependent()
    {
        DmaBuf buffer = Export(new PlainStorage(), "6.12");
        DmaDevice device = NewDevice();
        DmaBufAttachment[] made = [.. Enumerable.Range(0, 4).Select(_ => buffer.Attach(device).Value)];
        Assert.That(buffer.Attachments, Is.EqualTo(made.Reverse()));
        made[3].Detach();
        made[1].Detach();
        Assert.That(buffer.Attachments, Is.EqualTo(new[] { made[2], made[0] }));
        made[0].Map(DmaDirection.ToDevice);
        Assert.That(made[2].IsMapped, Is.False);
        Assert.That(buffer.References, Is.EqualTo(1), "the importer's reference is its own business");
    }

    [Test]
    public void MoveNotifyTellsTheDynamicImportersNewestFirst()
    {
        DmaBuf buffer = Export(new PlainStorage(isDynamic: true), "6.12");
        Callbacks callbacks = new();
        DmaBufAttachment older = buffer.Attach(NewDevice(), callbacks).Value;
        buffer.Attach(NewDevice());
        DmaBufAttachment newer = buffer.Attach(NewDevice(), callbacks).Value;
        Assert.That(buffer.MoveNotify(), Is.EqualTo(2));
        Assert.That(callbacks.Told, Is.EqualTo(new[] { newer, older }));
    }

    [Test]
    public void MistakesOfAnImporterLeaveWarnings()
    {
        (DmaBufList list, Trace trace) = NewList();
        PlainStorage storage = new();
        DmaBuf buffer = list.Export(storage, 4096, OpenFlags.ReadWrite, "test");
        DmaBufAttachment attachment = buffer.Attach(NewDevice()).Value;
        attachment.Pin();
        attachment.Unpin();
        SgTable table = attachment.Map(DmaDirection.ToDevice).Value;
        attachment.Map(DmaDirection.ToDevice);
        attachment.Unmap(table);
        attachment.Unmap(table);
        buffer.Put();
        Assert.That(trace.Warnings.Select(warning => warning.KernelFunction), Is.EqualTo(new[]
        {
            "dma_buf_pin", "dma_buf_unpin", "dma_buf_map_attachment", "dma_buf_unmap_attachment", "dma_buf_release",
        }));
        Assert.That(storage.Calls, Does.Not.Contain("pin"));
        Assert.That(storage.Calls[^1], Is.EqualTo("release"));
    }

    /// <summary>A heap has one table for an attachment, and the second map is undone there.</summary>
    [TestCase("6.1", "probe0")]
    [TestCase("6.12", "gpu")]
    [TestCase("7.3", "probe0")]
    [TestCase("7.3", "gpu")]
    public void ASecondMapThatAFenceEndsTakesTheFirstWithIt(string kernel, string device)
    {
        StepMachine steps = WithFence(kernel);
        steps.Play($"a = attach {device} b");
        steps.Play("map a bidirectional");
        steps.Play("add_fence b kernel f");
        Assert.That(steps.Play("map a bidirectional"), Is.EqualTo("EINTR"));
        foreach (string job in (string[])["write a 0 4096 1", "read a 0 4096"])
        {
            Assert.That(steps.Play(job), Is.EqualTo("EFAULT"));
            Assert.That(steps.Last.Refusal.Reason, Is.EqualTo(Reason.NotMappedForDevice));
        }

        Assert.That(steps.Play("unmap a"), Is.EqualTo("ok"));
        Assert.That(
            steps.Machine.Trace.Warnings.Select(warning => warning.KernelFunction),
            Is.EqualTo(new[] { "dma_buf_map_attachment", "dma_buf_unmap_attachment" }));
        steps.Play("inc t 1");
        Assert.That(steps.Play("map a bidirectional"), Is.EqualTo("ok nents=1 lengths=4096"));
        Assert.That(steps.Play("write a 0 4096 1"), Is.EqualTo("ok"));
        steps.Play("unmap a");
        Assert.That(steps.Machine.FindImporter("gpu")!.Device.Iommu!.Count, Is.Zero);
    }

    /// <summary>A udmabuf makes a table for each mapping; kernels that keep the first do not wait for it again.</summary>
    [TestCase("6.12", "ok nents=1 lengths=4096", 0)]
    [TestCase("7.3", "EINTR", 1)]
    public void ASecondMapThatAFenceEndsLeavesTheFirstWhereEachHasATable(string kernel, string outcome, int warnings)
    {
        StepMachine steps = WithFence(kernel);
        steps.Play("m = memfd 4096 shrink");
        steps.Play("u = udmabuf m 0 4096");
        steps.Play("a = attach gpu u");
        steps.Play("map a bidirectional");
        steps.Play("add_fence u kernel f");
        Assert.That(steps.Play("map a bidirectional"), Is.EqualTo(outcome));
        Assert.That(steps.Play("write a 0 4096 1"), Is.EqualTo("ok"));
        steps.Play("unmap a");
        steps.Play("detach a");
        Assert.That(steps.Machine.Trace.Warnings, Has.Count.EqualTo(warnings));
        Assert.That(steps.Machine.FindImporter("gpu")!.Device.Iommu!.Count, Is.Zero);
    }

    private static StepMachine WithFence(string kernel)
    {
        StepMachine steps = new(kernel);
        steps.Play("b = alloc system 4096 rdwr");
        steps.Play("t = timeline");
        steps.Play("f = fence t 1 f");
        return steps;
    }

    private static DmaBuf Export(PlainStorage storage, string kernel) =>
        NewList(kernel).List.Export(storage, 4096, OpenFlags.ReadWrite, "test");

    private sealed class Callbacks : ImporterCallbacks
    {
        public List<DmaBufAttachment> Told { get; } = [];

        protected internal override void MoveNotify(DmaBufAttachment attachment) => Told.Add(attachment);
    }
}
