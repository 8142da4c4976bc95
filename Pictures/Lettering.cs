using System.Text;
using SkiaSharp;

namespace DmaBufSim.Pictures;

/// <summary>The font of the pictures, DejaVu Sans, which is part of this library.</summary>
internal static class Lettering
{
    private const char Unknown = '\uFFFD';
    private const string Ellipsis = "\u2026";

    private static readonly SKTypeface Typeface = Load();

    /// <summary>The font in a size, without anything that depends on the screen.</summary>
    public static SKFont Font(int size) => new(Typeface, size)
    {
        Hinting = SKFontHinting.None,
        Subpixel = true,
        LinearMetrics = true,
        Edging = SKFontEdging.Antialias,
    };

    /// <summary>How wide a text is, in whole pixels.</summary>
    public static int Width(string text, int size)
    {
        using SKFont font = Font(size);
        return (int)Math.Ceiling(font.MeasureText(text));
    }

    /// <summary>The text, or as much of its beginning as fits, with dots behind.</summary>
    public static string Fit(string text, int size, int widest)
    {
        if (Width(text, size) <= widest)
        {
            return text;
        }

        int fits = 0;
        for (int over = text.Length; over - fits > 1;)
        {
            int half = (fits + over) / 2;
            bool isShort = Width(Start(text, half) + Ellipsis, size) <= widest;
            (fits, over) = isShort ? (half, over) : (fits, half);
        }

        return fits == 0 ? "" : Start(text, fits) + Ellipsis;
    }

    /// <summary>The text with a mark for each character that has no shape.</summary>
    public static string Clean(string text)
    {
        StringBuilder clean = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool hasShape = !Rune.IsControl(rune) && rune.Value is not (0xFFFE or 0xFFFF);
            clean.Append(hasShape ? rune.ToString() : Unknown.ToString());
        }

        return clean.ToString();
    }

    // Never half of a pair of surrogates.
    private static string Start(string text, int length) =>
        (char.IsHighSurrogate(text[length - 1]) ? text[..(length - 1)] : text[..length]).TrimEnd();

    private static SKTypeface Load()
    {
        using Stream stream = typeof(Lettering).Assembly.GetManifestResourceStream("DejaVuSans.ttf")!;
        return SKTypeface.FromStream(stream);
    }
}
