using DmaBufSim.Buffers;
using DmaBufSim.Heaps;
using DmaBufSim.Memory;

namespace DmaBufSim.Checking;

/// <summary>Which live buffer has a frame, for bytes that are known by their frames.</summary>
/// <remarks><b>Cost:</b> one lookup; adding and removing a buffer is proportional to its pages.</remarks>
internal sealed class FrameOwners
{
    private readonly Dictionary<int, FrameOwner> owners = [];
    private readonly Dictionary<long, int[]> frames = [];

    /// <summary>A buffer was made.</summary>
    public void Add(DmaBuf buffer)
    {
        HeapBuffer? storage = buffer.Exporter as HeapBuffer;
        string name = storage?.Heap.Name ?? Udmabuf.ExporterName;
        int[] own = [.. Enumerable.Range(0, (int)(buffer.Size >> PhysicalMemory.PageShift)).Select(buffer.FrameAt)];
        frames.Add(buffer.Inode, own);
        for (int page = 0; page < own.Length; page++)
        {
            owners[own[page]] = new FrameOwner(buffer.Inode, name, storage, (long)page << PhysicalMemory.PageShift);
        }
    }

    /// <summary>A buffer is gone.</summary>
    public void Remove(long inode)
    {
        frames.Remove(inode, out int[]? own);
        foreach (int frame in own ?? [])
        {
            if (Of(frame).Inode == inode)
            {
                owners.Remove(frame);
            }
        }
    }

    /// <summary>The buffer that has a frame, or <see cref="FrameOwner.Nobody"/>.</summary>
    public FrameOwner Of(int frame) => owners.GetValueOrDefault(frame) ?? FrameOwner.Nobody;
}

/// <summary>Where a frame is.</summary>
/// <param name="Inode">The buffer that has it; 0 for none.</param>
/// <param name="Name">The heap of that buffer.</param>
/// <param name="Storage">Its storage, where a heap made it.</param>
/// <param name="Offset">Which byte of the buffer the frame starts with.</param>
internal sealed record FrameOwner(long Inode, string Name, HeapBuffer? Storage, long Offset)
{
    /// <summary>A frame of no buffer.</summary>
    public static FrameOwner Nobody { get; } = new(0, "", null, 0);

    /// <summary>The owner in words.</summary>
    public override string ToString() =>
        Inode == 0 ? "a page of no buffer" : FormattableString.Invariant($"buffer #{Inode} of {Name}");
}
