using System.Globalization;

namespace DmaBufSim.Abi;

/// <summary>Sizes in words.</summary>
public static class ByteText
{
    /// <summary>Bytes in the largest unit that divides them: <c>64MiB</c>, <c>12KiB</c>, <c>100</c>.</summary>
    public static string Of(long bytes)
    {
        (int shift, string unit) = bytes switch
        {
            <= 0 => (0, ""),
            _ when bytes % (1L << 30) == 0 => (30, "GiB"),
            _ when bytes % (1L << 20) == 0 => (20, "MiB"),
            _ when bytes % (1L << 10) == 0 => (10, "KiB"),
            _ => (0, ""),
        };
        return (bytes >> shift).ToString(CultureInfo.InvariantCulture) + unit;
    }
}
