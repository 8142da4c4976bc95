using System.Globalization;
using System.Text;
using System.Xml;
using static System.FormattableString;

namespace DmaBufSim.Pictures;

/// <summary>Writes drawings as SVG files.</summary>
/// <remarks>
/// A viewer may have another font. Each text says how wide it is, so none can run into its neighbour.
/// </remarks>
internal static class SvgWriter
{
    private const string Namespace = "http://www.w3.org/2000/svg";

    /// <summary>The bytes of the file, UTF-8.</summary>
    public static byte[] Write(Drawing drawing)
    {
        using MemoryStream file = new();
        XmlWriterSettings settings = new()
        {
            Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            Indent = true,
            IndentChars = "",
            NewLineChars = "\n",
        };
        using (XmlWriter xml = XmlWriter.Create(file, settings))
        {
            xml.WriteStartElement("svg", Namespace);
            Attribute(xml, "width", drawing.Width);
            Attribute(xml, "height", drawing.Height);
            xml.WriteAttributeString("viewBox", Invariant($"0 0 {drawing.Width} {drawing.Height}"));
            xml.WriteAttributeString("font-family", "'Segoe WP', 'Segoe UI', Verdana, sans-serif");
            xml.WriteElementString("title", Namespace, drawing.Title);
            WriteBox(xml, new BoxMark("", 0, 0, drawing.Width, drawing.Height, Palette.Paper));
            WriteParts(xml, drawing);
            xml.WriteEndElement();
        }

        file.WriteByte((byte)'\n');
        return file.ToArray();
    }

    private static void WriteParts(XmlWriter xml, Drawing drawing)
    {
        string? open = null;
        foreach (Mark mark in drawing.Marks)
        {
            if (mark.Part != open)
            {
                if (open is not null)
                {
                    xml.WriteEndElement();
                }

                open = mark.Part;
                xml.WriteStartElement("g", Namespace);
                xml.WriteAttributeString("class", open);
            }

            WriteMark(xml, mark);
        }

        if (open is not null)
        {
            xml.WriteEndElement();
        }
    }

    private static void WriteMark(XmlWriter xml, Mark mark)
    {
        switch (mark)
        {
            case BoxMark box:
                WriteBox(xml, box);
                break;
            case LineMark line:
                WriteLine(xml, line);
                break;
            case TextMark text:
                WriteText(xml, text);
                break;
        }
    }

    private static void WriteBox(XmlWriter xml, BoxMark box)
    {
        xml.WriteStartElement("rect", Namespace);
        Attribute(xml, "x", box.X);
        Attribute(xml, "y", box.Y);
        Attribute(xml, "width", box.Width);
        Attribute(xml, "height", box.Height);
        xml.WriteAttributeString("fill", Colour(box.Colour));
        xml.WriteEndElement();
    }

    private static void WriteLine(XmlWriter xml, LineMark line)
    {
        xml.WriteStartElement("polyline", Namespace);
        xml.WriteAttributeString("points", string.Join(' ', line.Points.Select(
            spot => Invariant($"{spot.X:0.##},{spot.Y:0.##}"))));
        xml.WriteAttributeString("fill", "none");
        xml.WriteAttributeString("stroke", Colour(line.Colour));
        xml.WriteAttributeString("stroke-width", Invariant($"{line.Thickness:0.##}"));
        xml.WriteAttributeString("stroke-linejoin", "round");
        if (line.Dash > 0)
        {
            Attribute(xml, "stroke-dasharray", line.Dash);
        }

        xml.WriteEndElement();
    }

    private static void WriteText(XmlWriter xml, TextMark text)
    {
        xml.WriteStartElement("text", Namespace);
        Attribute(xml, "x", text.X);
        Attribute(xml, "y", text.Y);
        Attribute(xml, "font-size", text.Size);
        Attribute(xml, "textLength", text.Width);
        xml.WriteAttributeString("lengthAdjust", "spacingAndGlyphs");
        xml.WriteAttributeString("fill", Colour(text.Colour));
        xml.WriteString(text.Text);
        xml.WriteEndElement();
    }

    private static void Attribute(XmlWriter xml, string name, int value) =>
        xml.WriteAttributeString(name, value.ToString(CultureInfo.InvariantCulture));

    private static string Colour(uint colour) => Invariant($"#{colour:x6}");
}
