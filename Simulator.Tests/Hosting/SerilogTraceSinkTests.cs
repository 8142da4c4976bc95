using DmaBufSim.Hosting;
using DmaBufSim.Tracing;
using NUnit.Framework;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace DmaBufSim.Tests.Hosting;

/// <summary>Records become log events, each at its level.</summary>
[TestFixture]
public sealed class SerilogTraceSinkTests
{
    [TestCase(TraceEvent.KernelWarned, LogEventLevel.Warning)]
    [TestCase(TraceEvent.BufferExported, LogEventLevel.Information)]
    [TestCase(TraceEvent.BufferReleased, LogEventLevel.Information)]
    [TestCase(TraceEvent.Attached, LogEventLevel.Debug)]
    [TestCase(TraceEvent.MappedForDevice, LogEventLevel.Debug)]
    [TestCase(TraceEvent.PagesTaken, LogEventLevel.Debug)]
    [TestCase(TraceEvent.CacheSynced, LogEventLevel.Debug)]
    [TestCase(TraceEvent.ReferenceTaken, LogEventLevel.Verbose)]
    [TestCase(TraceEvent.ReferenceDropped, LogEventLevel.Verbose)]
    [TestCase(TraceEvent.BytesRead, LogEventLevel.Verbose)]
    [TestCase(TraceEvent.BytesWritten, LogEventLevel.Verbose)]
    public void ARecordHasItsLevel(TraceEvent what, LogEventLevel level)
    {
        LogEvent written = Write(LogEventLevel.Verbose, what).Single();
        Assert.That(written.Level, Is.EqualTo(level));
        Assert.That(written.Properties.Keys, Is.EquivalentTo(new[] { "Event", "Description" }));
    }

    [Test]
    public void TheMessageIsTheEventAndWhatItTells() =>
        Assert.That(
            Write(LogEventLevel.Verbose, TraceEvent.BytesWritten).Single().RenderMessage(null),
            Is.EqualTo("BytesWritten: gpu wrote 16 bytes of #7 at 4096"));

    [TestCase(LogEventLevel.Verbose)]
    [TestCase(LogEventLevel.Debug)]
    [TestCase(LogEventLevel.Information)]
    [TestCase(LogEventLevel.Warning)]
    [TestCase(LogEventLevel.Error)]
    public void WhatIsBelowTheLevelIsLeftOut(LogEventLevel minimum)
    {
        List<LogEvent> written = Write(minimum, Enum.GetValues<TraceEvent>());
        Assert.That(written.Select(entry => entry.Level), Is.All.GreaterThanOrEqualTo(minimum));
        int expected = Write(LogEventLevel.Verbose, Enum.GetValues<TraceEvent>()).Count(entry => entry.Level >= minimum);
        Assert.That(written, Has.Count.EqualTo(expected));
    }

    private static List<LogEvent> Write(LogEventLevel minimum, params TraceEvent[] events)
    {
        Collector collector = new();
        using Logger logger = new LoggerConfiguration().MinimumLevel.Is(minimum).WriteTo.Sink(collector).CreateLogger();
        SerilogTraceSink sink = new(logger);
        foreach (TraceEvent what in events)
        {
            sink.Write(new TraceRecord(what, 7, 4096, 16, "gpu"));
        }

        return collector.Entries;
    }

    private sealed class Collector : ILogEventSink
    {
        public List<LogEvent> Entries { get; } = [];

        public void Emit(LogEvent logEvent) => Entries.Add(logEvent);
    }
}
