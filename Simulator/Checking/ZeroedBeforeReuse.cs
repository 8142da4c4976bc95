using System.Globalization;
using DmaBufSim.Buffers;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Memory;
using DmaBufSim.Tracing;

namespace DmaBufSim.Checking;

/// <summary>A buffer that is handed out holds zeros only: nothing of an earlier owner can be read in it.</summary>
public sealed class ZeroedBeforeReuse : MachineLaw
{
    /// <inheritdoc/>
    public override string Sentence => "always freed pages are zeroed before reuse";

    /// <inheritdoc/>
    /// <remarks><b>Cost:</b> proportional to the pages of each new buffer.</remarks>
    public override void Observe(Machine machine, in TraceRecord record)
    {
        if (record.Event != TraceEvent.BufferExported)
        {
            return;
        }

        DmaBuf buffer = machine.Buffers.NewestFirst.First();
        if (buffer.Exporter is not HeapBuffer storage)
        {
            return;
        }

        long page = 0;
        foreach (FrameRun run in storage.Table.Runs)
        {
            for (int frame = run.First; frame < run.First + run.Count; frame++)
            {
                int dirty = machine.Memory.IsWritten(frame)
                    ? machine.Memory.Page(frame).IndexOfAnyExcept((byte)0)
                    : -1;
                if (dirty >= 0)
                {
                    long offset = (page << PhysicalMemory.PageShift) + dirty;
                    Report(string.Create(
                        CultureInfo.InvariantCulture,
                        $"buffer #{buffer.Inode} of heap {storage.Heap.Name} got old bytes at offset {offset}"));
                    return;
                }

                page++;
            }
        }
    }
}
