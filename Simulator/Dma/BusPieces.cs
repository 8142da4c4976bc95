using DmaBufSim.Abi;
using DmaBufSim.Memory;
using DmaBufSim.Security;

namespace DmaBufSim.Dma;

/// <summary>Bytes of a buffer that lie in consecutive frames, as an importer reaches them.</summary>
/// <param name="Resolved">Whether the address led anywhere.</param>
/// <param name="Frame">The frame of the first byte.</param>
/// <param name="Offset">Where in that frame.</param>
/// <param name="Length">How many bytes.</param>
internal readonly record struct BusPiece(Result Resolved, int Frame, int Offset, long Length);

/// <summary>Walks a stretch of a buffer along the device addresses of a mapping, or along a kernel mapping.</summary>
internal struct BusPieces
{
    private readonly MemoryBus bus;
    private readonly DmaDevice? device;
    private readonly SgTable? table;
    private readonly Func<int, int>? frameAt;
    private readonly AccessRights wanted;
    private long offset;
    private long left;
    private int segment;
    private long segmentStart;

    public BusPieces(
        MemoryBus bus,
        DmaDevice? device,
        SgTable? table,
        Func<int, int>? frameAt,
        AccessRights wanted,
        long offset,
        long length)
    {
        this.bus = bus;
        this.device = device;
        this.table = table;
        this.frameAt = frameAt;
        this.wanted = wanted;
        this.offset = offset;
        left = length;
    }

    /// <summary>The piece that the walk is at.</summary>
    public BusPiece Current { get; private set; }

    /// <summary>The walk itself, for foreach.</summary>
    public readonly BusPieces GetEnumerator() => this;

    /// <summary>Goes on to the next piece.</summary>
    public bool MoveNext()
    {
        if (left <= 0)
        {
            return false;
        }

        int inPage = (int)(offset & (PhysicalMemory.PageSize - 1));
        Current = table is null
            ? new BusPiece(
                Result.Ok,
                frameAt!((int)(offset >> PhysicalMemory.PageShift)),
                inPage,
                Math.Min(left, PhysicalMemory.PageSize - inPage))
            : NextByAddress(table.Segments, inPage);
        offset += Current.Length;
        left -= Current.Length;
        return true;
    }

    private BusPiece NextByAddress(ReadOnlySpan<DmaSegment> segments, int inPage)
    {
        while (offset >= segmentStart + segments[segment].Length)
        {
            segmentStart += segments[segment].Length;
            segment++;
        }

        long skipped = offset - segmentStart;
        long length = Math.Min(left, segments[segment].Length - skipped);
        ulong address = segments[segment].Address + (ulong)skipped;
        Result<FrameRun> frames = bus.Resolve(device!, address, wanted, offset, length);
        if (!frames.IsOk)
        {
            return new BusPiece(frames.Status, 0, 0, left);
        }

        long reach = ((long)frames.Value.Count << PhysicalMemory.PageShift) - inPage;
        return new BusPiece(Result.Ok, frames.Value.First, inPage, Math.Min(length, reach));
    }
}
