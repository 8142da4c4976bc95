using DmaBufSim.Engine;
using DmaBufSim.Files;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Files;

[TestFixture]
public sealed class OpenFileTests
{
    [TestCase(0u, true, false)]
    [TestCase(1u, false, true)]
    [TestCase(2u, true, true)]
    [TestCase(3u, false, false)]
    public void TheAccessModeGivesTheRights(uint mode, bool readable, bool writable)
    {
        PlainFile file = new((OpenFlags)mode | OpenFlags.CloseOnExec);
        Assert.That((file.IsReadable, file.IsWritable), Is.EqualTo((readable, writable)));
        Assert.That((uint)file.Flags, Is.EqualTo(mode));
    }

    [Test]
    public void TheLastReferenceReleasesOnce()
    {
        PlainFile file = new();
        file.Get();
        file.Put();
        Assert.That(file.Releases, Is.Zero);
        file.Put();
        Assert.That(file.Releases, Is.EqualTo(1));
        Assert.That(file.Get, Throws.TypeOf<InvariantException>());
        Assert.That(file.Put, Throws.TypeOf<InvariantException>());
        Assert.That(file.Releases, Is.EqualTo(1));
    }

    [Test]
    public void NonBlockLeavesTheAccessModeAlone()
    {
        PlainFile file = new();
        file.SetNonBlock(true);
        Assert.That((uint)file.Flags, Is.EqualTo(0x802));
        file.SetNonBlock(true);
        file.SetNonBlock(false);
        Assert.That((uint)file.Flags, Is.EqualTo(2));
    }

    [Test]
    public void MessagesHoldTheirFilesAndKeepTheirOrder()
    {
        PlainFile one = new();
        PlainFile other = new();
        SocketQueue queue = new();
        queue.Send(one);
        queue.Send(other);
        queue.Send(one);
        Assert.That((one.References, other.References), Is.EqualTo((3, 2)));
        Assert.That(queue.Take(), Is.SameAs(one));
        Assert.That(one.References, Is.EqualTo(3), "the reference goes to the taker");
        queue.Purge();
        Assert.That((one.References, other.References, queue.IsEmpty), Is.EqualTo((2, 1, true)));
        Assert.That(queue.Take(), Is.Null);
    }

    [Test]
    public void EachChangeOfTheCountLeavesARecord()
    {
        Trace trace = new();
        Records sink = new();
        trace.Sink = sink;
        PlainFile file = new(trace: trace);
        file.Get();
        file.Put();
        file.Put();
        Assert.That(
            sink.Seen.Select(record => (record.Event, record.First)),
            Is.EqualTo(new[]
            {
                (TraceEvent.ReferenceTaken, 2L),
                (TraceEvent.ReferenceDropped, 1L),
                (TraceEvent.ReferenceDropped, 0L),
            }));
    }

    private sealed class Records : TraceSink
    {
        public List<TraceRecord> Seen { get; } = [];

        public override void Write(in TraceRecord record) => Seen.Add(record);
    }
}
