using System.Globalization;
using DmaBufSim.Abi;
using DmaBufSim.Machines;
using DmaBufSim.Memory;

namespace DmaBufSim.Pictures;

/// <summary>
/// Draws the figures of a machine over a run: free memory, the longest free run, fragmentation, moved and dropped
/// pages, one panel below the other on one axis of steps or of time.
/// </summary>
public static class CurvesPicture
{
    private const int Width = 1120;
    private const int Margin = 20;
    private const int Left = 110;
    private const int Right = Width - 150;
    private const int Top = 76;
    private const int Foot = 56;

    /// <summary>Draws the samples of a run.</summary>
    /// <param name="sampler">Who took them; at least one.</param>
    /// <param name="caption">Where they come from, in one line; null for nothing.</param>
    /// <param name="isOverTime">Whether the axis is simulated time; otherwise it is the steps of the story.</param>
    /// <exception cref="ArgumentException">There is no sample.</exception>
    public static Drawing Draw(MachineSampler sampler, string? caption = null, bool isOverTime = false)
    {
        IReadOnlyList<MachineSample> samples = sampler.Samples;
        if (samples.Count == 0)
        {
            throw new ArgumentException("there is no sample to draw", nameof(sampler));
        }

        List<Panel> panels = Panels(sampler);
        int bottom = Top + (panels.Count * Panel.Pitch);
        string title = sampler.Area is { } area
            ? $"Memory over the run, area {area}"
            : "Memory over the run";
        Drawing drawing = new(Width, bottom + Foot, title);
        drawing.Begin("head");
        drawing.Text(title, Margin, 34, 20, widest: Width - (2 * Margin));
        drawing.Text(caption ?? "", Margin, 56, 13, widest: Width - (2 * Margin), colour: Palette.Faint);
        double[] moments = [.. samples.Select(one => isOverTime ? one.Nanoseconds / 1e9 : one.Step)];
        Axis axis = new(0, moments[^1], Left, Right, isOverTime ? Steps.Wide : Steps.Whole);
        double[] places = [.. moments.Select(moment => Math.Round(axis.At(moment)))];
        List<double> failures = Failures(samples, places);
        for (int i = 0; i < panels.Count; i++)
        {
            panels[i].Draw(drawing, samples, axis, places, failures, Top + (i * Panel.Pitch));
        }

        DrawFoot(drawing, axis, isOverTime ? "seconds since boot" : "steps played", bottom, failures.Count > 0);
        return drawing;
    }

    private static List<Panel> Panels(MachineSampler sampler)
    {
        string order = sampler.Order.ToString(CultureInfo.InvariantCulture);
        string block = ByteText.Of((long)PhysicalMemory.PageSize << sampler.Order);
        List<Panel> panels =
        [
            new("free pages of the machine", Panel.Pages, 0, 1,
            [
                new("free, with idle pages of areas", one => one.FreePages, 0),
            ]),
            new($"free blocks of order {order} ({block}): the kernel's two indices", "index", -1, 1,
            [
                new("fragmentation (-1: a block is there, near 0: memory lacks, near 1: in pieces)",
                    one => one.FragmentationIndex / 1000.0, 0),
                new("unusable part of free memory", one => one.UnusableIndex / 1000.0, 4),
            ]),
            new("pages that left windows, so far: copied elsewhere, or dropped from the page cache", Panel.Pages, 0, 1,
            [
                new("moved", one => one.MovedPages, 0),
                new("dropped", one => one.DroppedPages, 4),
            ]),
        ];
        if (sampler.Samples[0].Area is not null)
        {
            panels.Insert(0, new($"area {sampler.Area}", Panel.Pages, 0, 1,
            [
                new("not handed out", one => one.Area!.Value.FreePages, 0),
                new("idle, not lent either", one => one.Area!.Value.IdlePages, 4),
                new("longest run not handed out", one => one.Area!.Value.LargestRun, 0),
            ]));
        }

        return panels;
    }

    // A request that failed is told where its moment is; those of one pixel are one.
    private static List<double> Failures(IReadOnlyList<MachineSample> samples, double[] at)
    {
        List<double> places = [];
        for (int i = 1; i < samples.Count; i++)
        {
            double x = at[i];
            if (samples[i].Failures > samples[i - 1].Failures && (places.Count == 0 || places[^1] != x))
            {
                places.Add(x);
            }
        }

        return places;
    }

    private static void DrawFoot(Drawing drawing, Axis axis, string unit, int bottom, bool hasFailures)
    {
        drawing.Begin("foot");
        int y = bottom + 2;
        foreach ((double value, string text) in axis.Ticks)
        {
            drawing.Text(text, (int)Math.Round(axis.At(value)), y, 11, Side.Middle, colour: Palette.Faint);
        }

        drawing.Text(unit, (Left + Right) / 2, y + 22, 12, Side.Middle);
        if (hasFailures)
        {
            drawing.Line([new Spot(Left, y + 40), new Spot(Left + 26, y + 40)], Palette.Vermilion, 2, 3);
            drawing.Text("a request for memory failed (ENOMEM), upright in all panels", Left + 34, y + 44, 12);
        }
    }
}
