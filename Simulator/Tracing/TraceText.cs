using System.Globalization;

namespace DmaBufSim.Tracing;

/// <summary>Trace records in words.</summary>
public static class TraceText
{
    /// <summary>What a record tells, in a few words.</summary>
    public static string Describe(in TraceRecord record)
    {
        (TraceEvent what, long subject, long first, long second, string? name) = record;
        FormattableString text = what switch
        {
            TraceEvent.BufferExported => $"buffer #{subject} made, {first} bytes, exporter {name}",
            TraceEvent.BufferReleased => $"buffer #{subject} released",
            TraceEvent.ReferenceTaken => $"references of {File(subject)}: {first - 1} -> {first}",
            TraceEvent.ReferenceDropped => $"references of {File(subject)}: {first + 1} -> {first}",
            TraceEvent.Attached => $"{name} attached to #{subject}",
            TraceEvent.Detached => $"{name} detached from #{subject}",
            TraceEvent.MappedForDevice => $"#{subject} mapped for {name}, {Count(first, "segment")}",
            TraceEvent.UnmappedForDevice => $"#{subject} unmapped for {name}",
            TraceEvent.PagesTaken => $"{Count(first, "page")} taken from {name}, from frame {subject}",
            TraceEvent.PagesFreed => $"{Count(first, "page")} back to {name}, from frame {subject}",
            TraceEvent.PagesWiped => $"{Count(first, "page")} wiped, from frame {subject}",
            TraceEvent.BytesRead => $"{name} read {Count(second, "byte")} of {File(subject)} at {first}",
            TraceEvent.BytesWritten => $"{name} wrote {Count(second, "byte")} of {File(subject)} at {first}",
            TraceEvent.CacheSynced => $"caches synced for {name} over #{subject}",
            TraceEvent.FenceMade => $"fence {subject}:{first} made",
            TraceEvent.FenceSignaled => $"fence {subject}:{first} of {name} signalled, status {second}",
            TraceEvent.FenceDestroyed => $"fence {subject}:{first} destroyed",
            TraceEvent.FenceAwaited => $"#{second} waits for fence {subject}:{first}",
            TraceEvent.WaitedWhileSignaling => $"on the way to signal fence {subject}:{first}, {name}",
            TraceEvent.PagesMoved => $"{Count(second, "page")} moved out of {name}, from the window {subject}+{first}",
            TraceEvent.WindowBusy => $"window {subject}+{first} of {name} is busy: page {second} is pinned",
            TraceEvent.ProtectionChanged when subject < 0 =>
                $"hardware told of {Count(first, "page")} inside what it protects, {second} ns",
            TraceEvent.ProtectionChanged => $"{Count(first, "page")} {name} from frame {subject}, {second} ns",
            TraceEvent.AccessBlocked => $"hardware blocked {name}, {Count(second, "byte")} at frame {subject}",
            _ => $"WARNING: {name}",
        };
        return text.ToString(CultureInfo.InvariantCulture);
    }

    // Sync_files share an inode and so do timelines; those of memfds begin above this number.
    private const long LastBufferInode = 1L << 30;

    private static string File(long inode) => inode switch
    {
        > LastBufferInode => string.Create(CultureInfo.InvariantCulture, $"memfd #{inode}"),
        > 0 => string.Create(CultureInfo.InvariantCulture, $"#{inode}"),
        0 => "a sync_file",
        _ => "a timeline",
    };

    private static string Count(long number, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{number} {what}{(number == 1 ? "" : "s")}");
}
