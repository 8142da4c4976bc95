namespace DmaBufSim.Pictures;

/// <summary>A picture as a list of what is drawn, one over the other, in pixels from the top left corner.</summary>
/// <remarks>
/// <b>Deterministic:</b> <see cref="ToPng"/> and <see cref="ToSvg"/> give the same bytes for the same list. Text is in
/// a font of this library.
/// </remarks>
public sealed class Drawing
{
    private readonly List<Mark> marks = [];
    private string part = "";

    /// <summary>A white sheet.</summary>
    /// <param name="width">Its width in pixels.</param>
    /// <param name="height">Its height in pixels.</param>
    /// <param name="title">What it shows, for readers that cannot see it.</param>
    public Drawing(int width, int height, string title)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        Width = width;
        Height = height;
        Title = Lettering.Clean(title);
    }

    /// <summary>The width in pixels.</summary>
    public int Width { get; }

    /// <summary>The height in pixels.</summary>
    public int Height { get; }

    /// <summary>What it shows.</summary>
    public string Title { get; }

    /// <summary>What was drawn, in order.</summary>
    public IReadOnlyList<Mark> Marks => marks;

    /// <summary>The part of the picture that follows; it names a group of the SVG.</summary>
    public void Begin(string name) => part = name;

    /// <summary>Draws a filled box.</summary>
    public void Box(int x, int y, int width, int height, uint colour) =>
        marks.Add(new BoxMark(part, x, y, width, height, colour));

    /// <summary>Draws a line through points.</summary>
    /// <param name="points">The points.</param>
    /// <param name="colour">Its colour, 0xRRGGBB.</param>
    /// <param name="thickness">Its thickness in pixels.</param>
    /// <param name="dash">The length of its dashes and gaps in pixels; 0 for a line without gaps.</param>
    public void Line(IReadOnlyList<Spot> points, uint colour, double thickness, int dash = 0) =>
        marks.Add(new LineMark(part, points, colour, thickness, dash));

    /// <summary>Writes a line of text, shortened where it is wider than it may be.</summary>
    /// <param name="text">The text.</param>
    /// <param name="x">Where it begins, ends or has its middle, as the side tells.</param>
    /// <param name="y">The line that it stands on.</param>
    /// <param name="size">The size of the letters in pixels.</param>
    /// <param name="side">Which place of the text lies at <paramref name="x"/>.</param>
    /// <param name="widest">How wide it may be.</param>
    /// <param name="colour">Its colour, 0xRRGGBB.</param>
    public void Text(
        string text, int x, int y, int size, Side side = Side.Left, int widest = int.MaxValue,
        uint colour = Palette.Ink)
    {
        string fitting = Lettering.Fit(Lettering.Clean(text), size, widest);
        if (fitting.Length > 0)
        {
            int width = Lettering.Width(fitting, size);
            int left = side switch { Side.Left => x, Side.Right => x - width, _ => x - (width / 2) };
            marks.Add(new TextMark(part, fitting, left, y, width, size, colour));
        }
    }

    /// <summary>The picture as a PNG file.</summary>
    public byte[] ToPng() => PngWriter.Write(this);

    /// <summary>The picture as an SVG file.</summary>
    public byte[] ToSvg() => SvgWriter.Write(this);
}

/// <summary>A place on a drawing.</summary>
public readonly record struct Spot(double X, double Y);

/// <summary>Which place of a text is meant.</summary>
public enum Side
{
    /// <summary>Its beginning.</summary>
    Left,

    /// <summary>Its middle.</summary>
    Middle,

    /// <summary>Its end.</summary>
    Right,
}

/// <summary>Something that is drawn.</summary>
/// <param name="Part">The part of the picture that it belongs to.</param>
/// <param name="Colour">Its colour, 0xRRGGBB.</param>
public abstract record Mark(string Part, uint Colour);

/// <summary>A filled box.</summary>
public sealed record BoxMark(string Part, int X, int Y, int Width, int Height, uint Colour) : Mark(Part, Colour);

/// <summary>A line through points.</summary>
public sealed record LineMark(string Part, IReadOnlyList<Spot> Points, uint Colour, double Thickness, int Dash)
    : Mark(Part, Colour);

/// <summary>A line of text that stands at a place and is so wide.</summary>
public sealed record TextMark(string Part, string Text, int X, int Y, int Width, int Size, uint Colour)
    : Mark(Part, Colour);
