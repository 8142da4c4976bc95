namespace DmaBufSim.Abi;

/// <summary>Which allocations from CMA areas wait for each other.</summary>
public enum CmaLock
{
    /// <summary>All of a machine: <c>cma_mutex</c>.</summary>
    Global,

    /// <summary>Those from the same area: <c>alloc_mutex</c> of 6.15 and later.</summary>
    Area,

    /// <summary>
    /// None: two that meet in a page block make it busy for the second, which is what the mutex is there to prevent.
    /// </summary>
    None,
}
