using System.Collections.Immutable;
using DmaBufSim.Buffers;
using DmaBufSim.Heaps;
using DmaBufSim.Memory;
using DmaBufSim.Security;
using DmaBufSim.Tracing;

namespace DmaBufSim.Machines;

/// <summary>What the rules of a heap say about an access, and what hardware would do with it.</summary>
public enum AccessState
{
    /// <summary>The rules give the right, and hardware lets it through.</summary>
    Allowed,

    /// <summary>The rules give no right, and hardware stops it.</summary>
    Denied,

    /// <summary>The rules give the right, and hardware stops it.</summary>
    Barred,

    /// <summary>The rules give no right, and hardware lets it through.</summary>
    Exposed,
}

/// <summary>Who could touch the bytes of which heap at one moment. Pure data.</summary>
/// <remarks>
/// <para>What counts is the firewall alone, as if every master had addresses of every buffer, and every device the
/// right configuration.</para>
/// <para><b>Cost:</b> a probe for each master and each part of a buffer in which rights are the same.</para>
/// </remarks>
public sealed class AccessMap
{
    private AccessMap(ImmutableArray<string> masters, ImmutableArray<HeapAccess> heaps)
    {
        Masters = masters;
        Heaps = heaps;
    }

    /// <summary>The masters of the machine: the CPU, the trusted application, the devices.</summary>
    public ImmutableArray<string> Masters { get; }

    /// <summary>The heaps with rules, in the order of their declaration.</summary>
    public ImmutableArray<HeapAccess> Heaps { get; }

    /// <summary>The map of a machine as it is now.</summary>
    public static AccessMap Of(Machine machine)
    {
        ImmutableArray<Master> masters = machine.Firewall.Masters;
        List<HeapAccess> heaps = [];
        foreach (HeapDescription heap in machine.Description.Heaps.Where(heap => !heap.Rules.IsEmpty))
        {
            HeapAccess access = new(heap.Name, masters.Length);
            foreach (DmaBuf buffer in machine.Buffers.NewestFirst)
            {
                if (buffer.Exporter is HeapBuffer storage && storage.Heap.Name == heap.Name)
                {
                    Add(access, machine.Firewall, storage, masters);
                }
            }

            heaps.Add(access);
        }

        return new AccessMap([.. masters.Select(master => master.Name)], [.. heaps]);
    }

    private static void Add(
        HeapAccess access, Firewall firewall, HeapBuffer storage, ImmutableArray<Master> masters)
    {
        Protection rules = storage.Protection!;
        Trace quiet = new();
        long offset = 0;
        foreach (FrameRun run in storage.Table.Runs)
        {
            long start = (long)run.First << PhysicalMemory.PageShift;
            long[] edges = EdgesOf(run, firewall, rules, offset);
            for (int i = 1; i < edges.Length; i++)
            {
                long at = start + edges[i - 1];
                long length = edges[i] - edges[i - 1];
                int frame = (int)(at >> PhysicalMemory.PageShift);
                int first = (int)(at & (PhysicalMemory.PageSize - 1));
                access.AddBytes(length);
                for (int m = 0; m < masters.Length; m++)
                {
                    foreach (AccessRights right in HeapAccess.Rights)
                    {
                        bool may = rules.Declares(masters[m], right, offset + edges[i - 1], length, quiet);
                        bool can = firewall.Probe(masters[m], right, frame, first, length).IsOk;
                        access.Add(m, right, StateOf(may, can), length);
                    }
                }
            }

            offset += (long)run.Count << PhysicalMemory.PageShift;
        }
    }

    // Where rights may change inside a run, counted from its start.
    private static long[] EdgesOf(FrameRun run, Firewall firewall, Protection rules, long offset)
    {
        long length = (long)run.Count << PhysicalMemory.PageShift;
        List<long> named = [];
        rules.AddEdges(offset, length, named);
        SortedSet<long> edges = [0, length, .. named.Select(edge => edge - offset)];
        for (int i = 0; i < firewall.Count; i++)
        {
            FrameRun range = firewall[i].Run;
            edges.Add((long)(range.First - run.First) << PhysicalMemory.PageShift);
            edges.Add((long)(range.First + range.Count - run.First) << PhysicalMemory.PageShift);
        }

        return [.. edges.Where(edge => edge >= 0 && edge <= length)];
    }

    private static AccessState StateOf(bool may, bool can) => (may, can) switch
    {
        (true, true) => AccessState.Allowed,
        (false, false) => AccessState.Denied,
        (true, false) => AccessState.Barred,
        (false, true) => AccessState.Exposed,
    };
}

/// <summary>Who could touch the bytes of the buffers of a heap at one moment.</summary>
public sealed class HeapAccess
{
    private static readonly int States = Enum.GetValues<AccessState>().Length;

    private readonly long[] counts;

    internal HeapAccess(string name, int masters)
    {
        Name = name;
        counts = new long[masters * Rights.Length * States];
    }

    /// <summary>The two rights, one by one.</summary>
    public static ImmutableArray<AccessRights> Rights { get; } = [AccessRights.Read, AccessRights.Write];

    /// <summary>The heap.</summary>
    public string Name { get; }

    /// <summary>The bytes of all its buffers.</summary>
    public long Bytes { get; private set; }

    /// <summary>For how many of them a right of a master is in a state.</summary>
    /// <param name="master">The number of the master in <see cref="AccessMap.Masters"/>.</param>
    /// <param name="right">One right.</param>
    /// <param name="state">The state.</param>
    public long BytesIn(int master, AccessRights right, AccessState state) => counts[IndexOf(master, right, state)];

    internal void AddBytes(long bytes) => Bytes += bytes;

    internal void Add(int master, AccessRights right, AccessState state, long bytes) =>
        counts[IndexOf(master, right, state)] += bytes;

    private static int IndexOf(int master, AccessRights right, AccessState state) =>
        (((master * Rights.Length) + Rights.IndexOf(right)) * States) + (int)state;
}
