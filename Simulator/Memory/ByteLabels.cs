namespace DmaBufSim.Memory;

/// <summary>A number for each byte, next to the bytes: what it means is for whoever watches them.</summary>
/// <remarks>
/// <para>Memory drops the label of a byte that is overwritten, wiped or gets a new owner, and takes it along where a
/// page moves. Setting labels is for whoever watches the bus.</para>
/// <para><b>Cost:</b> 16 KiB for a page that has labels, and nothing where nobody keeps any.</para>
/// </remarks>
public sealed class ByteLabels
{
    /// <summary>The label of a byte of which nothing is known.</summary>
    public const int None = 0;

    private static readonly int[] NoLabels = new int[PhysicalMemory.PageSize];

    private readonly Dictionary<int, int[]> frames = [];

    /// <summary>The labels of bytes of one frame.</summary>
    public ReadOnlySpan<int> Of(int frame, int offset, int length) =>
        (frames.GetValueOrDefault(frame) ?? NoLabels).AsSpan(offset, length);

    /// <summary>Sets the label of bytes of one frame.</summary>
    public void Set(int frame, int offset, int length, int label)
    {
        if (!frames.TryGetValue(frame, out int[]? labels))
        {
            if (label == None)
            {
                return;
            }

            labels = new int[PhysicalMemory.PageSize];
            frames.Add(frame, labels);
        }

        labels.AsSpan(offset, length).Fill(label);
    }

    /// <summary>Frames have nothing left of their bytes.</summary>
    internal void Clear(int frame, int count)
    {
        for (int i = frame; i < frame + count && frames.Count > 0; i++)
        {
            frames.Remove(i);
        }
    }

    /// <summary>The bytes of a frame go to one that was renewed.</summary>
    internal void Move(int from, int to)
    {
        if (frames.Remove(from, out int[]? labels))
        {
            frames[to] = labels;
        }
    }
}
