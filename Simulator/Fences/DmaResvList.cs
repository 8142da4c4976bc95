using System.Numerics;

namespace DmaBufSim.Fences;

/// <summary>The fences of a reservation, in order, with room for more.</summary>
/// <remarks>
/// <b>Kernel:</b> <c>struct dma_resv_list</c>. A list that is full is replaced by a longer one, never grown.
/// </remarks>
internal sealed class DmaResvList(int capacity)
{
    private const int FewestSlots = 4;
    private const int HeaderBytes = 24;
    private const int SlotBytes = 8;

    private readonly DmaResvEntry[] entries = new DmaResvEntry[capacity];

    public int Count { get; private set; }

    public int Capacity { get; private set; } = capacity;

    public DmaResvEntry this[int index]
    {
        get => entries[index];
        set => entries[index] = value;
    }

    /// <summary>How long the list is made that follows <paramref name="old"/> and has room for more fences.</summary>
    public static int GrownCapacity(DmaResvList? old, int more) => RoundUp(old is { Capacity: > 0 }
        ? Math.Max(old.Count + more, old.Capacity * 2)
        : Math.Max(FewestSlots, (int)BitOperations.RoundUpToPowerOf2((uint)more)));

    /// <summary>The slots that fit into the piece of memory that the allocator gives for so many.</summary>
    /// <remarks><b>Kernel:</b> the size classes of kmalloc: powers of two, and 96 and 192.</remarks>
    public static int RoundUp(int slots)
    {
        uint bytes = (uint)(HeaderBytes + (slots * SlotBytes));
        uint given = bytes switch
        {
            > 64 and <= 96 => 96,
            > 128 and <= 192 => 192,
            _ => BitOperations.RoundUpToPowerOf2(bytes),
        };
        return ((int)given - HeaderBytes) / SlotBytes;
    }

    /// <summary>Adds an entry with the caller's reference.</summary>
    public void Append(DmaFence fence, DmaResvUsage usage)
    {
        entries[Count] = new DmaResvEntry(fence, usage);
        Count++;
    }

    /// <summary>Moves the pending fences to another list and lets go of the signalled ones.</summary>
    public void MovePendingTo(DmaResvList other)
    {
        for (int i = 0; i < Count; i++)
        {
            DmaFence fence = entries[i].Fence;
            if (fence.IsSignaled())
            {
                fence.Put();
            }
            else
            {
                other.Append(fence, entries[i].Usage);
            }
        }
    }

    public void DropSpareSlots() => Capacity = Count;

    public void PutAll()
    {
        for (int i = 0; i < Count; i++)
        {
            entries[i].Fence.Put();
        }
    }
}
