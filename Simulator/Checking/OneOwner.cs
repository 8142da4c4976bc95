using System.Globalization;
using DmaBufSim.Buffers;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Memory;

namespace DmaBufSim.Checking;

/// <summary>No frame belongs to two buffers, or to a buffer and the free memory of an allocator.</summary>
public sealed class OneOwner : MachineLaw
{
    private (long Newest, int Count) last = (-1, -1);

    /// <inheritdoc/>
    public override string Sentence => "always every frame has one owner";

    /// <inheritdoc/>
    /// <remarks>
    /// <b>Cost:</b> proportional to the pages of all buffers when one was made or released; otherwise nothing.
    /// </remarks>
    public override void Check(Machine machine)
    {
        (long, int) now = (machine.Buffers.NewestFirst.FirstOrDefault()?.Inode ?? 0, machine.Buffers.Count);
        if (now == last)
        {
            return;
        }

        last = now;
        List<(FrameRun Run, long Inode)> owned = [];
        foreach (DmaBuf buffer in machine.Buffers.NewestFirst)
        {
            if (buffer.Exporter is HeapBuffer storage)
            {
                foreach (FrameRun run in storage.Table.Runs)
                {
                    owned.Add((run, buffer.Inode));
                }
            }
        }

        owned.Sort((one, other) => one.Run.First.CompareTo(other.Run.First));
        for (int i = 0; i < owned.Count; i++)
        {
            (FrameRun run, long inode) = owned[i];
            if (i > 0 && owned[i - 1].Run.First + owned[i - 1].Run.Count > run.First)
            {
                Report(string.Create(
                    CultureInfo.InvariantCulture,
                    $"frame {run.First} belongs to buffer #{owned[i - 1].Inode} and to buffer #{inode}"));
            }

            CheckTaken(machine, run, inode);
        }
    }

    private void CheckTaken(Machine machine, FrameRun run, long inode)
    {
        CmaArea? area = machine.Areas.FirstOrDefault(
            area => area.Range.First <= run.First && run.First < area.Range.First + area.Range.Count);
        for (int frame = run.First; frame < run.First + run.Count; frame++)
        {
            if (area is null ? machine.Memory.Buddy.IsFree(frame) : !area.IsAllocated(frame))
            {
                Report(string.Create(
                    CultureInfo.InvariantCulture, $"frame {frame} belongs to buffer #{inode} and is free"));
            }
        }
    }
}
