using System.Globalization;
using DmaBufSim.Buffers;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Memory;

namespace DmaBufSim.Checking;

/// <summary>
/// No frame belongs to two buffers or memfds, or to one of them and the free memory of an allocator. A memfd and the
/// udmabufs that show its page are one owner.
/// </summary>
public sealed class OneOwner : MachineLaw
{
    private (long Newest, int Count, long MemfdChanges) last = (-1, -1, -1);

    /// <inheritdoc/>
    public override string Sentence => "always every frame has one owner";

    /// <inheritdoc/>
    /// <remarks>
    /// <b>Cost:</b> proportional to the pages of all buffers and memfds when one was made or released; otherwise
    /// nothing.
    /// </remarks>
    public override void Check(Machine machine)
    {
        long newest = machine.Buffers.NewestFirst.FirstOrDefault()?.Inode ?? 0;
        (long, int, long) now = (newest, machine.Buffers.Count, machine.Memfds.Changes);
        if (now == last)
        {
            return;
        }

        last = now;
        List<(FrameRun Run, Owner Owner)> owned = [];
        foreach (DmaBuf buffer in machine.Buffers.NewestFirst)
        {
            if (buffer.Exporter is HeapBuffer storage)
            {
                foreach (FrameRun run in storage.Table.Runs)
                {
                    owned.Add((run, new Owner("buffer", buffer.Inode)));
                }
            }
        }

        AddMemfdPages(machine, owned);
        owned.Sort((one, other) => one.Run.First.CompareTo(other.Run.First));
        for (int i = 0; i < owned.Count; i++)
        {
            (FrameRun run, Owner owner) = owned[i];
            if (i > 0 && owned[i - 1].Run.First + owned[i - 1].Run.Count > run.First)
            {
                Report(string.Create(
                    CultureInfo.InvariantCulture,
                    $"frame {run.First} belongs to {owned[i - 1].Owner} and to {owner}"));
            }

            CheckTaken(machine, run, owner);
        }
    }

    // Each page once: first as that of its memfd, then those that outlived their memfd in a udmabuf.
    private static void AddMemfdPages(Machine machine, List<(FrameRun Run, Owner Owner)> owned)
    {
        HashSet<MemfdPage> seen = new(ReferenceEqualityComparer.Instance);
        foreach (Memfd memfd in machine.Memfds.OldestFirst)
        {
            foreach (MemfdPage page in memfd.Pages)
            {
                seen.Add(page);
                owned.Add((new FrameRun(page.Frame, 1), new Owner("memfd", memfd.Inode)));
            }
        }

        foreach (DmaBuf buffer in machine.Buffers.NewestFirst)
        {
            if (buffer.Exporter is UdmabufBuffer storage)
            {
                foreach (MemfdPage page in storage.Pages)
                {
                    if (seen.Add(page))
                    {
                        owned.Add((new FrameRun(page.Frame, 1), new Owner("buffer", buffer.Inode)));
                    }
                }
            }
        }
    }

    private void CheckTaken(Machine machine, FrameRun run, Owner owner)
    {
        CmaArea? area = machine.Areas.FirstOrDefault(area => area.Contains(run.First));
        for (int frame = run.First; frame < run.First + run.Count; frame++)
        {
            if (area is null || area.IsLent(frame) ? machine.Memory.Buddy.IsFree(frame) : !area.IsAllocated(frame))
            {
                Report(string.Create(
                    CultureInfo.InvariantCulture, $"frame {frame} belongs to {owner} and is free"));
            }
        }
    }

    private readonly record struct Owner(string Kind, long Inode)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind} #{Inode}");
    }
}
