using DmaBufSim.Abi;
using DmaBufSim.Engine;
using DmaBufSim.Memory;
using DmaBufSim.Tracing;

namespace DmaBufSim.Security;

/// <summary>What stands between the masters and memory: ranges of frames that only some of them may touch.</summary>
/// <remarks>
/// <para>Page-granular and without a limit on its ranges, as translation by a hypervisor is.</para>
/// <para><b>Cost:</b> nothing where no range is protected; otherwise a binary search per check.</para>
/// </remarks>
public sealed class Firewall(Trace trace)
{
    private readonly SortedList<int, Range> ranges = [];

    /// <summary>How many ranges are protected.</summary>
    public int Count => ranges.Count;

    /// <summary>Protects frames that hold a part of a buffer.</summary>
    /// <param name="run">The frames; no other range may hold one of them.</param>
    /// <param name="protection">The rules of the buffer.</param>
    /// <param name="bufferOffset">Which byte of the buffer the first frame starts with.</param>
    /// <exception cref="ArgumentException">
    /// A range holds one of the frames already: a heap gave them out twice.
    /// </exception>
    public void Protect(FrameRun run, Protection protection, long bufferOffset)
    {
        int next = FirstEndingAfter(run.First);
        if (next < ranges.Count && ranges.GetKeyAtIndex(next) < run.First + run.Count)
        {
            throw new ArgumentException("frames of the run belong to a protected buffer already", nameof(run));
        }

        ranges.Add(run.First, new Range(run.Count, protection, bufferOffset));
    }

    /// <summary>Takes the protection away. The bytes must have been wiped.</summary>
    public void Unprotect(FrameRun run) => Invariant.Holds(ranges.Remove(run.First));

    /// <summary>Whether a master may do this to bytes of consecutive frames.</summary>
    /// <param name="master">Who.</param>
    /// <param name="wanted">What.</param>
    /// <param name="frame">The frame of the first byte.</param>
    /// <param name="offset">The first byte in that frame.</param>
    /// <param name="length">How many bytes; they may go on in the following frames.</param>
    /// <returns><see cref="Errno.EACCES"/> where a range denies it.</returns>
    public Result Check(Master master, AccessRights wanted, int frame, int offset, long length)
    {
        if (ranges.Count == 0)
        {
            return Result.Ok;
        }

        long start = ((long)frame << PhysicalMemory.PageShift) + offset;
        long end = start + length;
        for (int i = FirstEndingAfter(frame); i < ranges.Count; i++)
        {
            Range range = ranges.GetValueAtIndex(i);
            long rangeStart = (long)ranges.GetKeyAtIndex(i) << PhysicalMemory.PageShift;
            if (rangeStart >= end)
            {
                break;
            }

            long from = Math.Max(start, rangeStart);
            long to = Math.Min(end, rangeStart + ((long)range.Frames << PhysicalMemory.PageShift));
            Result allowed = range.Protection.Check(
                master, wanted, range.BufferOffset + from - rangeStart, to - from, trace);
            if (!allowed.IsOk)
            {
                return allowed;
            }
        }

        return Result.Ok;
    }

    private int FirstEndingAfter(int frame)
    {
        int low = 0;
        int high = ranges.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (ranges.GetKeyAtIndex(middle) + ranges.GetValueAtIndex(middle).Frames <= frame)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private readonly record struct Range(int Frames, Protection Protection, long BufferOffset);
}
