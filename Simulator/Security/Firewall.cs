using System.Collections.Immutable;
using DmaBufSim.Abi;
using DmaBufSim.Engine;
using DmaBufSim.Memory;
using DmaBufSim.Tracing;

namespace DmaBufSim.Security;

/// <summary>What stands between the masters and memory: ranges of frames that only some of them may touch.</summary>
/// <remarks>
/// <para>Which ranges it can hold, whom it sees and what a change costs is for its <see cref="Security.Guard"/>.</para>
/// <para><b>Cost:</b> one comparison where no range is protected; otherwise a binary search per check.</para>
/// </remarks>
public sealed partial class Firewall
{
    private readonly SortedList<int, GuardRange> ranges = [];
    private readonly HashSet<string> revoked = new(StringComparer.Ordinal);
    private readonly Trace quiet = new();

    /// <summary>A firewall without ranges.</summary>
    /// <param name="trace">Where refusals go.</param>
    /// <param name="guard">The hardware; null for <see cref="SecondStage"/>.</param>
    public Firewall(Trace trace, Guard? guard = null)
    {
        Trace = trace;
        Guard = guard ?? new SecondStage(new GuardSettings());
    }

    /// <summary>The hardware.</summary>
    public Guard Guard { get; }

    /// <summary>What a blocked access does.</summary>
    public GuardResponse Response { get; init; }

    /// <summary>Whether a job is stopped that copies to where somebody else may read.</summary>
    public bool ChecksFlows { get; init; } = true;

    /// <summary>The masters of the machine.</summary>
    public ImmutableArray<Master> Masters { get; init; } = [];

    /// <summary>What protection has cost, and whom it has stopped.</summary>
    public ProtectionCounters Counters { get; } = new();

    /// <summary>How many ranges are protected.</summary>
    public int Count => ranges.Count;

    /// <summary>A range; they are sorted by their frames.</summary>
    public GuardRange this[int index] => ranges.GetValueAtIndex(index);

    /// <summary>Where refusals go.</summary>
    public Trace Trace { get; }

    /// <summary>Protects frames that hold a part of a buffer.</summary>
    /// <param name="run">The frames; no other range may hold one of them.</param>
    /// <param name="protection">The rules of the buffer.</param>
    /// <param name="bufferOffset">Which byte of the buffer the first frame starts with.</param>
    /// <returns>
    /// <see cref="Errno.ENOSPC"/> or <see cref="Errno.EINVAL"/> where the hardware cannot hold the range.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// A range holds one of the frames already: a heap gave them out twice.
    /// </exception>
    public Result Protect(FrameRun run, Protection protection, long bufferOffset)
    {
        int next = FirstEndingAfter(run.First);
        if (next < ranges.Count && ranges.GetKeyAtIndex(next) < run.First + run.Count)
        {
            throw new ArgumentException("frames of the run belong to a protected buffer already", nameof(run));
        }

        ranges.Add(run.First, new GuardRange(run, protection, bufferOffset));
        Result programmed = Program(run, "protected");
        if (programmed.IsOk)
        {
            Counters.AddProtected((long)run.Count << PhysicalMemory.PageShift);
        }
        else
        {
            ranges.Remove(run.First);
        }

        return programmed;
    }

    /// <summary>Takes the protection away. The bytes must have been wiped.</summary>
    /// <returns>
    /// What the hardware answers. A range that it cannot let go of, because its neighbours would need one region more,
    /// stays as it is; its frames must not serve anyone.
    /// </returns>
    public Result Unprotect(FrameRun run)
    {
        int index = ranges.IndexOfKey(run.First);
        Invariant.Holds(index >= 0);
        GuardRange range = ranges.GetValueAtIndex(index);
        Invariant.Holds(range.Run == run);
        ranges.RemoveAt(index);
        Result programmed = Program(run, "open");
        if (programmed.IsOk)
        {
            Counters.AddProtected(-((long)run.Count << PhysicalMemory.PageShift));
        }
        else
        {
            ranges.Add(run.First, range);
        }

        return programmed;
    }

    /// <summary>Tells the hardware that rights have changed inside ranges.</summary>
    /// <returns>What the hardware answers.</returns>
    public Result Program(int pages) => Program(new FrameRun(-1, pages), null);

    /// <summary>Takes all rights to protected frames from a master, or gives them back.</summary>
    public void SetRevoked(Master master, bool isRevoked)
    {
        bool isNew = isRevoked ? revoked.Add(master.Name) : revoked.Remove(master.Name);
        if (isNew && ranges.Count > 0)
        {
            Program(0);
        }
    }

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

