using DmaBufSim.Engine;
using DmaBufSim.Memory;

namespace DmaBufSim.Heaps;

/// <summary>A page of a memfd: held by the memfd and, once, by each place of a udmabuf that shows it.</summary>
/// <remarks><b>Kernel:</b> a page of the page cache, with the references of mm/shmem.c and of udmabuf.</remarks>
public sealed class MemfdPage
{
    private readonly PhysicalMemory memory;

    internal MemfdPage(PhysicalMemory memory, int frame)
    {
        this.memory = memory;
        Frame = frame;
    }

    /// <summary>Its frame.</summary>
    public int Frame { get; }

    /// <summary>How many hold it.</summary>
    public int References { get; private set; } = 1;

    internal void Get()
    {
        Invariant.Holds(References > 0);
        References++;
    }

    internal void Put()
    {
        Invariant.Holds(References > 0);
        References--;
        if (References == 0)
        {
            memory.Buddy.Free(Frame, 0);
        }
    }
}
