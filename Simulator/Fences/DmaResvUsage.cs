namespace DmaBufSim.Fences;

/// <summary>
/// What a fence in a reservation is for. Asking for one class gives every class with a number up to it.
/// </summary>
/// <remarks><b>Kernel:</b> <c>enum dma_resv_usage</c>.</remarks>
public enum DmaResvUsage
{
    /// <summary>The kernel moves or clears the memory: everybody has to wait.</summary>
    Kernel = 0,

    /// <summary>Somebody writes the buffer.</summary>
    Write = 1,

    /// <summary>Somebody reads the buffer.</summary>
    Read = 2,

    /// <summary>Work that implicit synchronization leaves aside.</summary>
    Bookkeep = 3,
}

/// <summary>A fence of a reservation, with what it is for.</summary>
public readonly record struct DmaResvEntry(DmaFence Fence, DmaResvUsage Usage);
