namespace DmaBufSim.Abi;

/// <summary>The 64-bit FNV-1a hash that transcripts use for the bytes of a buffer.</summary>
public static class Fnv1a
{
    /// <summary>The hash of no bytes: the offset basis.</summary>
    public const ulong Start = 0xcbf29ce484222325;

    /// <summary>Adds a byte.</summary>
    public static ulong Add(ulong hash, byte value) => unchecked((hash ^ value) * 0x100000001b3);

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
