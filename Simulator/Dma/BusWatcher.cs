using DmaBufSim.Memory;
using DmaBufSim.Security;

namespace DmaBufSim.Dma;

/// <summary>Somebody who sees every byte that moves on the bus, whoever moves it and wherever it lies.</summary>
/// <remarks>
/// It only looks: what was blocked has not moved and is not told. <b>Cost:</b> one comparison a call where nobody
/// watches.
/// </remarks>
public abstract class BusWatcher
{
    /// <summary>A master has read bytes of consecutive frames.</summary>
    public abstract void Read(Master master, int frame, int offset, long length);

    /// <summary>A master has set bytes of consecutive frames.</summary>
    public abstract void Wrote(Master master, int frame, int offset, long length);

    /// <summary>A job that reads some bytes and writes others is about to do so.</summary>
    public abstract void BeforeCopy(in BusCopy copy);

    /// <summary>The job is done.</summary>
    public abstract void AfterCopy(in BusCopy copy);
}

/// <summary>A master reads bytes of consecutive frames and writes what it makes of them to others.</summary>
/// <param name="Master">Who.</param>
/// <param name="From">The frame of the first byte that is read.</param>
/// <param name="FromOffset">Where in that frame.</param>
/// <param name="To">The frame of the first byte that is written.</param>
/// <param name="ToOffset">Where in that frame.</param>
/// <param name="Length">How many bytes.</param>
/// <param name="Blends">Whether what was there stays in what is written.</param>
public readonly record struct BusCopy(
    Master Master, int From, int FromOffset, int To, int ToOffset, long Length, bool Blends)
{
    /// <summary>How many bytes the target lies above the source.</summary>
    internal long Distance =>
        ((long)(To - From) << PhysicalMemory.PageShift) + ToOffset - FromOffset;
}
