using System.Globalization;

namespace DmaBufSim.Engine;

/// <summary>Spans of time in words: <c>100us</c>, <c>10ms</c>, <c>2s</c>, <c>5min</c>, without fractions.</summary>
public static class TimeText
{
    private const int ReadableDigits = 1000;

    private static readonly (string Name, long Nanoseconds)[] Units =
    [
        ("min", 60_000_000_000), ("ms", 1_000_000), ("us", 1_000), ("ns", 1), ("s", 1_000_000_000),
    ];

    private static readonly (string Name, long Nanoseconds)[] LargestFirst =
        [.. Units.OrderByDescending(unit => unit.Nanoseconds)];

    /// <summary>The nanoseconds of a text; a number without a unit is no time.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out long nanoseconds)
    {
        foreach ((string name, long unit) in Units)
        {
            if (text.EndsWith(name, StringComparison.Ordinal))
            {
                bool good = long.TryParse(
                    text[..^name.Length], NumberStyles.None, CultureInfo.InvariantCulture, out long count);
                nanoseconds = good && count <= long.MaxValue / unit ? count * unit : 0;
                return good && count <= long.MaxValue / unit;
            }
        }

        nanoseconds = 0;
        return false;
    }

    /// <summary>A time in the largest unit that divides it.</summary>
    public static string Of(long nanoseconds)
    {
        (string name, long unit) = nanoseconds == 0
            ? ("s", 1)
            : LargestFirst.First(unit => nanoseconds % unit.Nanoseconds == 0);
        return string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / unit}{name}");
    }

    /// <summary>A measured time: cut to the largest unit that leaves four digits.</summary>
    public static string Cut(long nanoseconds)
    {
        (_, long unit) = LargestFirst.First(
            unit => unit.Nanoseconds == 1 || nanoseconds / unit.Nanoseconds >= ReadableDigits);
        return Of(nanoseconds / unit * unit);
    }
}
