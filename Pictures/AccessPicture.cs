using System.Collections.Immutable;
using DmaBufSim.Machines;
using DmaBufSim.Scenarios;
using DmaBufSim.Security;
using static System.FormattableString;

namespace DmaBufSim.Pictures;

/// <summary>
/// Draws who could touch protected bytes after each step of a story: a row for each step, in it two cells for each
/// master, reading and writing, what the step came to, and how often hardware was programmed.
/// </summary>
/// <remarks>
/// A cell has a band for each state that bytes of the heap's buffers are in, higher where there are more.
/// </remarks>
public static class AccessPicture
{
    /// <summary>How many steps a picture has room for.</summary>
    public const int MostSteps = 400;

    /// <summary>How many pairs of a heap and a master a picture has room for.</summary>
    public const int MostColumns = 40;

    private const int Margin = 20;
    private const int StepWidth = 270;
    private const int OutcomeLeft = Margin + StepWidth + 12;
    private const int ChangesMiddle = OutcomeLeft + 94;
    private const int GridLeft = ChangesMiddle + 44;
    private const int Top = 128;
    private const int RowHeight = 22;
    private const int CellHeight = 19;
    private const int CellWidth = 30;
    private const int MasterWidth = (2 * CellWidth) + 15;
    private const int HeapGap = 18;
    private const int LeastBand = 4;
    private const int Letters = 12;
    private const int KeyHeight = 20;
    private const int Narrowest = 820;

    private static readonly (AccessState State, string Meaning)[] States =
    [
        (AccessState.Allowed, "may and can: the rules give the right, and hardware lets it through"),
        (AccessState.Denied, "may not and cannot: no rule gives the right, and hardware stops it"),
        (AccessState.Barred, "may and cannot: a rule gives the right, and hardware stops it all the same"),
        (AccessState.Exposed, "may not and can: no rule gives the right, and hardware lets it through"),
    ];

    private static readonly string[] Notes =
    [
        "A cell with two colours: parts of the buffers differ, not to scale. No cell: there is no buffer.",
        "denied: refused, and no rule gives the right. barred: refused, though a rule does.",
        "leak: an access went through to which no rule gives the right.",
        "programmed: how often the hardware was told who may touch what.",
    ];

    /// <summary>Draws a story.</summary>
    /// <param name="story">The story.</param>
    /// <param name="caption">Where it comes from, in one line; null for nothing.</param>
    /// <exception cref="ArgumentException">
    /// No heap has rules, or the story has more steps or more masters than a picture has room for.
    /// </exception>
    public static Drawing Draw(AccessStory story, string? caption = null)
    {
        AccessMap first = story.Moments[0].Map;
        int columns = first.Heaps.Length * first.Masters.Length;
        if (columns is 0 or > MostColumns || story.Moments.Length > MostSteps + 1)
        {
            throw new ArgumentException(columns == 0
                ? "no heap has access rules, so there is nothing to tell"
                : Invariant($"a picture has room for {MostSteps} steps and {MostColumns} masters of heaps with rules; ")
                    + Invariant($"here are {story.Moments.Length - 1} and {columns}"));
        }

        string heaps = string.Join(", ", first.Heaps.Select(heap => heap.Name));
        string title = $"policy={story.Policy}: who can touch the bytes of {heaps}";
        int right = GridLeft + (columns * MasterWidth) + ((first.Heaps.Length - 1) * HeapGap);
        int bottom = Top + (story.Moments.Length * RowHeight);
        int keys = (States.Length + Notes.Length) * KeyHeight;
        Drawing drawing = new(Math.Max(Narrowest, right + Margin), bottom + 24 + keys + Margin, title);
        drawing.Begin("head");
        drawing.Text(title, Margin, 34, 20, widest: drawing.Width - (2 * Margin));
        drawing.Text(caption ?? "", Margin, 56, 13, widest: drawing.Width - (2 * Margin), colour: Palette.Faint);
        DrawHeads(drawing, first);
        for (int i = 0; i < story.Moments.Length; i++)
        {
            DrawMoment(drawing, story.Moments[i], Top + (i * RowHeight));
        }

        DrawLegend(drawing, bottom + 24);
        return drawing;
    }

