using System.Globalization;

namespace DmaBufSim.Scenarios;

/// <summary>How scenarios write numbers: decimal, 0x hexadecimal, with a unit, or pages as <c>16p</c>.</summary>
public static class NumberText
{
    private const int PageShift = 12;

    /// <summary>The number of a text, from -2^63 to 2^64-1; values from 2^63 on in two's complement.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out long value)
    {
        value = 0;
        if (text.Length is 0 or > 40)
        {
            return false;
        }

        bool negative = text[0] == '-';
        ReadOnlySpan<char> digits = negative ? text[1..] : text;
        int shift = CutUnit(ref digits);
        bool hex = digits.StartsWith("0x", StringComparison.Ordinal);
        NumberStyles style = hex ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
        digits = hex ? digits[2..] : digits;
        if (!ulong.TryParse(digits, style, CultureInfo.InvariantCulture, out ulong magnitude)
            || magnitude > ulong.MaxValue >> shift)
        {
            return false;
        }

        magnitude <<= shift;
        if (negative && magnitude > 1UL << 63)
        {
            return false;
        }

        value = unchecked(negative ? -(long)magnitude : (long)magnitude);
        return true;
    }

    /// <summary>
    /// What was probably meant by a number with a unit that scenarios do not know; null where that is not clear.
    /// </summary>
    internal static string? Repair(ReadOnlySpan<char> text)
    {
        int digits = 0;
        while (digits < text.Length && char.IsAsciiDigit(text[digits]))
        {
            digits++;
        }

        if (digits is 0 or > 20 || text.Length - digits is 0 or > 5)
        {
            return null;
        }

        string? unit = text[digits] switch
        {
            'k' or 'K' => "KiB",
            'm' or 'M' => "MiB",
            'g' or 'G' => "GiB",
            'p' or 'P' => "p",
            _ => null,
        };
        return unit is not null && TryParse($"{text[..digits]}{unit}", out _) ? $"{text[..digits]}{unit}" : null;
    }

    /// <summary>Whether a text that is no number of 64 bits would be one with more bits.</summary>
    internal static bool IsTooLarge(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> digits = text.StartsWith("-", StringComparison.Ordinal) ? text[1..] : text;
        CutUnit(ref digits);
        return digits.StartsWith("0x", StringComparison.Ordinal)
            ? digits.Length > 2 && digits[2..].TrimStart("0123456789abcdefABCDEF").IsEmpty
            : digits.Length > 0 && digits.IndexOfAnyExceptInRange('0', '9') < 0;
    }

    private static int CutUnit(ref ReadOnlySpan<char> digits)
    {
        int shift = 0;
        int cut = 0;
        if (digits.EndsWith("iB", StringComparison.Ordinal) && digits.Length > 3)
        {
            cut = 3;
            shift = digits[^3] switch { 'K' => 10, 'M' => 20, 'G' => 30, _ => 0 };
        }
        else if (digits.EndsWith("p", StringComparison.Ordinal))
        {
            cut = 1;
            shift = PageShift;
        }

        if (shift > 0)
        {
            digits = digits[..^cut];
        }

        return shift;
    }
}
