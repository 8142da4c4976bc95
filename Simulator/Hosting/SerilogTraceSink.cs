using DmaBufSim.Tracing;
using Serilog;
using Serilog.Events;

namespace DmaBufSim.Hosting;

/// <summary>Writes the records of a machine to a Serilog logger.</summary>
/// <remarks>
/// Kernel warnings are warnings; buffers that come and go are information; attachments, mappings and pages are debug;
/// references and bytes are verbose.
/// </remarks>
public sealed class SerilogTraceSink(ILogger logger) : TraceSink
{
    /// <inheritdoc/>
    public override void Write(in TraceRecord record)
    {
        LogEventLevel level = LevelOf(record.Event);
        if (logger.IsEnabled(level))
        {
            logger.Write(level, "{Event}: {Description:l}", record.Event, TraceText.Describe(record));
        }
    }

    private static LogEventLevel LevelOf(TraceEvent what) => what switch
    {
        TraceEvent.KernelWarned => LogEventLevel.Warning,
        TraceEvent.BufferExported or TraceEvent.BufferReleased => LogEventLevel.Information,
        TraceEvent.ReferenceTaken or TraceEvent.ReferenceDropped or TraceEvent.BytesRead or TraceEvent.BytesWritten =>
            LogEventLevel.Verbose,
        _ => LogEventLevel.Debug,
    };
}
