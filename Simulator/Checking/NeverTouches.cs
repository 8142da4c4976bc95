using System.Globalization;
using DmaBufSim.Buffers;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Security;
using DmaBufSim.Tracing;

namespace DmaBufSim.Checking;

/// <summary>A master never reads, writes or touches a byte of any buffer of a heap. Attempts that were denied do not count.</summary>
public sealed class NeverTouches(string master, AccessRights rights, string heap) : MachineLaw
{
    private readonly HashSet<long> inodes = [];

    /// <inheritdoc/>
    public override string Sentence => $"never {master} {Word(rights)} {heap}";

    /// <inheritdoc/>
    public override void Observe(Machine machine, in TraceRecord record)
    {
        switch (record.Event)
        {
            case TraceEvent.BufferExported:
                DmaBuf newest = machine.Buffers.NewestFirst.First();
                if (newest.Exporter is HeapBuffer storage && storage.Heap.Name == heap)
                {
                    inodes.Add(newest.Inode);
                }

                break;
            case TraceEvent.BytesRead when (rights & AccessRights.Read) != 0:
                Judge(record, "read");
                break;
            case TraceEvent.BytesWritten when (rights & AccessRights.Write) != 0:
                Judge(record, "wrote");
                break;
        }
    }

    /// <summary>How a verdict line writes the rights.</summary>
    internal static string Word(AccessRights rights) => rights switch
    {
        AccessRights.Read => "reads",
        AccessRights.Write => "writes",
        _ => "touches",
    };

    private void Judge(in TraceRecord record, string what)
    {
        if (record.Name == master && inodes.Contains(record.Subject))
        {
            Report(string.Create(
                CultureInfo.InvariantCulture,
                $"{master} {what} {record.Second} bytes at offset {record.First} of buffer #{record.Subject}"));
        }
    }
}
