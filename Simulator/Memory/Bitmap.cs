using System.Numerics;

namespace DmaBufSim.Memory;

/// <summary>Bits that stand for pages, searched 64 at a time.</summary>
/// <remarks><b>Kernel:</b> lib/bitmap.c and lib/find_bit.c.</remarks>
internal sealed class Bitmap(int length)
{
    private readonly ulong[] words = new ulong[(length + 63) / 64];

    /// <summary>How many bits there are.</summary>
    public int Length => length;

    /// <summary>How many of them are set.</summary>
    public int Used { get; private set; }

    /// <summary>The bits, lowest first.</summary>
    public ReadOnlySpan<ulong> Words => words;

    /// <summary>
    /// The lowest run of clear bits of a length, where the index plus <paramref name="offset"/> is a multiple of
    /// <paramref name="mask"/> plus one; -1 where there is none.
    /// </summary>
    /// <param name="count">The length.</param>
    /// <param name="mask">The alignment minus one.</param>
    /// <param name="offset">What is added to an index before it is aligned.</param>
    /// <param name="start">Where the run may begin.</param>
    /// <param name="end">The first bit that it may not have.</param>
    /// <param name="known">From the start up to here the bits are known to be clear.</param>
    /// <remarks><b>Kernel:</b> <c>bitmap_find_next_zero_area_off()</c>.</remarks>
    public int FindClearRun(int count, int mask, int offset, int start, int end, int known)
    {
        while (true)
        {
            long index = Next(start, end, ulong.MaxValue);
            index = ((index + offset + mask) & ~(long)mask) - offset;
            if (index + count > end)
            {
                return -1;
            }

            int set = NextSet(Math.Max((int)index, known), (int)index + count);
            if (set == index + count)
            {
                return (int)index;
            }

            start = set + 1;
        }
    }

    /// <summary>The first clear bit from one on, or the length.</summary>
    public int NextClear(int from) => NextClear(from, length);

    /// <summary>The first clear bit from one on and below an end, or that end.</summary>
    public int NextClear(int from, int end) => Next(from, end, ulong.MaxValue);

    /// <summary>The first set bit from one on and below an end, or that end.</summary>
    public int NextSet(int from, int end) => Next(from, end, 0);

    /// <summary>Sets bits.</summary>
    public void Set(int from, int count)
    {
        for (int bit = from; bit < from + count;)
        {
            ulong mask = MaskOf(ref bit, from + count, out int word);
            words[word] |= mask;
        }

        Used += count;
    }

    /// <summary>Clears bits.</summary>
    public void Clear(int from, int count)
    {
        for (int bit = from; bit < from + count;)
        {
            ulong mask = MaskOf(ref bit, from + count, out int word);
            words[word] &= ~mask;
        }

        Used -= count;
    }

    /// <summary>Whether all of these bits are set.</summary>
    public bool AreSet(int from, int count) => Next(from, from + count, ulong.MaxValue) == from + count;

    /// <summary>How many of some bits are set.</summary>
    public int CountSet(int from, int count)
    {
        if (count <= 0)
        {
            return 0;
        }

        int last = from + count - 1;
        ReadOnlySpan<ulong> all = words.AsSpan(from >> 6, (last >> 6) - (from >> 6) + 1);
        ulong above = ulong.MaxValue << (from & 63);
        ulong below = ulong.MaxValue >> (63 - (last & 63));
        if (all.Length == 1)
        {
            return BitOperations.PopCount(all[0] & above & below);
        }

        int set = BitOperations.PopCount(all[0] & above) + BitOperations.PopCount(all[^1] & below);
        foreach (ulong word in all[1..^1])
        {
            set += BitOperations.PopCount(word);
        }

        return set;
    }

    /// <summary>How many of some bits are set that another bitmap of this length does not have set.</summary>
    public int CountSetWithout(Bitmap other, int from, int count)
    {
        int set = 0;
        for (int bit = from; bit < from + count;)
        {
            ulong mask = MaskOf(ref bit, from + count, out int word);
            set += BitOperations.PopCount(words[word] & ~other.words[word] & mask);
        }

        return set;
    }

    /// <summary>Sets the bits that another bitmap of this length has set.</summary>
    public void Add(Bitmap other)
    {
        Used = 0;
        for (int i = 0; i < words.Length; i++)
        {
            words[i] |= other.words[i];
            Used += BitOperations.PopCount(words[i]);
        }
    }

    /// <summary>It has the same bits as another of this length.</summary>
    public void Restore(Bitmap original)
    {
        original.words.CopyTo(words, 0);
        Used = original.Used;
    }

    /// <summary>The next run of clear bits from a bit on and below an end; empty where there is none.</summary>
    public (int First, int End) NextClearRun(int from, int end)
    {
        int first = Next(from, end, ulong.MaxValue);
        return (first, NextSet(first, end));
    }

    private static ulong MaskOf(ref int bit, int end, out int word)
    {
        word = bit >> 6;
        int low = bit & 63;
        int high = Math.Min(64, end - (word << 6));
        bit = (word << 6) + high;
        ulong below = high == 64 ? ulong.MaxValue : (1UL << high) - 1;
        return below & ~((1UL << low) - 1);
    }

    // The first bit that differs from those of the pattern.
    private int Next(int from, int end, ulong pattern)
    {
        int bit = from;
        while (bit < end)
        {
            ulong differing = (words[bit >> 6] ^ pattern) >> (bit & 63);
            if (differing != 0)
            {
                return Math.Min(end, bit + BitOperations.TrailingZeroCount(differing));
            }

            bit = ((bit >> 6) + 1) << 6;
        }

        return end;
    }
}
