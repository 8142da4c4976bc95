using DmaBufSim.Buffers;
using DmaBufSim.Checking;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Security;
using DmaBufSim.Tracing;

namespace DmaBufSim.Scenarios;

/// <summary>
/// Holds every access that went through against the rules of the heaps, whatever a policy made of them.
/// </summary>
/// <remarks>
/// Accesses to a buffer are held against its own rules; reads elsewhere, of what was copied there, against the rules of
/// the use that it came from (<see cref="SecretsStay"/>). <b>Cost:</b> a look at all buffers for each access, and the
/// labels.
/// </remarks>
internal sealed class AccessAudit : TraceSink
{
    private readonly Trace quiet = new();
    private readonly SecretsStay secrets = new();
    private long leaks;

    /// <summary>The machine; accesses count from the moment on at which it is known.</summary>
    public Machine? Machine { get; private set; }

    /// <summary>Accesses to buffers with rules that the rules allow.</summary>
    public long Allowed { get; private set; }

    /// <summary>Accesses to buffers with rules that the rules forbid, and that nobody stopped.</summary>
    public long Leaks => leaks + secrets.Carried;

    /// <summary>Begins, unless it has begun; to be called before the first step.</summary>
    public void Begin(Machine machine)
    {
        if (Machine is null)
        {
            Machine = machine;
            secrets.Begin(machine);
        }
    }

    /// <summary>How many bytes that a program had drawn came to a device that reads frames, by a way.</summary>
    public long Shown(TextWay way) => secrets.Shown(way);

    /// <inheritdoc/>
    public override void Write(in TraceRecord record)
    {
        if (Machine is not null)
        {
            secrets.Observe(Machine, record);
        }

        AccessRights wanted = record.Event switch
        {
            TraceEvent.BytesRead => AccessRights.Read,
            TraceEvent.BytesWritten => AccessRights.Write,
            _ => AccessRights.None,
        };
        if (wanted == AccessRights.None || Machine is null || Find(record.Subject) is not { } rules)
        {
            return;
        }

        // A device that is driven by the CPU is the CPU.
        Master cpu = Machine.Firewall.Masters[0];
        string? name = record.Name;
        Master master = Machine.Firewall.Masters.FirstOrDefault(one => one.Name == name) ?? cpu;
        bool isAllowed = !Machine.HasLostLink(master)
            && rules.Check(master, wanted, record.First, record.Second, quiet).IsOk;
        Allowed += isAllowed ? 1 : 0;
        leaks += isAllowed ? 0 : 1;
    }

    private Protection? Find(long inode)
    {
        foreach (DmaBuf buffer in Machine!.Buffers.NewestFirst)
        {
            if (buffer.Inode == inode)
            {
                return (buffer.Exporter as HeapBuffer)?.Protection;
            }
        }

        return null;
    }
}
