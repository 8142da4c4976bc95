using DmaBufSim.Memory;

namespace DmaBufSim.Scenarios.Verbs;

/// <summary>Pages of an area as a line writes them: <c>0+512,11776+534</c>, or <c>none</c>.</summary>
internal static class PageRuns
{
    private const string None = "none";

    /// <summary>How they are written.</summary>
    public const string Shape = "START+COUNT,... in ascending order, or none";

    /// <summary>Reads runs that do not touch each other's pages, lowest first.</summary>
    /// <param name="text">The text.</param>
    /// <param name="runs">The runs, in pages of the area.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out List<FrameRun> runs)
    {
        runs = [];
        if (text is None)
        {
            return true;
        }

        long free = 0;
        foreach (Range range in text.Split(','))
        {
            ReadOnlySpan<char> run = text[range];
            int plus = run.IndexOf('+');
            if (plus < 0
                || !NumberText.TryParse(run[..plus], out long start)
                || !NumberText.TryParse(run[(plus + 1)..], out long count)
                || start < free || count <= 0 || count > int.MaxValue || start > int.MaxValue - count)
            {
                return false;
            }

            runs.Add(new FrameRun((int)start, (int)count));
            free = start + count;
        }

        return true;
    }
}
