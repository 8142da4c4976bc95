using System.Globalization;
using System.Xml.Linq;
using DmaBufSim.Pictures;
using NUnit.Framework;

namespace DmaBufSim.Tests.Pictures;

/// <summary>What holds for every picture.</summary>
internal static class Drawings
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    /// <summary>All text lies on the sheet and over no other text and no cell.</summary>
    public static void TextIsReadable(Drawing drawing)
    {
        TextMark[] texts = [.. drawing.Marks.OfType<TextMark>()];
        Assert.That(texts, Is.Not.Empty);
        foreach (TextMark text in texts)
        {
            (int left, int top, int right, int bottom) = Bounds(text);
            Assert.That(left >= 0 && top >= 0 && right <= drawing.Width && bottom <= drawing.Height, text.Text);
            foreach (TextMark other in texts.Where(other => other != text))
            {
                Assert.That(Meet(Bounds(text), Bounds(other)), Is.False, $"'{text.Text}' and '{other.Text}'");
            }

            BoxMark? cell = drawing.Marks.OfType<BoxMark>().FirstOrDefault(box => box.Part == "cells"
                && Meet(Bounds(text), (box.X, box.Y, box.X + box.Width, box.Y + box.Height)));
            Assert.That(cell, Is.Null, text.Text);
        }
    }

    /// <summary>Both files are the same each time, and the SVG has every mark.</summary>
    public static XElement FilesAreSound(Func<Drawing> draw)
    {
        Drawing drawing = draw();
        Assert.That(drawing.ToPng(), Is.EqualTo(draw().ToPng()));
        Assert.That(drawing.ToSvg(), Is.EqualTo(draw().ToSvg()));
        using MemoryStream file = new(drawing.ToSvg());
        XElement svg = XDocument.Load(file).Root!;
        Assert.That(svg.Descendants(Svg + "rect").Count(), Is.EqualTo(1 + drawing.Marks.OfType<BoxMark>().Count()));
        Assert.That(svg.Descendants(Svg + "polyline").Count(), Is.EqualTo(drawing.Marks.OfType<LineMark>().Count()));
        Assert.That(
            svg.Descendants(Svg + "text").Select(text => text.Value),
            Is.EqualTo(drawing.Marks.OfType<TextMark>().Select(text => text.Text)));
        Assert.That(svg.Attribute("width")!.Value, Is.EqualTo(drawing.Width.ToString(CultureInfo.InvariantCulture)));
        return svg;
    }

    /// <summary>The rectangles of a part of an SVG.</summary>
    public static IEnumerable<XElement> Rects(XElement svg, string part) => svg.Elements(Svg + "g")
        .Where(group => group.Attribute("class")!.Value == part)
        .SelectMany(group => group.Elements(Svg + "rect"));

    /// <summary>All texts of a drawing.</summary>
    public static string[] Texts(Drawing drawing) => [.. drawing.Marks.OfType<TextMark>().Select(text => text.Text)];

    // Letters of the font reach less than this above and below the line that they stand on.
    private static (int Left, int Top, int Right, int Bottom) Bounds(TextMark text) =>
        (text.X, text.Y - (text.Size * 8 / 10), text.X + text.Width, text.Y + (text.Size / 4));

    private static bool Meet((int L, int T, int R, int B) one, (int L, int T, int R, int B) other) =>
        one.L < other.R && other.L < one.R && one.T < other.B && other.T < one.B;
}