    private static void DrawHeads(Drawing drawing, AccessMap map)
    {
        drawing.Begin("axes");
        const int low = Top - 8;
        drawing.Text("after the step", Margin, low, 11, colour: Palette.Faint);
        drawing.Text("came to", OutcomeLeft, low, 11, colour: Palette.Faint);
        drawing.Text("programmed", ChangesMiddle, low, 11, Side.Middle, colour: Palette.Faint);
        for (int heap = 0; heap < map.Heaps.Length; heap++)
        {
            int left = LeftOf(map, heap, 0);
            int width = map.Masters.Length * MasterWidth;
            drawing.Text(map.Heaps[heap].Name, left, Top - 46, Letters, widest: width, colour: Palette.Faint);
            for (int master = 0; master < map.Masters.Length; master++)
            {
                int x = LeftOf(map, heap, master);
                drawing.Text(map.Masters[master], x, Top - 26, Letters, widest: (2 * CellWidth) + 1);
                drawing.Text("reads", x, low, 11, colour: Palette.Faint);
                drawing.Text("writes", x + CellWidth + 1, low, 11, widest: CellWidth, colour: Palette.Faint);
            }
        }
    }

    private static void DrawMoment(Drawing drawing, AccessMoment moment, int top)
    {
        int line = top + CellHeight - 5;
        drawing.Begin("steps");
        drawing.Text(moment.Step ?? "the machine is switched on", Margin, line, Letters, widest: StepWidth);
        (string answer, uint colour) = moment.Answer switch
        {
            StepAnswer.Leaked => ("leak", Palette.Vermilion),
            StepAnswer.Denied => ("denied", Palette.Ink),
            StepAnswer.Barred => ("barred", Palette.Ink),
            _ => (moment.Outcome, Palette.Faint),
        };
        drawing.Text(answer, OutcomeLeft, line, Letters, widest: ChangesMiddle - OutcomeLeft - 38, colour: colour);
        if (moment.Changes > 0)
        {
            drawing.Text(Invariant($"{moment.Changes:N0}"), ChangesMiddle, line, Letters, Side.Middle);
        }

        drawing.Begin("cells");
        for (int heap = 0; heap < moment.Map.Heaps.Length; heap++)
        {
            HeapAccess access = moment.Map.Heaps[heap];
            for (int master = 0; access.Bytes > 0 && master < moment.Map.Masters.Length; master++)
            {
                int x = LeftOf(moment.Map, heap, master);
                foreach (AccessRights wanted in HeapAccess.Rights)
                {
                    DrawCell(drawing, access, master, wanted, x, top);
                    x += CellWidth + 1;
                }
            }
        }
    }

    private static void DrawCell(
        Drawing drawing, HeapAccess access, int master, AccessRights right, int x, int top)
    {
        ImmutableArray<AccessState> present =
            [.. Enum.GetValues<AccessState>().Where(state => access.BytesIn(master, right, state) > 0)];
        int shared = CellHeight - (present.Length * LeastBand);
        int bottom = top + CellHeight;
        foreach (AccessState state in present)
        {
            long more = shared * access.BytesIn(master, right, state) / access.Bytes;
            int height = state == present[^1] ? bottom - top : LeastBand + (int)more;
            drawing.Box(x, top, CellWidth, height, Palette.Of(state));
            top += height;
        }
    }

    private static void DrawLegend(Drawing drawing, int y)
    {
        drawing.Begin("legend");
        foreach ((AccessState state, string meaning) in States)
        {
            drawing.Box(Margin, y - 11, CellWidth, 13, Palette.Of(state));
            drawing.Text(meaning, Margin + CellWidth + 10, y, Letters);
            y += KeyHeight;
        }

        foreach (string note in Notes)
        {
            drawing.Text(note, Margin, y, Letters, colour: Palette.Faint);
            y += KeyHeight;
        }
    }

    private static int LeftOf(AccessMap map, int heap, int master) =>
        GridLeft + (((heap * map.Masters.Length) + master) * MasterWidth) + (heap * HeapGap);
}
