using DmaBufSim.Engine;
using DmaBufSim.Machines;
using DmaBufSim.Memory;

namespace DmaBufSim.Workloads;

/// <summary>A background user of memory. A tenant of your own overrides three methods.</summary>
/// <remarks>
/// <para>It acts only in its events. What it does there it does as a program would: through the calls of a process,
/// or as the owner of pages. It draws from <see cref="Draws"/> alone, which belongs to it by its name, so tenants
/// never shift each other's draws.</para>
/// </remarks>
public abstract class Tenant
{
    private const int Tries = 8;

    private readonly Workload workload;

    /// <summary>A tenant that has not come yet.</summary>
    protected Tenant(TenantContext context)
    {
        workload = context.Workload;
        Name = context.Name;
        Draws = context.Draws;
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>The machine that it lives on.</summary>
    protected Machine Machine => workload.Machine;

    /// <summary>The numbers that it draws.</summary>
    protected RandomStream Draws { get; }

    /// <summary>Where it counts what it does.</summary>
    protected WorkloadFigures Figures => workload.Current;

    /// <summary>It comes: says when its first event is.</summary>
    protected internal abstract void Come();

    /// <summary>One of its events has come.</summary>
    /// <param name="what">What it has said with <see cref="After"/>.</param>
    protected internal abstract void Happen(int what);

    /// <summary>It gives back everything that it has, for good.</summary>
    protected internal abstract void Leave();

    /// <summary>Memory is short: it lets go of something that it can do without.</summary>
    /// <returns>Whether it had something.</returns>
    protected internal virtual bool GiveUp() => false;

    /// <summary>How many places for memories it has.</summary>
    protected internal virtual int MemoryCount => 0;

    /// <summary>The memory at a place, whose pages others may pin; null where there is none now.</summary>
    protected internal virtual MovableMemory? MemoryAt(int index) => null;

    /// <summary>A page of it, drawn by somebody who wants to pin it.</summary>
    /// <returns>Whether one was found in a few tries.</returns>
    internal bool TryDrawPage(RandomStream random, out MovableMemory memory, out int slot)
    {
        for (int i = 0; i < Tries && MemoryCount > 0; i++)
        {
            if (MemoryAt((int)random.Below(MemoryCount)) is { Pages: > 0 } drawn)
            {
                slot = (int)random.Below(drawn.Frames.Count);
                if (drawn.Frames[slot] >= 0)
                {
                    memory = drawn;
                    return true;
                }
            }
        }

        (memory, slot) = (null!, -1);
        return false;
    }

    /// <summary>Something will happen to it.</summary>
    /// <param name="delay">Nanoseconds from now.</param>
    /// <param name="what">What it will be told then.</param>
    protected void After(long delay, int what = 0) => workload.Add(this, delay, what);

    /// <summary>Others give up what they can do without, so that pages become free.</summary>
    protected void MakeRoom(long pages) => workload.MakeRoom(pages);

    /// <summary>A memory of it grows, after others have made room.</summary>
    protected void Grow(MovableMemory memory, int pages)
    {
        MakeRoom(pages - workload.RoomBesides(memory.Kind));
        Figures.AddPages(pages, memory.Grow(pages));
    }

    /// <summary>The lock of allocations from areas.</summary>
    internal CmaMutex Mutex => workload.Mutex;

    /// <summary>Who wants to know of its requests, or null.</summary>
    internal RequestWatch? Watch => workload.Watch;

    /// <summary>Another tenant of the same workload.</summary>
    internal Tenant? Other(string name) => workload.Find(name);

    /// <summary>Bytes in whole pages.</summary>
    protected static int PagesOf(long bytes) =>
        (int)((bytes + PhysicalMemory.PageSize - 1) >> PhysicalMemory.PageShift);
}