        Result allowed = Probe(master, wanted, frame, offset, length);
        if (!allowed.IsOk)
        {
            AddViolation(master, !AreDeclared(master, wanted, frame, offset, length), frame, offset, length);
        }

        return allowed;
    }

    /// <summary>The same without counting a violation.</summary>
    public Result Probe(Master master, AccessRights wanted, int frame, int offset, long length)
    {
        if (ranges.Count == 0 || !Sees(master))
        {
            return Result.Ok;
        }

        long start = ((long)frame << PhysicalMemory.PageShift) + offset;
        long end = start + length;
        for (int i = FirstEndingAfter(frame); i < ranges.Count; i++)
        {
            GuardRange range = ranges.GetValueAtIndex(i);
            if (range.Start >= end)
            {
                break;
            }

            (long from, long to) = range.Clip(start, end);
            Result allowed = Check(range, master, wanted, from, to);
            if (!allowed.IsOk)
            {
                return allowed;
            }
        }

        return Result.Ok;
    }

    /// <summary>Whether the configuration of a device suits bytes of consecutive frames.</summary>
    /// <param name="master">The device.</param>
    /// <param name="isSecure">Whether it is in its secure configuration.</param>
    /// <param name="wanted">What it does.</param>
    /// <param name="frame">The frame of the first byte.</param>
    /// <param name="offset">The first byte in that frame.</param>
    /// <param name="length">How many bytes.</param>
    /// <returns>
    /// <see cref="Errno.EACCES"/>: without the secure configuration a device reaches no protected byte, and with it the
    /// device writes to no other.
    /// </returns>
    public Result CheckConfiguration(
        Master master, bool isSecure, AccessRights wanted, int frame, int offset, long length)
    {
        if (!Guard.Covers(master) || (isSecure && (wanted & AccessRights.Write) == 0))
        {
            return Result.Ok;
        }

        long start = ((long)frame << PhysicalMemory.PageShift) + offset;
        long end = start + length;
        long inside = 0;
        for (int i = FirstEndingAfter(frame); i < ranges.Count && this[i].Start < end; i++)
        {
            (long from, long to) = this[i].Clip(start, end);
            inside += to - from;
        }

        return inside == (isSecure ? length : 0)
            ? Result.Ok
            : Trace.Refuse(Errno.EACCES, Reason.WrongConfiguration, master.Name);
    }

    private Result Program(FrameRun run, string? becomes)
    {
        Result<long> time = Guard.Program(this, run.Count);
        if (time.IsOk && Guard.Enforces)
        {
            Counters.AddChange(time.Value);
            Trace.Note(TraceEvent.ProtectionChanged, run.First, run.Count, time.Value, becomes);
        }

        return time.Status;
    }

    private void AddViolation(Master master, bool isRight, int frame, int offset, long length)
    {
        Counters.AddDenial(ProtectionStep.Access, isRight);
        Counters.Interrupts += Response == GuardResponse.Interrupt ? 1 : 0;
        Trace.Note(TraceEvent.AccessBlocked, frame, offset, length, master.Name);
    }

    // Whether the rules of the heaps, and not what a policy made of them, allow an access.
    private bool AreDeclared(Master master, AccessRights wanted, int frame, int offset, long length)
    {
        long start = ((long)frame << PhysicalMemory.PageShift) + offset;
        long end = start + length;
        for (int i = FirstEndingAfter(frame); i < ranges.Count && this[i].Start < end; i++)
        {
            GuardRange range = this[i];
            (long from, long to) = range.Clip(start, end);
            if (!range.Protection.Declares(master, wanted, range.OffsetOf(from), to - from, quiet))
            {
                return false;
            }
        }

        return !revoked.Contains(master.Name);
    }

    private Result Check(GuardRange range, Master master, AccessRights wanted, long from, long to)
    {
        long offset = range.OffsetOf(from);
        if (revoked.Contains(master.Name))
        {
            return Trace.Refuse(Errno.EACCES, Reason.LinkNotProtected, master.Name, null, offset, to - from);
        }

        if (Guard.Widens)
        {
            foreach (Master other in Masters)
            {
                if (other.Name != master.Name && Guard.SharesId(master, other)
                    && range.Protection.Check(other, wanted, offset, to - from, quiet).IsOk)
                {
                    return Result.Ok;
                }
            }
        }

        return range.Protection.Check(master, wanted, offset, to - from, Trace);
    }

    private int FirstEndingAfter(int frame)
    {
        int low = 0;
        int high = ranges.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            FrameRun run = ranges.GetValueAtIndex(middle).Run;
            if (run.First + run.Count <= frame)
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
}
