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

        Result allowed = Result.Ok;
        if (policy.HasRules && (wanted & AccessRights.Read) != 0)
        {
            allowed = CheckRegions(master, AccessRights.Read, offset, length, trace);
        }

        if (policy.HasRules && (wanted & AccessRights.Write) != 0 && allowed.IsOk)
        {
            allowed = CheckRegions(master, AccessRights.Write, offset, length, trace);
        }

        return allowed;
    }

    private Result CheckRegions(Master master, AccessRights right, long offset, long length, Trace trace)
    {
        long at = offset;
        long end = offset + length;
        while (at < end)
        {
            long reached = at;
            AccessRule? outside = null;
            AccessRule? undefined = null;
            foreach (AccessRule rule in policy.Rules)
            {
                if (rule.Master != master.Name || (rule.Rights & right) == 0)
                {
                    continue;
                }

                if (rule.Region is null)
                {
                    return Result.Ok;
                }

                if (TryReach(rule.Region, at, ref reached))
                {
                    outside ??= rule;
                }
                else
                {
                    undefined ??= rule;
                }
            }

            if (reached == at)
            {
                Reason reason = outside is null ? Reason.RegionUndefined : Reason.OutsideRegion;
                return trace.Refuse(
                    Errno.EACCES, reason, master.Name, (outside ?? undefined)?.ToString(), at, end - at);
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
