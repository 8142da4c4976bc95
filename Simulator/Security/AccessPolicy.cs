using System.Collections.Immutable;
using DmaBufSim.Abi;
using DmaBufSim.Tracing;

namespace DmaBufSim.Security;

/// <summary>Who may touch the buffers of one heap.</summary>
/// <remarks>
/// <para>A heap without rules has no policy and every master may touch it. A protected heap without rules has the
/// policy of <see cref="SecureMastersOnly"/>.</para>
/// <para><b>Kernel:</b> Linux has no such table; the secure world keeps it (<c>drivers/tee/optee/protmem.c</c>).</para>
/// </remarks>
public sealed class AccessPolicy
{
    private readonly ImmutableArray<AccessRule> rules;

    /// <summary>A policy of rules; a master that none of them names has no right.</summary>
    public AccessPolicy(ImmutableArray<AccessRule> rules)
    {
        this.rules = rules;
        foreach (AccessRule rule in rules)
        {
            HasRegions |= rule.Region is not null;
        }
    }

    /// <summary>No rule names a master: secure masters have every right and others none.</summary>
    public static AccessPolicy SecureMastersOnly { get; } = new([]);

    /// <summary>Rules that give nobody a right.</summary>
    public static AccessPolicy Nobody { get; } = new([new AccessRule("", AccessRights.None, null)]);

    /// <summary>Whether the rules name masters.</summary>
    public bool HasRules => !rules.IsEmpty;

    /// <summary>The rules, in the order of the configuration.</summary>
    public ImmutableArray<AccessRule> Rules => rules;

    /// <summary>Whether a rule speaks of any region.</summary>
    public bool HasRegions { get; }

    /// <summary>Whether a rule speaks of a region.</summary>
    public bool Names(string region)
    {
        foreach (AccessRule rule in rules)
        {
            if (rule.Region == region)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The rules about whole buffers; a right to a region alone is none.</summary>
    public AccessPolicy WithoutRegions() => Emptied(static (rule, _) => rule.Region is not null, "");

    /// <summary>The rules without those of a master.</summary>
    public AccessPolicy Without(Master master) => Emptied(static (rule, name) => rule.Master == name, master.Name);

    /// <summary>What a master may do somewhere in a buffer.</summary>
    public AccessRights Granted(Master master) => Granted(master, inRegions: true);

    /// <summary>What a master may do wherever the bytes lie; a right to a region alone is none.</summary>
    public AccessRights GrantedEverywhere(Master master) => Granted(master, inRegions: false);

    /// <summary>
    /// Whether a master may do this somewhere in a buffer; the question of attach, map, mmap and vmap.
    /// </summary>
    /// <param name="master">Who.</param>
    /// <param name="wanted">What.</param>
    /// <param name="trace">Where a refusal goes.</param>
    /// <param name="offset">The first byte of the buffer that is asked for; it goes into the refusal only.</param>
    /// <param name="length">How many bytes are asked for.</param>
    /// <returns><see cref="Errno.EACCES"/> with the rule that stands in the way.</returns>
    public Result Check(Master master, AccessRights wanted, Trace trace, long offset = -1, long length = -1)
    {
        AccessRights granted = Granted(master);
        return (granted & wanted) == wanted ? Result.Ok : Deny(master, granted, trace, offset, length);
    }

    internal Result Deny(Master master, AccessRights granted, Trace trace, long offset, long length)
    {
        Reason reason = (granted, master.IsCpu) switch
        {
            (AccessRights.None, _) when !HasRules => Reason.NotSecure,
            (AccessRights.None, true) => Reason.CpuHasNoRight,
            (AccessRights.Read, true) => Reason.CpuMayOnlyRead,
            (AccessRights.Write, true) => Reason.CpuMayOnlyWrite,
            (AccessRights.None, false) => Reason.DeviceHasNoRight,
            (AccessRights.Read, false) => Reason.DeviceMayOnlyRead,
            _ => Reason.DeviceMayOnlyWrite,
        };
        return trace.Refuse(Errno.EACCES, reason, master.Name, RuleOf(master), offset, length);
    }

    internal string? RuleOf(Master master)
    {
        foreach (AccessRule rule in rules)
        {
            if (rule.Master == master.Name && rule.Rights != AccessRights.None)
            {
                return rule.ToString();
            }
        }

        return null;
    }

    private AccessRights Granted(Master master, bool inRegions)
    {
        if (!HasRules)
        {
            return master.IsSecure ? AccessRights.ReadWrite : AccessRights.None;
        }

        AccessRights granted = AccessRights.None;
        foreach (AccessRule rule in rules)
        {
            if (rule.Master == master.Name && (inRegions || rule.Region is null))
            {
                granted |= rule.Rights;
            }
        }

        return granted;
    }

    // A rule that gives nothing stays, so that a policy that had rules does not become one that has none.
    private AccessPolicy Emptied(Func<AccessRule, string, bool> goes, string name) =>
        new([.. rules.Select(rule =>
            goes(rule, name) ? rule with { Rights = AccessRights.None, Region = null } : rule)]);
}
