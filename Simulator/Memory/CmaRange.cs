namespace DmaBufSim.Memory;

/// <summary>One of the runs of frames that an area consists of; mostly it has only one.</summary>
/// <param name="Frames">The frames.</param>
/// <param name="FirstPage">
/// Where its pages are among those of the area, which are counted through all ranges in their order.
/// </param>
/// <remarks><b>Kernel:</b> <c>struct cma_memrange</c>.</remarks>
public readonly record struct CmaRange(FrameRun Frames, int FirstPage)
{
    /// <summary>The first page of the area behind it.</summary>
    public int EndPage => FirstPage + Frames.Count;
}
