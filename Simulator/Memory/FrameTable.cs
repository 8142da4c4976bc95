namespace DmaBufSim.Memory;

/// <summary>What is known of one frame: 12 bytes, where Linux keeps 64.</summary>
internal struct Frame
{
    /// <summary>
    /// The next free block of the same list, or -1. Of an allocated block: what it was asked for, and above those
    /// three bits the number of its address space, or 0.
    /// </summary>
    public int Next;

    /// <summary>
    /// The previous free block of the same list, or -1. Of a movable page: which page of its address space it is, or
    /// -1 where only a pin keeps it.
    /// </summary>
    public int Previous;

    /// <summary>The order of the block that starts here.</summary>
    public byte Order;

    /// <summary>What the frame is.</summary>
    public FrameState State;

    /// <summary>Whether the bytes in its chunk are its content; otherwise it reads as zeros.</summary>
    public bool IsWritten;

    /// <summary>Of a movable page: how many references keep it where it is.</summary>
    public byte Pins;
}

/// <summary>What a frame is to the buddy allocator.</summary>
internal enum FrameState : byte
{
    /// <summary>Inside a block that starts elsewhere, or not known to the allocator.</summary>
    Tail,

    /// <summary>The first frame of a free block.</summary>
    FreeHead,

    /// <summary>The first frame of an allocated block.</summary>
    AllocatedHead,
}

/// <summary>4 MiB of memory: its bookkeeping and, where bytes were written, the bytes.</summary>
internal sealed class Section
{
    public const int Shift = 10;
    public const int Frames = 1 << Shift;
    public const int FramesPerChunk = 16;

    public readonly Frame[] Entries = new Frame[Frames];
    public byte[]?[]? Chunks;

    /// <summary>It has the bookkeeping of another, or that of frames that nobody has touched.</summary>
    public void Restore(Section? original)
    {
        if (original is null)
        {
            Array.Clear(Entries);
        }
        else
        {
            original.Entries.CopyTo(Entries, 0);
        }
    }

    /// <summary>The first frame in here of the block of a state around a frame; -1 where there is none.</summary>
    public int HeadOf(int frame, FrameState state)
    {
        for (int order = 0; order <= BuddyAllocator.MaxOrder; order++)
        {
            int head = frame & (Frames - 1) & ~((1 << order) - 1);
            if (Entries[head].State == state && Entries[head].Order >= order)
            {
                return head;
            }
        }

        return -1;
    }
}
