using DmaBufSim.Abi;
using DmaBufSim.Memory;

namespace DmaBufSim.Security;

public sealed partial class Firewall
{
    /// <summary>Whether a master may move bytes from some frames to others.</summary>
    /// <remarks>
    /// One job has one configuration, so what it writes has to belong to the same use as what it reads, or to one that
    /// nobody may read who may not read the source wherever it lies. The configuration holds for all of the target: a
    /// right to read <c>in=</c> a region counts as one to the whole target, and as none to the source.
    /// </remarks>
    /// <returns><see cref="Errno.EACCES"/> where there is such a reader.</returns>
    public Result CheckFlow(Master master, (int Frame, int Offset) source, (int Frame, int Offset) target, long length)
    {
        if (ranges.Count == 0 || !ChecksFlows || !Sees(master))
        {
            return Result.Ok;
        }

        long from = ((long)source.Frame << PhysicalMemory.PageShift) + source.Offset;
        long to = ((long)target.Frame << PhysicalMemory.PageShift) + target.Offset;
        for (int i = FirstEndingAfter(source.Frame); i < ranges.Count && this[i].Start < from + length; i++)
        {
            (long first, long last) = this[i].Clip(from, from + length);
            if (FindReader(this[i].Protection.Policy, to + first - from, to + last - from) is { } reader)
            {
                AddViolation(master, isRight: true, target.Frame, target.Offset, length);
                return Trace.Refuse(Errno.EACCES, Reason.OutputLessProtected, reader.Name);
            }
        }

        return Result.Ok;
    }

    // Somebody who may ever read some of these bytes, and not what has been under the rules of a source.
    private Master? FindReader(AccessPolicy source, long start, long end)
    {
        long at = start;
        for (int i = FirstEndingAfter((int)(start >> PhysicalMemory.PageShift)); at < end; i++)
        {
            GuardRange? range = i < ranges.Count && this[i].Start < end ? this[i] : null;
            bool isOpen = range is null || range.Value.Start > at;
            if ((isOpen ? FindReader(source, null) : null) is { } anybody)
            {
                return anybody;
            }

            if (range is { } into && into.Protection.Policy != source
                && FindReader(source, into.Protection.Policy) is { } reader)
            {
                return reader;
            }

            at = range?.End ?? end;
        }

        return null;
    }

    private Master? FindReader(AccessPolicy source, AccessPolicy? target)
    {
        foreach (Master master in Masters)
        {
            bool mayReadTarget = target is null || (target.Granted(master) & AccessRights.Read) != 0;
            if (mayReadTarget && (source.GrantedEverywhere(master) & AccessRights.Read) == 0)
            {
                return master;
            }
        }

        return null;
    }

    // The trusted application knows the rules and keeps them also where hardware does not see it.
    private bool Sees(Master master) => master == Master.Ta || Guard.Covers(master);
}
