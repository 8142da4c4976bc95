using DmaBufSim.Memory;

namespace DmaBufSim.Dma;

/// <summary>The addresses that a driver gave back last. Its hardware may still have them.</summary>
/// <remarks><b>Cost:</b> keeping a mapping allocates nothing, unless it has more segments than any before.</remarks>
internal sealed class StaleAddresses
{
    private DmaSegment[] segments = [];
    private int count;

    /// <summary>Whether there are any.</summary>
    public bool Exist => count > 0;

    /// <summary>How many bytes they reach.</summary>
    public long Size { get; private set; }

    /// <summary>Keeps the addresses of a mapping that is about to go.</summary>
    public void Keep(SgTable table)
    {
        ReadOnlySpan<DmaSegment> given = table.Segments;
        if (segments.Length < given.Length)
        {
            segments = new DmaSegment[given.Length];
        }

        given.CopyTo(segments);
        count = given.Length;
        Size = (long)table.Pages << PhysicalMemory.PageShift;
    }

    /// <summary>The address of a byte.</summary>
    public ulong AddressOf(long offset)
    {
        int segment = 0;
        while (offset >= segments[segment].Length)
        {
            offset -= segments[segment].Length;
            segment++;
        }

        return segments[segment].Address + (ulong)offset;
    }

    /// <summary>A table with these addresses; its frames mean nothing.</summary>
    public SgTable ToTable()
    {
        SgTable table = new(new FrameRun(0, (int)(Size >> PhysicalMemory.PageShift)));
        table.SetSegments(segments[..count], count);
        return table;
    }
}
