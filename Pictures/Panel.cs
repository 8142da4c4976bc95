using DmaBufSim.Machines;

namespace DmaBufSim.Pictures;

/// <summary>Curves over the steps of a run on one scale.</summary>
/// <param name="Title">What they show.</param>
/// <param name="Unit">The unit of the values.</param>
/// <param name="Low">The lowest value that the scale has in any case.</param>
/// <param name="High">The highest value that the scale has in any case.</param>
/// <param name="Curves">The curves.</param>
internal sealed record Panel(string Title, string Unit, double Low, double High, IReadOnlyList<Curve> Curves)
{
    /// <summary>Pixels from one panel to the next.</summary>
    public const int Pitch = HeadHeight + Height + 14;

    /// <summary>The unit of what is counted in pages; its scale has round numbers of the binary kind.</summary>
    public const string Pages = "pages";

    private const int Height = 150;
    private const int HeadHeight = 42;
    private const int Letters = 12;

    /// <summary>Draws it; its head begins at a height.</summary>
    public void Draw(
        Drawing drawing,
        IReadOnlyList<MachineSample> samples,
        Axis axis,
        double[] places,
        IReadOnlyList<double> failures,
        int y)
    {
        int top = y + HeadHeight;
        int bottom = top + Height;
        int left = (int)axis.At(axis.Ticks.First().Value);
        int right = (int)Math.Round(axis.At(axis.Ticks.Last().Value));
        Axis values = Scale(samples, bottom, top);
        drawing.Begin("axes");
        drawing.Text(Title, left, y + 14, 14, widest: right - left);
        foreach ((double value, string text) in values.Ticks)
        {
            int at = (int)Math.Round(values.At(value));
            drawing.Box(left, at, right - left + 1, 1, value == 0 ? Palette.Faint : Palette.Grid);
            drawing.Text(text, left - 8, at + 4, 11, Side.Right, colour: Palette.Faint);
        }

        foreach ((double value, _) in axis.Ticks)
        {
            drawing.Box((int)Math.Round(axis.At(value)), top, 1, Height, Palette.Grid);
        }

        drawing.Text(Unit, right + 10, top + 9, 11, colour: Palette.Faint);
        foreach (double x in failures)
        {
            drawing.Line([new Spot(x + 0.5, top), new Spot(x + 0.5, bottom)], Palette.Vermilion, 1, 3);
        }

        drawing.Begin("legend");
        int key = left;
        for (int i = 0; i < Curves.Count; i++)
        {
            key = DrawKey(drawing, Curves[i], i, key, y + 32, right);
        }

        drawing.Begin("curves");
        for (int i = 0; i < Curves.Count; i++)
        {
            List<Spot> spots = Stairs(samples, Curves[i].Value, places, values);
            drawing.Line(spots, Palette.Line(i), ThicknessOf(i), Curves[i].Dash);
        }
    }

    /// <summary>
    /// A value holds until the next sample. Of the samples that fall on one pixel the first, the lowest, the highest
    /// and the last are kept, so a long run has no more points than the picture can show.
    /// </summary>
    internal static List<Spot> Stairs(
        IReadOnlyList<MachineSample> samples, Func<MachineSample, double> value, double[] places, Axis values)
    {
        List<Spot> spots = [];
        for (int i = 0; i < samples.Count;)
        {
            double x = places[i];
            double first = value(samples[i]);
            double low = first;
            double high = first;
            double last = first;
            for (; i < samples.Count && places[i] == x; i++)
            {
                last = value(samples[i]);
                low = Math.Min(low, last);
                high = Math.Max(high, last);
            }

            Add(spots, x, spots.Count == 0 ? values.At(first) : spots[^1].Y);
            foreach (double at in (ReadOnlySpan<double>)[first, low, high, last])
            {
                Add(spots, x, values.At(at));
            }
        }

        return spots;
    }

    private static void Add(List<Spot> spots, double x, double y)
    {
        Spot spot = new(x, y);
        if (spots.Count > 0 && spots[^1] == spot)
        {
            return;
        }

        // In the middle of a straight line a point says nothing.
        if (spots.Count > 1 && spots[^1].Y == y && spots[^2].Y == y && spots[^1].X >= spots[^2].X)
        {
            spots[^1] = spot;
            return;
        }

        spots.Add(spot);
    }

    private Axis Scale(IReadOnlyList<MachineSample> samples, int bottom, int top)
    {
        double low = Low;
        double high = High;
        foreach (Curve curve in Curves)
        {
            foreach (MachineSample sample in samples)
            {
                low = Math.Min(low, curve.Value(sample));
                high = Math.Max(high, curve.Value(sample));
            }
        }

        return new Axis(low, high, bottom, top, Unit == Pages ? Steps.Binary : Steps.Decimal);
    }

    // Where curves lie on each other, the first one shows on both sides of the others.
    private int ThicknessOf(int number) => number == 0 && Curves.Count > 1 ? 4 : 2;

    private int DrawKey(Drawing drawing, Curve curve, int number, int left, int y, int right)
    {
        Spot[] sample = [new Spot(left, y - 4), new Spot(left + 26, y - 4)];
        drawing.Line(sample, Palette.Line(number), ThicknessOf(number), curve.Dash);
        drawing.Text(curve.Name, left + 34, y, Letters, widest: right - left - 34);
        return left + 34 + Lettering.Width(curve.Name, Letters) + 24;
    }
}

/// <summary>A figure of every sample.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">The figure of a sample.</param>
/// <param name="Dash">The length of the dashes that it is drawn with; 0 for none.</param>
internal sealed record Curve(string Name, Func<MachineSample, double> Value, int Dash);
