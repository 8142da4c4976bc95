using DmaBufSim.Abi;

namespace DmaBufSim.Security;

/// <summary>An IOMMU that tells devices apart by their stream ids and gives each the pages that it may touch.</summary>
/// <remarks>
/// <para>It sees devices that sit behind it (<c>iommu=yes</c>), and neither the CPU nor other devices: those are
/// stopped by nobody. A master that ranges name needs one of its contexts, of which there are 32.</para>
/// <para><b>Cost:</b> 2 µs for the invalidation and 60 ns for each page: an estimate.</para>
/// </remarks>
public sealed class StreamGuard(GuardSettings settings) : Guard
{
    private readonly int contexts = settings.Regions ?? 32;
    private readonly long latency = settings.Latency ?? 2000;
    private readonly long perPage = settings.PerPage ?? 60;

    /// <inheritdoc/>
    public override bool Covers(Master master) => master.HasStream;

    /// <inheritdoc/>
    protected internal override Result<long> Program(Firewall firewall, int pages)
    {
        int named = 0;
        foreach (Master master in firewall.Masters)
        {
            if (!Covers(master) || !IsNamed(firewall, master))
            {
                continue;
            }

            named++;
            if (named > contexts)
            {
                return firewall.Trace.Refuse(Errno.ENOSPC, Reason.GuardIsFull, master.Name);
            }
        }

        return latency + (perPage * pages);
    }

    private static bool IsNamed(Firewall firewall, Master master)
    {
        for (int i = 0; i < firewall.Count; i++)
        {
            if (firewall[i].Protection.Policy.Granted(master) != AccessRights.None)
            {
                return true;
            }
        }

        return false;
    }
}
