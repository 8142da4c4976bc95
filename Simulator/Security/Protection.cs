using DmaBufSim.Abi;
using DmaBufSim.Tracing;

namespace DmaBufSim.Security;

/// <summary>The access policy of one buffer or pool, with the regions that its owner has named.</summary>
public sealed class Protection
{
    private readonly AccessPolicy policy;
    private readonly AccessPolicy declared;
    private readonly NamedRegions regions;

    /// <summary>The protection of a buffer without named regions.</summary>
    /// <param name="policy">Who may touch it.</param>
    /// <param name="size">The buffer's size in bytes.</param>
    public Protection(AccessPolicy policy, long size)
        : this(policy, policy, new NamedRegions(size))
    {
    }

    private Protection(AccessPolicy policy, AccessPolicy declared, NamedRegions regions)
    {
        this.policy = policy;
        this.declared = declared;
        this.regions = regions;
    }

    /// <summary>Who may touch it.</summary>
    public AccessPolicy Policy => policy;

    /// <summary>Whether its use has ended: no master has a right any more.</summary>
    public bool IsRevoked => regions.IsRevoked;

    /// <summary>The same buffer with the same regions under another policy.</summary>
    public Protection With(AccessPolicy other) => new(other, declared, regions);

    /// <summary>The same with the regions as they are now, wherever they go later.</summary>
    internal Protection Snapshot() => new(policy, declared, regions.Copy());

    /// <summary>Whether the rules that were declared, and not what was made of them, give a master a right.</summary>
    public bool Declares(Master master, AccessRights wanted, long offset, long length, Trace trace) =>
        new Protection(declared, declared, regions).Check(master, wanted, offset, length, trace).IsOk;

    /// <summary>The use has ended: from now on every check is refused.</summary>
    public void Revoke() => regions.IsRevoked = true;

    /// <summary>Names bytes of the buffer; the same name again moves the region. Who may is for the heap.</summary>
    /// <returns><see cref="Errno.EINVAL"/> for a region that is empty or reaches outside the buffer.</returns>
    public Result Define(string name, long offset, long length, Trace trace) =>
        Define(name, offset, length, trace, out _);

    /// <summary>What a master may do with one byte.</summary>
    public AccessRights RightsAt(Master master, long offset) => AnyRights(master, offset, 1);

    /// <summary>What a master may do with some byte of these.</summary>
    public AccessRights AnyRights(Master master, long offset, long length)
    {
        if (IsRevoked || !policy.HasRules)
        {
            return IsRevoked ? AccessRights.None : policy.Granted(master);
        }

        AccessRights rights = AccessRights.None;
        foreach (AccessRule rule in policy.Rules)
        {
            if (rule.Master == master.Name && Overlaps(rule, offset, length))
            {
                rights |= rule.Rights;
            }
        }

        return rights;
    }

    /// <summary>Where in these bytes rights begin or end; hardware needs a region of its own on either side.</summary>
    public void AddEdges(long offset, long length, List<long> edges)
    {
        foreach (AccessRule rule in policy.Rules)
        {
            if (rule.Region is { } name && regions.Find(name) is { } region)
            {
                Add(region.Offset);
                Add(region.End);
            }
        }

        void Add(long edge)
        {
            if (edge > offset && edge < offset + length && !edges.Contains(edge))
            {
                edges.Add(edge);
            }
        }
    }

    /// <summary>Whether a master may do this to these bytes.</summary>
    /// <returns><see cref="Errno.EACCES"/> with the rule and the first byte that it keeps from the master.</returns>
    /// <remarks><b>Cost:</b> proportional to the rules of the heap and the regions of the buffer.</remarks>
    public Result Check(Master master, AccessRights wanted, long offset, long length, Trace trace)
    {
        if (IsRevoked)
        {
            return trace.Refuse(Errno.EACCES, Reason.UseCaseEnded, master.Name, null, offset, length);
        }

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

    /// <summary>The same as the other, and the action that takes it back.</summary>
    public Result Define(string name, long offset, long length, Trace trace, out Action undo)
    {
        NamedRegion? before = regions.Find(name);
        undo = () => regions.Set(name, before);
        if (!regions.Contains(offset, length))
        {
            return trace.Refuse(Errno.EINVAL, Reason.RegionOutsideBuffer, name, null, offset, length);
        }

        regions.Set(name, new NamedRegion(name, offset, length));
        return Result.Ok;
    }

    private bool Overlaps(AccessRule rule, long offset, long length) =>
        rule.Region is not { } name
        || (regions.Find(name) is { } region && region.Offset < offset + length && offset < region.End);

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
        if (regions.Find(name) is not { } region)
        {
            return false;
        }

        if (region.Offset <= at && at < region.End)
        {
            reached = Math.Max(reached, region.End);
        }

        return true;
    }
}
