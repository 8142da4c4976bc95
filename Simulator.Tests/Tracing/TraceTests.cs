using DmaBufSim.Abi;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Tracing;

[TestFixture]
public sealed class TraceTests
{
    [Test]
    public void ASinkGetsTheRecordsInOrder()
    {
        Recorder recorder = new();
        Trace trace = new() { Sink = recorder };
        trace.Note(TraceEvent.PagesTaken, 3, 4, name: "buddy");
        trace.Note(TraceEvent.BytesRead, 1, 2, 3, "gpu");
        Assert.That(recorder.Records, Is.EqualTo(new[]
        {
            new TraceRecord(TraceEvent.PagesTaken, 3, 4, 0, "buddy"),
            new TraceRecord(TraceEvent.BytesRead, 1, 2, 3, "gpu"),
        }));
    }

    [Test]
    public void WithoutASinkARecordCostsNoMemory()
    {
        Trace trace = new();
        trace.Note(TraceEvent.Attached, 1, name: "gpu");
        trace.Refuse(Errno.EIO, Reason.AddressBeyondMask, "gpu", null, 0, 1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            trace.Note(TraceEvent.Attached, i, name: "gpu");
            trace.Refuse(Errno.EIO, Reason.AddressBeyondMask, "gpu", null, 0, i);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [Test]
    public void TheLastRefusalIsRemembered()
    {
        Trace trace = new();
        trace.Refuse(Errno.EINVAL, Reason.LengthZero);
        Result refused = trace.Refuse(Errno.EACCES, Reason.DeviceMayOnlyRead, "gpu", "allow gpu read", 4096, 10);
        Assert.That((refused.Errno, refused.Reason), Is.EqualTo((Errno.EACCES, Reason.DeviceMayOnlyRead)));
        Assert.That(
            trace.LastRefusal,
            Is.EqualTo(new Refusal(Errno.EACCES, Reason.DeviceMayOnlyRead, "gpu", "allow gpu read", 4096, 10)));
    }

    [Test]
    public void ARefusalUnderAnotherErrnoKeepsItsDetails()
    {
        Trace trace = new();
        trace.Refuse(Errno.EIO, Reason.AddressBeyondMask, "display", null, 8192, 4096);
        Result refused = trace.RefuseAs(Errno.ENOMEM);
        Assert.That((refused.Errno, refused.Reason), Is.EqualTo((Errno.ENOMEM, Reason.AddressBeyondMask)));
        Assert.That(
            trace.LastRefusal,
            Is.EqualTo(new Refusal(Errno.ENOMEM, Reason.AddressBeyondMask, "display", null, 8192, 4096)));
    }

    [Test]
    public void AWarningIsKeptAndRecorded()
    {
        Recorder recorder = new();
        Trace trace = new() { Sink = recorder };
        trace.Warn("dma_buf_pin", "!dynamic");
        Assert.That(trace.Warnings, Is.EqualTo(new[] { new KernelWarning("dma_buf_pin", "!dynamic") }));
        Assert.That(recorder.Records.Single().Event, Is.EqualTo(TraceEvent.KernelWarned));
    }

    [TestCase(TraceEvent.AccessBlocked, "hardware blocked x, 9 bytes at frame 5")]
    [TestCase(TraceEvent.ProtectionChanged, "7 pages x from frame 5, 9 ns")]
    [TestCase(TraceEvent.BufferExported, "buffer #5 made, 7 bytes, exporter x")]
    [TestCase(TraceEvent.BufferReleased, "buffer #5 released")]
    [TestCase(TraceEvent.ReferenceTaken, "references of #5: 6 -> 7")]
    [TestCase(TraceEvent.ReferenceDropped, "references of #5: 8 -> 7")]
    [TestCase(TraceEvent.Attached, "x attached to #5")]
    [TestCase(TraceEvent.Detached, "x detached from #5")]
    [TestCase(TraceEvent.MappedForDevice, "#5 mapped for x, 7 segments")]
    [TestCase(TraceEvent.UnmappedForDevice, "#5 unmapped for x")]
    [TestCase(TraceEvent.PagesTaken, "7 pages taken from x, from frame 5")]
    [TestCase(TraceEvent.PagesFreed, "7 pages back to x, from frame 5")]
    [TestCase(TraceEvent.PagesWiped, "7 pages wiped, from frame 5")]
    [TestCase(TraceEvent.BytesRead, "x read 9 bytes of #5 at 7")]
    [TestCase(TraceEvent.BytesWritten, "x wrote 9 bytes of #5 at 7")]
    [TestCase(TraceEvent.CacheSynced, "caches synced for x over #5")]
    [TestCase(TraceEvent.KernelWarned, "WARNING: x")]
    public void RecordsAreWrittenInWords(TraceEvent what, string text) =>
        Assert.That(TraceText.Describe(new TraceRecord(what, 5, 7, 9, "x")), Is.EqualTo(text));

    [TestCase(TraceEvent.ReferenceTaken, "references of memfd #1073741825: 6 -> 7")]
    [TestCase(TraceEvent.BytesWritten, "x wrote 9 bytes of memfd #1073741825 at 7")]
    public void AMemfdIsNoBuffer(TraceEvent what, string text) =>
        Assert.That(TraceText.Describe(new TraceRecord(what, (1L << 30) + 1, 7, 9, "x")), Is.EqualTo(text));

    [Test]
    public void ABugTellsFunctionAndCondition()
    {
        KernelBugException bug = new("dma_buf_release", "vmapping_counter");
        Assert.That((bug.KernelFunction, bug.Condition), Is.EqualTo(("dma_buf_release", "vmapping_counter")));
        Assert.That(bug.Message, Is.EqualTo("kernel BUG in dma_buf_release: vmapping_counter"));
    }

    private sealed class Recorder : TraceSink
    {
        public List<TraceRecord> Records { get; } = [];

        public override void Write(in TraceRecord record) => Records.Add(record);
    }
}
