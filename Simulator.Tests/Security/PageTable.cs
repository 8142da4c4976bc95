using DmaBufSim.Memory;
using DmaBufSim.Security;

namespace DmaBufSim.Tests.Security;

/// <summary>Who may do what with each page, the slow way, and whether hardware with the given limits can hold it.</summary>
internal sealed class PageTable(int pages, Master[] masters, GuardSettings settings, Guard guard)
{
    private readonly AccessPolicy?[] owners = new AccessPolicy?[pages];

    public List<FrameRun> Runs { get; } = [];

    public AccessPolicy? PolicyAt(int page) => owners[page];

    public int FreeFrom(int page)
    {
        int free = 0;
        while (page + free < pages && owners[page + free] is null)
        {
            free++;
        }

        return free;
    }

    public void Give(FrameRun run, AccessPolicy? policy)
    {
        Runs.Remove(run);
        Array.Fill(owners, policy, run.First, run.Count);
        if (policy is not null)
        {
            Runs.Add(run);
        }
    }

    public bool Allows(Master master, AccessRights wanted, int first, int count)
    {
        // The trusted application keeps the rules by itself.
        if (master.Name != "ta" && (settings.Type == "none" || (settings.Type == "iommu" && !master.HasStream)))
        {
            return true;
        }

        for (int page = first; page < first + count; page++)
        {
            if (owners[page] is not { } policy)
            {
                continue;
            }

            bool may = masters.Any(other =>
                (other == master || (settings.Widens && Same(master, other)))
                && (policy.Granted(other) & wanted) == wanted);
            if (!may)
            {
                return false;
            }
        }

        return true;
    }

    public bool Fits()
    {
        if (settings.Type is "stage2" or "none")
        {
            return true;
        }

        if (settings.Type == "iommu")
        {
            return masters.Count(master => master.HasStream
                && owners.Any(policy => policy is not null && policy.Granted(master) != 0)) <= (settings.Regions ?? 32);
        }

        bool aligned = Runs.All(run =>
            run.First % guard.GranulePages == 0 && run.Count % guard.GranulePages == 0
            && run.Count >= guard.SmallestPages);
        bool apart = settings.Widens || owners.All(policy => policy is null || masters.All(one => masters.All(
            other => !Same(one, other) || policy.Granted(one) == policy.Granted(other))));
        return aligned && apart && Regions() <= (settings.Regions ?? Default());
    }

    private int Default() => settings.Type switch { "tzc380" => 16, "emi-mpu" => 32, _ => 8 };

    private int Regions()
    {
        int regions = 0;
        for (int page = 0; page < pages;)
        {
            if (owners[page] is null)
            {
                page++;
                continue;
            }

            int end = page;
            while (end < pages && owners[end] is not null && View(end).SequenceEqual(View(page)))
            {
                end++;
            }

            regions += ((RangeFirewall)guard).RegionsFor(new FrameRun(page, end - page));
            page = end;
        }

        return regions;
    }

    // What each master may do, with all that share its id.
    private IEnumerable<AccessRights> View(int page) => masters.Select(master => masters
        .Where(other => other == master || (settings.Widens && Same(master, other)))
        .Aggregate(AccessRights.None, (rights, other) => rights | owners[page]!.Granted(other)));

    private bool Same(Master one, Master other) =>
        one == other
        || (settings.Type == "tzc380" && one.IsSecure == other.IsSecure)
        || settings.Shared.Any(group => group.Contains(one.Name) && group.Contains(other.Name));
}
