using System.Globalization;
using DmaBufSim.Abi;
using DmaBufSim.Dma;
using DmaBufSim.Memory;

namespace DmaBufSim.Heaps;

/// <summary>
/// The frames that a heap of one's own has handed out, to notice when it hands out what it does not have.
/// </summary>
/// <remarks><b>Cost:</b> one search a run. Heaps of this library have none: laws and tests watch them.</remarks>
internal sealed class FrameClaims(DmaHeap heap)
{
    private readonly SortedSet<FrameRun> held =
        new(Comparer<FrameRun>.Create((one, other) => one.First.CompareTo(other.First)));

    /// <summary>Notes the frames of a new buffer.</summary>
    /// <exception cref="HeapFaultException">They are not what was asked for, or not the heap's to give.</exception>
    public void Add(SgTable? table, int pages)
    {
        if (table is null)
        {
            throw Fault("answered with success and without a table");
        }

        foreach (FrameRun run in table.Runs)
        {
            Check(run);
        }

        if (table.Pages != pages)
        {
            throw Fault($"was asked for {pages} pages and gave {table.Pages}");
        }

        foreach (FrameRun run in table.Runs)
        {
            CheckOverlap(run);
            held.Add(run);
        }
    }

    /// <summary>Looks at a failure.</summary>
    /// <exception cref="HeapFaultException">There is no such errno.</exception>
    public void CheckFailure(Errno errno)
    {
        if (!Enum.IsDefined(errno))
        {
            throw Fault($"answered with {(int)errno}, which is no errno");
        }
    }

    /// <summary>The frames of a buffer go back.</summary>
    public void Remove(SgTable table)
    {
        foreach (FrameRun run in table.Runs)
        {
            held.Remove(run);
        }
    }

    private void Check(FrameRun run)
    {
        PhysicalMemory memory = heap.Context.Memory;
        if (run.Count <= 0 || run.First < 0 || run.First > memory.FrameCount - run.Count)
        {
            int last = memory.FrameCount - 1;
            throw Fault($"gave {run.Count} frames from {run.First} on; the machine has frames 0 to {last}");
        }

        // The ends tell: whoever makes frames up seldom meets two that are taken.
        foreach (int frame in (ReadOnlySpan<int>)[run.First, run.First + run.Count - 1])
        {
            if (memory.Buddy.IsFree(frame))
            {
                throw Fault($"gave frame {frame}, which the page allocator has not handed out");
            }
        }
    }

    private void CheckOverlap(FrameRun run)
    {
        FrameRun last = new(run.First + run.Count - 1, 1);
        FrameRun before = held.GetViewBetween(default, last).Max;
        if (before.First + before.Count > run.First)
        {
            throw Fault($"gave frame {Math.Max(run.First, before.First)} twice");
        }
    }

    private HeapFaultException Fault(FormattableString what) =>
        Fault(what.ToString(CultureInfo.InvariantCulture));

    private HeapFaultException Fault(string what) =>
        new($"the heap '{heap.Name}' ({heap.GetType().Name}) {what}");
}
