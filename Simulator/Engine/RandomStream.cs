using System.Numerics;

namespace DmaBufSim.Engine;

/// <summary>
/// A stream of pseudo-random numbers: xoshiro256**, seeded by SplitMix64. Same seed, same numbers, everywhere.
/// </summary>
public sealed class RandomStream
{
    private readonly ulong seed;
    private ulong s0, s1, s2, s3;

    /// <summary>The stream of a seed.</summary>
    public RandomStream(ulong seed)
    {
        this.seed = seed;
        s0 = SplitMix(ref seed);
        s1 = SplitMix(ref seed);
        s2 = SplitMix(ref seed);
        s3 = SplitMix(ref seed);
    }

    /// <summary>A stream of its own for a purpose, so that draws for one purpose never shift another's.</summary>
    public RandomStream Fork(string name)
    {
        ulong state = seed;
        foreach (char c in name)
        {
            state = SplitMix(ref state) ^ c;
        }

        return new RandomStream(SplitMix(ref state));
    }

    /// <summary>The next 64 bits.</summary>
    public ulong Next()
    {
        unchecked
        {
            ulong result = BitOperations.RotateLeft(s1 * 5, 7) * 9;
            ulong t = s1 << 17;
            s2 ^= s0;
            s3 ^= s1;
            s1 ^= s2;
            s0 ^= s3;
            s2 ^= t;
            s3 = BitOperations.RotateLeft(s3, 45);
            return result;
        }
    }

    /// <summary>A number from 0 up to, and without, <paramref name="bound"/>.</summary>
    public long Below(long bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        return (long)Math.BigMul(Next(), (ulong)bound, out _);
    }

    /// <summary>A number from <paramref name="low"/> to <paramref name="high"/>, both of them possible.</summary>
    public long Between(long low, long high) => low == high ? low : low + Below(high - low + 1);

    private static ulong SplitMix(ref ulong state)
    {
        unchecked
        {
            state += 0x9e3779b97f4a7c15;
            ulong z = state;
            z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
            z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
            return z ^ (z >> 31);
        }
    }
}
