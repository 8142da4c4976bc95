using DmaBufSim.Abi;
using DmaBufSim.Tracing;

namespace DmaBufSim.Security;

/// <summary>The access policy of one buffer, with the regions that its owner has named.</summary>
/// <param name="policy">The policy of the heap that the buffer came from.</param>
/// <param name="size">The buffer's size in bytes.</param>
public sealed class Protection(AccessPolicy policy, long size)
{
    private readonly List<NamedRegion> regions = [];

    /// <summary>The policy of the heap.</summary>
    public AccessPolicy Policy => policy;

    /// <summary>Names bytes of the buffer; the same name again moves the region.</summary>
    /// <returns><see cref="Errno.EINVAL"/> for a region that is empty or reaches outside the buffer.</returns>
    public Result Define(string name, long offset, long length, Trace trace)
    {
        if (offset < 0 || length <= 0 || offset > size - length)
        {
            return trace.Refuse(Errno.EINVAL, Reason.RegionOutsideBuffer, name, null, offset, length);
        }

        regions.RemoveAll(region => region.Name == name);
        regions.Add(new NamedRegion(name, offset, length));
        return Result.Ok;
    }

    /// <summary>Whether a master may do this to these bytes.</summary>
    /// <returns><see cref="Errno.EACCES"/> with the rule and the first byte that it keeps from the master.</returns>
    /// <remarks><b>Cost:</b> proportional to the rules of the heap and the regions of the buffer.</remarks>
    public Result Check(Master master, AccessRights wanted, long offset, long length, Trace trace)
    {
        AccessRights granted = policy.Granted(master);
        if ((granted & wanted) != wanted)
        {
            return policy.Deny(master, granted, trace, offset, length);
        }

        return policy.HasRules ? CheckRegions(master, wanted, offset, length, trace) : Result.Ok;
    }

    private Result CheckRegions(Master master, AccessRights wanted, long offset, long length, Trace trace)
    {
        long at = offset;
        long end = offset + length;
        while (at < end)
        {
            long reached = at;
            bool undefined = false;
            AccessRule? limit = null;
            foreach (AccessRule rule in policy.Rules)
            {
                if (rule.Master != master.Name || (rule.Rights & wanted) != wanted)
                {
                    continue;
                }

                if (rule.Region is null)
                {
                    return Result.Ok;
                }

                limit = rule;
                undefined |= !TryReach(rule.Region, at, ref reached);
            }

            if (reached == at)
            {
                Reason reason = undefined ? Reason.RegionUndefined : Reason.OutsideRegion;
                return trace.Refuse(
                    Errno.EACCES, reason, master.Name, (limit ?? policy.Rules[0]).ToString(), at, end - at);
            }

            at = reached;
        }

        return Result.Ok;
    }

    private bool TryReach(string name, long at, ref long reached)
    {
        foreach (NamedRegion region in regions)
        {
            if (region.Name == name)
            {
                if (region.Offset <= at && at < region.Offset + region.Length)
                {
                    reached = Math.Max(reached, region.Offset + region.Length);
                }

                return true;
            }
        }

        return false;
    }

    private readonly record struct NamedRegion(string Name, long Offset, long Length);
}
