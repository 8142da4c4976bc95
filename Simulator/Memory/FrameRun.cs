namespace DmaBufSim.Memory;

/// <summary>Consecutive frames.</summary>
/// <param name="First">The first; frame 0 is the first frame of memory.</param>
/// <param name="Count">How many.</param>
public readonly record struct FrameRun(int First, int Count)
{
    /// <summary>The first frame behind it.</summary>
    public int End => First + Count;

    /// <summary>Whether a frame is one of it.</summary>
    public bool Contains(int frame) => frame >= First && frame < End;
}
