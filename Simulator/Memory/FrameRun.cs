namespace DmaBufSim.Memory;

/// <summary>Consecutive frames.</summary>
/// <param name="First">The first; frame 0 is the first frame of memory.</param>
/// <param name="Count">How many.</param>
public readonly record struct FrameRun(int First, int Count);
