using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Dma;
using DmaBufSim.Files;
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

    private static DmaBuf Export(PlainStorage storage, string kernel) =>
        NewList(kernel).List.Export(storage, 4096, OpenFlags.ReadWrite, "test");

    private sealed class Callbacks : ImporterCallbacks
    {
        public List<DmaBufAttachment> Told { get; } = [];

        protected internal override void MoveNotify(DmaBufAttachment attachment) => Told.Add(attachment);
    }
}
