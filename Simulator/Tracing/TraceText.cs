using System.Globalization;

namespace DmaBufSim.Tracing;

/// <summary>Trace records in words.</summary>
public static class TraceText
{
    /// <summary>What a record tells, in a few words.</summary>
    public static string Describe(in TraceRecord record)
    {
        FormattableString text = record.Event switch
        {
            TraceEvent.BufferExported => $"buffer #{record.Subject} made, {record.First} bytes, exporter {record.Name}",
            TraceEvent.BufferReleased => $"buffer #{record.Subject} released",
            TraceEvent.ReferenceTaken => $"references of #{record.Subject}: {record.First - 1} -> {record.First}",
            TraceEvent.ReferenceDropped => $"references of #{record.Subject}: {record.First + 1} -> {record.First}",
            TraceEvent.Attached => $"{record.Name} attached to #{record.Subject}",
            TraceEvent.Detached => $"{record.Name} detached from #{record.Subject}",
            TraceEvent.MappedForDevice => $"#{record.Subject} mapped for {record.Name}, {record.First} segments",
            TraceEvent.UnmappedForDevice => $"#{record.Subject} unmapped for {record.Name}",
            TraceEvent.PagesTaken => $"{record.First} pages taken from {record.Name}, from frame {record.Subject}",
            TraceEvent.PagesFreed => $"{record.First} pages back to {record.Name}, from frame {record.Subject}",
            TraceEvent.PagesWiped => $"{record.First} pages wiped, from frame {record.Subject}",
            TraceEvent.BytesRead => $"{record.Name} read {record.Second} bytes of #{record.Subject} at {record.First}",
            TraceEvent.BytesWritten =>
                $"{record.Name} wrote {record.Second} bytes of #{record.Subject} at {record.First}",
            TraceEvent.CacheSynced => $"caches synced for {record.Name} over #{record.Subject}",
            _ => $"WARNING: {record.Name}",
        };
        return text.ToString(CultureInfo.InvariantCulture);
    }
}
