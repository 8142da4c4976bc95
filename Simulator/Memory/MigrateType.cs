namespace DmaBufSim.Memory;

/// <summary>What may live in a page block; the values are those of the kernel.</summary>
public enum MigrateType : byte
{
    /// <summary>Kernel memory, and the pages of the system heap.</summary>
    Unmovable = 0,

    /// <summary>Memory whose content can be put elsewhere.</summary>
    Movable = 1,

    /// <summary>Caches that can be dropped.</summary>
    Reclaimable = 2,

    /// <summary>Blocks kept for urgent requests.</summary>
    HighAtomic = 3,

    /// <summary>Blocks of a CMA area.</summary>
    Cma = 4,

    /// <summary>Blocks taken out of use while they are moved.</summary>
    Isolate = 5,
}
