namespace DmaBufSim.Tests.Dma;

/// <summary>The slow model of an address space: a flag per page, and every start tried from the top down.</summary>
internal sealed class IovaModel
{
    private readonly bool[] taken;
    private readonly SortedDictionary<int, int> sizes = [];
    private int? last;

    public IovaModel(int pages)
    {
        taken = new bool[pages];
        taken[0] = true;
    }

    /// <summary>The first page of a new range, or -1.</summary>
    public int Allocate(int pages)
    {
        int alignment = 1;
        while (alignment < pages)
        {
            alignment *= 2;
        }

        int size = pages < 32 ? alignment : pages;
        int found = last is { } below ? Highest(0, below, size, alignment) : Highest(0, taken.Length, size, alignment);
        if (found < 0 && last is { } again)
        {
            found = Highest(again + sizes[again], taken.Length, size, alignment);
        }

        if (found >= 0)
        {
            Array.Fill(taken, true, found, size);
            sizes.Add(found, size);
            last = found;
        }

        return found;
    }

    public void Free(int start)
    {
        Array.Fill(taken, false, start, sizes[start]);
        if (start >= last)
        {
            int[] above = [.. sizes.Keys.Where(other => other > start)];
            last = above.Length == 0 ? null : above[0];
        }

        sizes.Remove(start);
    }

    private int Highest(int from, int to, int size, int alignment)
    {
        for (int start = to - size; start >= from; start--)
        {
            if (start % alignment == 0 && !taken.AsSpan(start, size).Contains(true))
            {
                return start;
            }
        }

        return -1;
    }
}
