using DmaBufSim.Abi;
using DmaBufSim.Memory;

namespace DmaBufSim.Security;

public sealed partial class Firewall
{
    /// <summary>Whether a master may move bytes from some frames to others.</summary>
    /// <returns>
    /// <see cref="Errno.EACCES"/> where somebody may read the target who may not read the source: one job has one
    /// configuration, and what it writes belongs to the same use as what it reads.
    /// </returns>
    public Result CheckFlow(Master master, (int Frame, int Offset) source, (int Frame, int Offset) target, long length)
    {
        if (ranges.Count == 0 || !Guard.Covers(master))
        {
            return Result.Ok;
        }

        long from = ((long)source.Frame << PhysicalMemory.PageShift) + source.Offset;
        long to = ((long)target.Frame << PhysicalMemory.PageShift) + target.Offset;
        for (int i = FirstEndingAfter(source.Frame); i < ranges.Count && this[i].Start < from + length; i++)
        {
            long first = Math.Max(from, this[i].Start);
            long last = Math.Min(from + length, this[i].End);
            if (first < last && FindReader(this[i], first, last, to + first - from) is { } reader)
            {
                AddViolation(master, isRight: true, target.Frame, target.Offset, length);
                return Trace.Refuse(Errno.EACCES, Reason.OutputLessProtected, reader.Name);
            }
        }

        return Result.Ok;
    }

    // Somebody who may read the target and not all of the source, or null.
    private Master? FindReader(GuardRange source, long first, long last, long target)
    {
        int to = FirstEndingAfter((int)(target >> PhysicalMemory.PageShift));
        bool isOfSameUse = to < ranges.Count && this[to].Start <= target && target + last - first <= this[to].End
            && this[to].Protection.Policy == source.Protection.Policy && !source.Protection.Policy.HasRegions;
        if (isOfSameUse && !source.Protection.IsRevoked)
        {
            return null;
        }

        foreach (Master master in Masters)
        {
            long offset = source.OffsetOf(first);
            bool mayReadSource =
                source.Protection.Check(master, AccessRights.Read, offset, last - first, quiet).IsOk;
            if (!mayReadSource && MayRead(master, target, target + last - first))
            {
                return master;
            }
        }

        return null;
    }

    private bool MayRead(Master master, long start, long end)
    {
        long at = start;
        int i = FirstEndingAfter((int)(start >> PhysicalMemory.PageShift));
        for (; i < ranges.Count && this[i].Start < end; i++)
        {
            GuardRange range = this[i];
            long from = Math.Max(at, range.Start);
            long to = Math.Min(end, range.End);
            AccessRights rights = range.Protection.AnyRights(master, range.OffsetOf(from), to - from);
            if (from > at || (rights & AccessRights.Read) != 0)
            {
                return true;
            }

            at = to;
        }

        return at < end;
    }
}
