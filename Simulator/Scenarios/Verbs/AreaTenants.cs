using DmaBufSim.Machines;
using DmaBufSim.Memory;

namespace DmaBufSim.Scenarios.Verbs;

/// <summary>
/// The mappings that borrow pages of areas in a story, and how many busy windows it has been told of.
/// </summary>
internal sealed class AreaTenants(Machine machine)
{
    private readonly Dictionary<string, MovableMemory> mappings = new(StringComparer.Ordinal);
    private long asked;

    /// <summary>The mapping of that name, or null.</summary>
    public MovableMemory? Find(string name) => mappings.GetValueOrDefault(name);

    /// <summary>The mapping of that name, made where there is none yet.</summary>
    public MovableMemory Get(string name, CmaArea area)
    {
        if (!mappings.TryGetValue(name, out MovableMemory? mapping))
        {
            mapping = new MovableMemory(name, area);
            mappings.Add(name, mapping);
        }

        return mapping;
    }

    /// <summary>Unmaps the mapping of that name.</summary>
    /// <returns>Whether there is one.</returns>
    public bool Unmap(string name)
    {
        bool isThere = mappings.Remove(name, out MovableMemory? mapping);
        mapping?.Unmap();
        return isThere;
    }

    /// <summary>How many windows were found busy since this was asked last.</summary>
    public long TakeBusyWindows()
    {
        long all = machine.Areas.Sum(area => area.BusyWindows);
        long since = all - asked;
        asked = all;
        return since;
    }
}
