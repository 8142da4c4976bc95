namespace DmaBufSim.Abi;

/// <summary>The 64-bit FNV-1a hash that transcripts use for the bytes of a buffer.</summary>
public static class Fnv1a
{
    /// <summary>The hash of no bytes: the offset basis.</summary>
    public const ulong Start = 0xcbf29ce484222325;

    private const ulong Prime = 0x100000001b3;

    /// <summary>Adds a byte.</summary>
    public static ulong Add(ulong hash, byte value) => unchecked((hash ^ value) * Prime);

    /// <summary>Adds zero bytes.</summary>
    /// <remarks><b>Cost:</b> the logarithm of their number: a zero byte is one multiplication.</remarks>
    public static ulong AddZeros(ulong hash, long count)
    {
        ulong power = Prime;
        for (long left = count; left > 0; left >>= 1)
        {
            hash = unchecked((left & 1) != 0 ? hash * power : hash);
            power = unchecked(power * power);
        }

        return hash;
    }

    /// <summary>Adds bytes in order.</summary>
    public static ulong Add(ulong hash, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            hash = Add(hash, value);
        }

        return hash;
    }
}
