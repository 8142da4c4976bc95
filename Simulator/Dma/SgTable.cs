using System.Runtime.InteropServices;
using DmaBufSim.Memory;

namespace DmaBufSim.Dma;

/// <summary>A stretch of addresses as a device sees it.</summary>
/// <param name="Address">The first device address.</param>
/// <param name="Length">Bytes.</param>
public readonly record struct DmaSegment(ulong Address, long Length);

/// <summary>The memory of a buffer as a list of runs of frames and, once it is mapped, as device addresses.</summary>
/// <remarks>
/// <para><b>Kernel:</b> <c>struct sg_table</c>, lib/scatterlist.c. <see cref="Runs"/> are its original entries,
/// <see cref="Segments"/> the DMA side, which may have fewer.</para>
/// <para><b>Cost:</b> a table of one run is one object; a longer one has two arrays.</para>
/// </remarks>
public sealed class SgTable
{
    private readonly FrameRun[]? runs;
    private readonly int[]? starts;
    private FrameRun single;
    private DmaSegment singleSegment;
    private DmaSegment[]? segments;

    /// <summary>A table of one run.</summary>
    public SgTable(FrameRun run)
    {
        single = run;
        Pages = run.Count;
    }

    /// <summary>A table of runs, in the order of the buffer's bytes. Runs that touch are not merged.</summary>
    public SgTable(ReadOnlySpan<FrameRun> runs)
    {
        ArgumentOutOfRangeException.ThrowIfZero(runs.Length);
        if (runs.Length == 1)
        {
            single = runs[0];
            Pages = single.Count;
            return;
        }

        this.runs = runs.ToArray();
        starts = new int[runs.Length];
        for (int i = 0; i < runs.Length; i++)
        {
            starts[i] = Pages;
            Pages += runs[i].Count;
        }
    }

    private SgTable(SgTable other)
    {
        runs = other.runs;
        starts = other.starts;
        single = other.single;
        Pages = other.Pages;
    }

    /// <summary>The pages of the buffer.</summary>
    public int Pages { get; }

    /// <summary>The runs, in the order of the buffer's bytes.</summary>
    public ReadOnlySpan<FrameRun> Runs => runs ?? MemoryMarshal.CreateReadOnlySpan(ref single, 1);

    /// <summary>The device addresses, empty while the table is not mapped.</summary>
    public ReadOnlySpan<DmaSegment> Segments =>
        SegmentCount == 1 && segments is null
            ? MemoryMarshal.CreateReadOnlySpan(ref singleSegment, 1)
            : segments.AsSpan(0, SegmentCount);

    /// <summary>How many segments the device sees; 0 while the table is not mapped.</summary>
    public int SegmentCount { get; private set; }

    /// <summary>A table for another attachment: the same runs, not mapped.</summary>
    public SgTable Duplicate() => new(this);

    /// <summary>The run that a page of the buffer lies in.</summary>
    public int RunOf(int page)
    {
        if (starts is null)
        {
            return 0;
        }

        int index = Array.BinarySearch(starts, page);
        return index >= 0 ? index : ~index - 1;
    }

    /// <summary>The frame that holds a page of the buffer.</summary>
    public int FrameAt(int page)
    {
        if (starts is null)
        {
            return single.First + page;
        }

        int run = RunOf(page);
        return runs![run].First + page - starts[run];
    }

    /// <summary>The frames that hold pages of the buffer, from one page on up to the end of its run.</summary>
    public FrameRun RunFrom(int page)
    {
        int run = RunOf(page);
        FrameRun whole = Runs[run];
        int skipped = page - (starts is null ? 0 : starts[run]);
        return new FrameRun(whole.First + skipped, whole.Count - skipped);
    }

    /// <summary>Sets the device's view. The array is used as it is.</summary>
    internal void SetSegments(DmaSegment[] mapped, int count)
    {
        segments = mapped;
        SegmentCount = count;
    }

    internal void SetSegment(DmaSegment mapped)
    {
        segments = null;
        singleSegment = mapped;
        SegmentCount = 1;
    }

    internal DmaSegment[] SpareSegments => segments is { } spare && spare.Length >= Runs.Length
        ? spare
        : new DmaSegment[Runs.Length];

    internal void ClearSegments() => SegmentCount = 0;
}
