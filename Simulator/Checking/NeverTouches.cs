using System.Globalization;
using DmaBufSim.Buffers;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Security;
using DmaBufSim.Tracing;

namespace DmaBufSim.Checking;

/// <summary>
/// A master never reads, writes or touches a byte of any buffer of a heap. Attempts that were denied do not count. A
/// device that moves bytes with the CPU counts as both.
/// </summary>
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
                Judge(machine, record, "read");
                break;
            case TraceEvent.BytesWritten when (rights & AccessRights.Write) != 0:
                Judge(machine, record, "wrote");
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

    private void Judge(Machine machine, in TraceRecord record, string what)
    {
        if (inodes.Contains(record.Subject) && IsMaster(machine, record.Name!))
        {
            Report(string.Create(
                CultureInfo.InvariantCulture,
                $"{record.Name} {what} {record.Second} bytes at offset {record.First} of buffer #{record.Subject}"));
        }
    }

    private bool IsMaster(Machine machine, string name) =>
        name == master || machine.FindImporter(name)?.Device.Master.Name == master;
}
