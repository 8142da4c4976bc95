using DmaBufSim.Abi;
using DmaBufSim.Dma;
using DmaBufSim.Memory;
using DmaBufSim.Security;
using DmaBufSim.Tracing;

namespace DmaBufSim.Heaps;

/// <summary>The memfds of one machine, and the one place where they are made.</summary>
/// <remarks>
/// <para><b>Kernel:</b> the internal mount of tmpfs, mm/shmem.c, and <c>memfd_create()</c>, mm/memfd.c.</para>
/// <para><b>Differs:</b> inode numbers count from 2^30 up, so that a number names one file of the machine; the file
/// systems of Linux each count for themselves.</para>
/// </remarks>
public sealed class MemfdList(PhysicalMemory memory, KernelProfile kernel, Trace trace)
{
    private readonly SortedList<long, Memfd> live = [];
    private long lastInode = 1L << 30;

    /// <summary>The memfds that someone holds, oldest first.</summary>
    public IEnumerable<Memfd> OldestFirst => live.Values;

    /// <summary>How many memfds live.</summary>
    public int Count => live.Count;

    /// <summary>Goes up whenever a memfd gets or loses a page.</summary>
    public long Changes { get; internal set; }

    /// <summary>Whom the bus has to tell of what a read call sees, and by whom.</summary>
    public required (MemoryBus Bus, Master Cpu) Reader { get; init; }

    internal PhysicalMemory Memory => memory;

    internal KernelProfile Kernel => kernel;

    internal Trace Trace => trace;

    /// <summary>Makes an empty memfd, with one reference that belongs to the caller.</summary>
    /// <param name="mayBeSealed">Whether seals can be added later, MFD_ALLOW_SEALING.</param>
    public Memfd Create(bool mayBeSealed)
    {
        lastInode++;
        Memfd memfd = new(this, lastInode, mayBeSealed ? MemfdSeals.None : MemfdSeals.Seal);
        live.Add(lastInode, memfd);
        return memfd;
    }

    internal void Remove(Memfd memfd) => live.Remove(memfd.Inode);
}
