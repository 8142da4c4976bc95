using System.Globalization;
using DmaBufSim.Buffers;
using DmaBufSim.Fences;
using DmaBufSim.Files;
using DmaBufSim.Machines;
using DmaBufSim.Processes;
using DmaBufSim.Tracing;

namespace DmaBufSim.Checking;

/// <summary>
/// Every fence that others can see signals in the end: after the last step none is pending in a reservation, in a
/// sync_file or under somebody who waits.
/// </summary>
public sealed class EveryFenceSignals : MachineLaw
{
    private readonly List<(DmaFence Fence, string Where)> pending = [];
    private readonly List<(long Context, long Number, string Where)> calls = [];

    /// <inheritdoc/>
    public override string Sentence => "always every fence signals";

    /// <inheritdoc/>
    public override void Observe(Machine machine, in TraceRecord record)
    {
        if (record.Event == TraceEvent.FenceAwaited)
        {
            calls.Add((record.Subject, record.First, $"a call on {BufferName(record.Second)} gave up waiting"));
        }
    }

    /// <inheritdoc/>
    public override void Check(Machine machine)
    {
    }

    /// <inheritdoc/>
    /// <remarks><b>Cost:</b> a walk over all buffers, descriptors and messages.</remarks>
    public override void CheckAtEnd(Machine machine)
    {
        foreach (DmaBuf buffer in machine.Buffers.NewestFirst.Reverse())
        {
            AddBuffer(buffer);
        }

        foreach (Process process in machine.Processes)
        {
            AddFiles(process);
        }

        foreach (DriverThread driver in machine.Drivers)
        {
            Add(driver.AwaitedFence, $"{driver.Name} sleeps for it");
        }

        if (pending.Count > 0)
        {
            DmaFence first = pending[0].Fence;
            Report($"fence {first} never signals: {string.Join(", ", WhereIs(first).Distinct())}");
        }
    }

    private static string BufferName(long inode) => string.Create(CultureInfo.InvariantCulture, $"buffer #{inode}");

    private IEnumerable<string> WhereIs(DmaFence fence)
    {
        foreach ((DmaFence found, string where) in pending)
        {
            if (found == fence)
            {
                yield return where;
            }
        }

        foreach ((long context, long number, string where) in calls)
        {
            if ((context, number) == (unchecked((long)fence.Context), unchecked((long)fence.SequenceNumber)))
            {
                yield return where;
            }
        }
    }

    private void AddBuffer(DmaBuf buffer)
    {
        string name = BufferName(buffer.Inode);
        if (buffer.HasFences)
        {
            foreach (DmaResvEntry entry in buffer.Resv.AsListed())
            {
                Add(entry.Fence, $"{name} has it for {entry.Usage.ToString().ToLowerInvariant()}");
            }
        }

        Add(buffer.ArmedFence(PollEvents.In), $"a poll for in of {name} waits");
        Add(buffer.ArmedFence(PollEvents.Out), $"a poll for out of {name} waits");
    }

    private void AddFiles(Process process)
    {
        for (int descriptor = 0; descriptor < process.Files.End; descriptor++)
        {
            if (process.Files.Find(descriptor) is SyncFile file)
            {
                Add(file.Fence, string.Create(
                    CultureInfo.InvariantCulture, $"descriptor {descriptor} of {process.Name} stands for it"));
            }
        }

        foreach (OpenFile message in process.Inbox.Messages.Concat(process.Outbox.Messages))
        {
            Add((message as SyncFile)?.Fence, "a message stands for it");
        }
    }

    // A law only looks, so no fence is asked whether its work is done.
    private void Add(DmaFence? fence, string where)
    {
        if (fence is { HasSignaled: false })
        {
            foreach (DmaFence leaf in new DmaFenceUnwrap(fence))
            {
                if (!leaf.HasSignaled)
                {
                    pending.Add((leaf, where));
                }
            }
        }
    }
}
