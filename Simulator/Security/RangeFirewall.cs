using DmaBufSim.Abi;
using DmaBufSim.Memory;

namespace DmaBufSim.Security;

/// <summary>What an address-range firewall can hold.</summary>
/// <param name="Regions">How many regions it has.</param>
/// <param name="GranulePages">What a region must be a multiple of, in size and in place, in pages.</param>
/// <param name="SmallestPages">The smallest region, in pages.</param>
public readonly record struct RangeLimits(int Regions, int GranulePages, int SmallestPages = 1)
{
    /// <summary>A region is a power of two large and lies at a multiple of it; its eighths can be left out.</summary>
    public bool InEighths { get; init; }

    /// <summary>It only knows whether an access is secure.</summary>
    public bool WorldsOnly { get; init; }
}

/// <summary>A firewall before memory with a few regions, each with rights for every master.</summary>
/// <remarks>
/// <para>Neighbours with the same rights become one region, so pools cost one region and scattered buffers one each. A
/// named region inside a buffer, where a rule speaks of it, has other rights than its surroundings.</para>
/// <para><b>Cost:</b> 1.5 µs a change, a call into the secure world and some register writes: an estimate.</para>
/// <para><b>Differs:</b> regions never overlap, which would save some where priorities decide.</para>
/// </remarks>
public sealed class RangeFirewall : Guard
{
    private readonly GuardSettings settings;
    private readonly RangeLimits limits;
    private readonly List<long> edges = [];
    private readonly List<AccessRights> rights = [];
    private readonly List<AccessRights> lastRights = [];

    /// <summary>A firewall with the limits of its kind, where the settings say nothing.</summary>
    public RangeFirewall(GuardSettings settings, RangeLimits limits)
    {
        this.settings = settings;
        this.limits = limits with
        {
            Regions = settings.Regions ?? limits.Regions,
            GranulePages = PagesOf(settings.Granule) ?? limits.GranulePages,
            SmallestPages = PagesOf(settings.Smallest) ?? limits.SmallestPages,
        };
        if (!int.IsPow2(GranulePages) || this.limits.Regions < 1)
        {
            throw new ArgumentException("a guard has regions, and its granule is a power of two", nameof(settings));
        }
    }

    /// <inheritdoc/>
    public override int GranulePages => limits.GranulePages;

    /// <inheritdoc/>
    public override int SmallestPages => limits.SmallestPages;

    /// <inheritdoc/>
    public override bool Widens => settings.Widens;

    /// <summary>How many regions are in use.</summary>
    public int Used { get; private set; }

    /// <inheritdoc/>
    public override bool SharesId(Master one, Master other)
    {
        if (one.Name == other.Name || (limits.WorldsOnly && one.IsSecure == other.IsSecure))
        {
            return true;
        }

        foreach (var group in settings.Shared)
        {
            if (group.Contains(one.Name) && group.Contains(other.Name))
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    protected internal override Result<long> Program(Firewall firewall, int pages)
    {
        int used = 0;
        FrameRun open = default;
        for (int i = 0; i < firewall.Count; i++)
        {
            GuardRange range = firewall[i];
            long bytes = (long)range.Run.Count << PhysicalMemory.PageShift;
            edges.Clear();
            range.Protection.AddEdges(range.BufferOffset, bytes, edges);
            edges.Add(range.BufferOffset + bytes);
            edges.Sort();
            long at = range.BufferOffset;
            foreach (long edge in edges)
            {
                Result fits = Add(firewall, range, at, edge, ref open, ref used);
                if (!fits.IsOk)
                {
                    return fits.As<long>();
                }

                at = edge;
            }
        }

        used += RegionsFor(open);
        if (used > limits.Regions)
        {
            return firewall.Trace.Refuse(Errno.ENOSPC, Reason.GuardIsFull);
        }

        Used = used;
        return settings.Latency ?? 1500;
    }

    /// <summary>How many regions a stretch of frames with the same rights takes.</summary>
    internal int RegionsFor(FrameRun run)
    {
        if (!limits.InEighths)
        {
            return run.Count == 0 ? 0 : 1;
        }

        int regions = 0;
        int at = run.First;
        int end = run.First + run.Count;
        while (at < end)
        {
            at = ReachOfOne(at, end);
            regions++;
        }

        return regions;
    }

    // The farthest that one region gets from here: of each size, its eighths from here to the end of the region or of
    // the stretch.
    private int ReachOfOne(int at, int end)
    {
        int farthest = at;
        for (long size = Math.Max(8, limits.SmallestPages); size >> 3 <= end - at; size <<= 1)
        {
            int eighth = (int)(size >> 3);
            if (at % eighth != 0)
            {
                break;
            }

            long block = at / size * size;
            long stop = Math.Min(block + size, end / eighth * eighth);
            farthest = (int)Math.Max(farthest, stop);
        }

        return farthest;
    }

    private Result Add(Firewall firewall, GuardRange range, long from, long to, ref FrameRun open, ref int used)
    {
        long granule = (long)GranulePages << PhysicalMemory.PageShift;
        long shift = range.Start - range.BufferOffset;
        if ((from + shift) % granule != 0 || (to + shift) % granule != 0)
        {
            return firewall.Trace.Refuse(Errno.EINVAL, Reason.GranuleMissed, null, null, from, to - from);
        }

        Result told = ReadRights(firewall, range.Protection, from);
        if (!told.IsOk)
        {
            return told;
        }

        FrameRun run = new(
            (int)((from + shift) >> PhysicalMemory.PageShift), (int)((to - from) >> PhysicalMemory.PageShift));
        if (run.Count < SmallestPages)
        {
            return firewall.Trace.Refuse(Errno.EINVAL, Reason.GranuleMissed, null, null, from, to - from);
        }

        if (open.Count > 0 && open.First + open.Count == run.First && rights.SequenceEqual(lastRights))
        {
            open = open with { Count = open.Count + run.Count };
            return Result.Ok;
        }

        used += RegionsFor(open);
        open = run;
        lastRights.Clear();
        lastRights.AddRange(rights);
        return Result.Ok;
    }

    // One entry for each master; those that share an id must agree, or all get what one of them has.
    private Result ReadRights(Firewall firewall, Protection protection, long offset)
    {
        rights.Clear();
        foreach (Master master in firewall.Masters)
        {
            AccessRights own = protection.RightsAt(master, offset);
            foreach (Master other in firewall.Masters)
            {
                AccessRights theirs = other == master ? own : protection.RightsAt(other, offset);
                if (theirs == own || !SharesId(master, other))
                {
                    continue;
                }

                if (!Widens)
                {
                    return firewall.Trace.Refuse(Errno.EINVAL, Reason.MastersShareId, master.Name, other.Name);
                }

                own |= theirs;
            }

            rights.Add(own);
        }

        return Result.Ok;
    }

    private static int? PagesOf(long? bytes) => bytes is { } size
        ? (int)Math.Max(1, (size + PhysicalMemory.PageSize - 1) >> PhysicalMemory.PageShift)
        : null;
}
