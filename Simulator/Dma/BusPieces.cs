using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Dma;
using DmaBufSim.Memory;
using DmaBufSim.Security;

namespace DmaBufSim.Devices;

/// <summary>Bytes of a buffer that lie in consecutive frames, as a device reaches them.</summary>
/// <param name="Resolved">Whether the address led anywhere.</param>
/// <param name="Frame">The frame of the first byte.</param>
/// <param name="Offset">Where in that frame.</param>
/// <param name="Length">How many bytes.</param>
internal readonly record struct DevicePiece(Result Resolved, int Frame, int Offset, long Length);

/// <summary>Walks a stretch of a buffer along the addresses that a device has for it.</summary>
internal struct DevicePieces
{
    private readonly MemoryBus? bus;
    private readonly DmaDevice? device;
    private readonly SgTable? table;
    private readonly DmaBuf? buffer;
    private readonly AccessRights wanted;
    private long offset;
    private long left;
    private int segment;
    private long segmentStart;

    /// <summary>By the device addresses of a mapping.</summary>
    public DevicePieces(
        MemoryBus bus, DmaDevice device, SgTable table, AccessRights wanted, long offset, long length)
    {
        this.bus = bus;
        this.device = device;
        this.table = table;
        this.wanted = wanted;
        this.offset = offset;
        left = length;
    }

    /// <summary>By the kernel mapping of the buffer.</summary>
    public DevicePieces(DmaBuf buffer, long offset, long length)
    {
        this.buffer = buffer;
        this.offset = offset;
        left = length;
    }

    /// <summary>The piece that the walk is at.</summary>
    public DevicePiece Current { get; private set; }

    /// <summary>The walk itself, for foreach.</summary>
    public readonly DevicePieces GetEnumerator() => this;

    /// <summary>Goes on to the next piece.</summary>
    public bool MoveNext()
    {
        if (left <= 0)
        {
            return false;
        }

        int inPage = (int)(offset & (PhysicalMemory.PageSize - 1));
        Current = buffer is null
            ? NextByAddress(inPage)
            : new DevicePiece(
                Result.Ok,
                buffer.FrameAt((int)(offset >> PhysicalMemory.PageShift)),
                inPage,
                Math.Min(left, PhysicalMemory.PageSize - inPage));
        offset += Current.Length;
        left -= Current.Length;
        return true;
    }

    private DevicePiece NextByAddress(int inPage)
    {
        ReadOnlySpan<DmaSegment> segments = table!.Segments;
        while (offset >= segmentStart + segments[segment].Length)
        {
            segmentStart += segments[segment].Length;
            segment++;
        }

        long skipped = offset - segmentStart;
        long length = Math.Min(left, segments[segment].Length - skipped);
        Result<FrameRun> frames = bus!.Resolve(device!, segments[segment].Address + (ulong)skipped, length, wanted);
        if (!frames.IsOk)
        {
            return new DevicePiece(frames.Status, 0, 0, left);
        }

        long reach = ((long)frames.Value.Count << PhysicalMemory.PageShift) - inPage;
        return new DevicePiece(Result.Ok, frames.Value.First, inPage, Math.Min(length, reach));
    }
}
