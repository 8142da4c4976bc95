using System.Globalization;

namespace DmaBufSim.Pictures;

/// <summary>
/// Draws a comparison: for each metric a panel with its own axis, in it for each series a dot with its interval, and
/// the numbers beside it. A group of metrics has one panel: a column for each metric, and bars to one scale.
/// </summary>
public static class ComparisonPicture
{
    private const int Width = 1120;
    private const int Margin = 20;
    private const int Left = 220;
    private const int Right = 800;
    private const int Top = 86;
    private const int RowHeight = 26;
    private const int HeadHeight = 30;
    private const int AxisHeight = 40;
    private const int Dot = 9;
    private const int ColumnHeight = 24;
    private const int WidestColumn = 220;
    private const int NumberWidth = 70;
    private const int BarHeight = 12;

    /// <summary>Draws a comparison.</summary>
    /// <param name="comparison">The comparison.</param>
    /// <param name="caption">Where the numbers come from and what the intervals are, in one line.</param>
    public static Drawing Draw(Comparison comparison, string? caption = null)
    {
        int panel = HeadHeight + (comparison.Series.Length * RowHeight) + AxisHeight;
        int group = HeadHeight + ColumnHeight + (comparison.Series.Length * RowHeight) + Margin;
        int groups = Top + (comparison.Metrics.Length * panel);
        Drawing drawing = new(Width, groups + (comparison.Groups.Length * group) + Margin, comparison.Title);
        drawing.Begin("head");
        drawing.Text(comparison.Title, Margin, 34, 20, widest: Width - (2 * Margin));
        drawing.Text(caption ?? "", Margin, 58, 13, widest: Width - (2 * Margin), colour: Palette.Faint);
        for (int i = 0; i < comparison.Metrics.Length; i++)
        {
            DrawMetric(drawing, comparison, comparison.Metrics[i], Top + (i * panel));
        }

        for (int i = 0; i < comparison.Groups.Length; i++)
        {
            DrawGroup(drawing, comparison, comparison.Groups[i], groups + (i * group));
        }

        return drawing;
    }

    private static void DrawGroup(Drawing drawing, Comparison comparison, MetricGroup group, int y)
    {
        int top = y + HeadHeight + ColumnHeight;
        int column = Math.Min(WidestColumn, (Width - Margin - Left) / group.Metrics.Length);
        double most = group.Metrics.SelectMany(metric => metric.Estimates)
            .Select(one => one?.High ?? 0).DefaultIfEmpty().Max();
        double scale = most > 0 ? Math.Max(1, column - NumberWidth) / most : 0;
        drawing.Begin("axes");
        drawing.Text(group.Name, Left, y + 18, 14, widest: Width - Margin - Left);
        for (int m = 0; m < group.Metrics.Length; m++)
        {
            int x = Left + (m * column);
            drawing.Text(group.Metrics[m].Name, x, y + HeadHeight + 14, 12, widest: column - 8, colour: Palette.Faint);
            drawing.Box(x, top, 1, comparison.Series.Length * RowHeight, Palette.Grid);
        }

        drawing.Begin("bars");
        for (int i = 0; i < comparison.Series.Length; i++)
        {
            int middle = top + (i * RowHeight) + (RowHeight / 2);
            DrawName(drawing, comparison.Series[i], middle);
            for (int m = 0; m < group.Metrics.Length; m++)
            {
                DrawBar(drawing, group.Metrics[m].Estimates[i], Left + (m * column), middle, scale, Palette.Line(i));
            }
        }
    }

    private static void DrawBar(Drawing drawing, Estimate? estimate, int x, int middle, double scale, uint colour)
    {
        double value = estimate?.Value ?? 0;
        int high = (int)Math.Round((estimate?.High ?? 0) * scale);
        if (value > 0)
        {
            int low = (int)Math.Round(estimate!.Value.Low * scale);
            int width = Math.Max(1, (int)Math.Round(value * scale));
            drawing.Box(x, middle - (BarHeight / 2), width, BarHeight, colour);
            drawing.Box(x + low, middle, high - low, 1, Palette.Ink);
        }

        string text = estimate is null ? "no value" : Number(value);
        uint ink = value > 0 ? Palette.Ink : Palette.Faint;
        drawing.Text(text, x + high + 6, middle + 4, 12, widest: NumberWidth - 10, colour: ink);
    }

    private static void DrawName(Drawing drawing, string name, int middle) =>
        drawing.Text(name, Left - 14, middle + 4, 12, Side.Right, Left - Margin - 14);

    private static void DrawMetric(Drawing drawing, Comparison comparison, Metric metric, int y)
    {
        int top = y + HeadHeight;
        int bottom = top + (comparison.Series.Length * RowHeight);
        Estimate[] known = [.. metric.Estimates.OfType<Estimate>()];
        double low = Math.Min(0, known.Select(one => one.Low).DefaultIfEmpty().Min());
        double high = Math.Max(0, known.Select(one => one.High).DefaultIfEmpty().Max());
        Axis axis = new(low, high, Left, Right, Steps.Wide);
        drawing.Begin("axes");
        drawing.Text($"{metric.Name} ({metric.Unit})", Left, y + 18, 14, widest: Right - Left);
        foreach ((double value, string text) in axis.Ticks)
        {
            int x = (int)Math.Round(axis.At(value));
            drawing.Box(x, top, 1, bottom - top + 4, value == 0 ? Palette.Faint : Palette.Grid);
            drawing.Text(text, x, bottom + 17, 11, Side.Middle, colour: Palette.Faint);
        }

        drawing.Begin("series");
        for (int i = 0; i < comparison.Series.Length; i++)
        {
            int middle = top + (i * RowHeight) + (RowHeight / 2);
            DrawName(drawing, comparison.Series[i], middle);
            if (metric.Estimates[i] is { } estimate)
            {
                DrawEstimate(drawing, estimate, axis, middle, Palette.Line(i));
            }
            else
            {
                drawing.Text("no value", Right + 24, middle + 4, 12, colour: Palette.Faint);
            }
        }
    }

    private static void DrawEstimate(Drawing drawing, Estimate estimate, Axis axis, int middle, uint colour)
    {
        int low = (int)Math.Round(axis.At(estimate.Low));
        int high = (int)Math.Round(axis.At(estimate.High));
        int at = (int)Math.Round(axis.At(estimate.Value));
        drawing.Box(low, middle, Math.Max(1, high - low), 2, colour);
        drawing.Box(low, middle - 5, 2, 12, colour);
        drawing.Box(high, middle - 5, 2, 12, colour);
        drawing.Box(at - (Dot / 2), middle - (Dot / 2) + 1, Dot, Dot, colour);
        string text = $"{Number(estimate.Value)}  ({Number(estimate.Low)} to {Number(estimate.High)})";
        drawing.Text(text, Right + 24, middle + 4, 12, widest: Width - Right - 44);
    }

    private static string Number(double value) =>
        value.ToString(Math.Abs(value) >= 1000 ? "N0" : "G3", CultureInfo.InvariantCulture);
}
