using DmaBufSim.Memory;

namespace DmaBufSim.Security;

/// <summary>Frames that are protected.</summary>
/// <param name="Run">The frames.</param>
/// <param name="Protection">Who may touch them.</param>
/// <param name="BufferOffset">Which byte of the protected buffer or pool the first frame starts with.</param>
public readonly record struct GuardRange(FrameRun Run, Protection Protection, long BufferOffset)
{
    internal long Start => (long)Run.First << PhysicalMemory.PageShift;

    internal long End => Start + ((long)Run.Count << PhysicalMemory.PageShift);

    /// <summary>What of some bytes of memory lies inside; they overlap it.</summary>
    internal (long From, long To) Clip(long start, long end) => (Math.Max(start, Start), Math.Min(end, End));

    /// <summary>Which byte of the protected buffer or pool lies at a byte of memory.</summary>
    internal long OffsetOf(long address) => BufferOffset + address - Start;
}
