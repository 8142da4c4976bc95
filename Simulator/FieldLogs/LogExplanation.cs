using System.Collections.Immutable;
using DmaBufSim.Abi;
using static System.FormattableString;
using static DmaBufSim.FieldLogs.LogText;

namespace DmaBufSim.FieldLogs;

/// <summary>What a log tells of memory, in lines for a person.</summary>
/// <param name="alignOrder">The alignment of all requests, 2 to this power pages; null for that of their size.</param>
/// <param name="orderPerBit">Each bit of an area stands for 2 to this power pages.</param>
/// <param name="request">Pages that each area is asked for, as it is told there; null for none.</param>
/// <param name="mistakes">Takes what contradicts itself in a trace, or null.</param>
/// <param name="tellsAll">
/// Whether each entry is told that differs from the one before; otherwise the first 100 that differ from each other,
/// and how many there were of the others.
/// </param>
public sealed class LogExplanation(
    int? alignOrder = null,
    int orderPerBit = 0,
    long? request = null,
    LogMistakes? mistakes = null,
    bool tellsAll = false)
{
    private readonly TraceHistory history = new(mistakes ?? new LogMistakes(""));
    private bool hasZones;
    private readonly LogRepeats repeats = new(tellsAll);

    /// <summary>
    /// What a reader of explanations must know: what the text does not have, and what is assumed instead.
    /// </summary>
    public IEnumerable<string> Limits
    {
        get
        {
            string[] limits = [.. AreaLimits(), .. TraceLimits()];
            return limits.Length == 0 ? [] : Wrap(limits.Prepend("what the text does not tell:"));
        }
    }

    /// <summary>Whether the text tells of areas or requests to them, other than in a trace.</summary>
    public bool HasAreas { get; private set; }

    /// <summary>Whether it tells which pages of an area are free, other than in a trace.</summary>
    public bool HasLists { get; private set; }

    /// <summary>Whether it has a trace of an area.</summary>
    public bool HasTraces => history.Stories.Count > 0;

    private static int MaxOrder => LogDiagnosis.MaxAlignment;

    /// <summary>Takes what was read next; what only repeats an entry is counted instead.</summary>
    /// <returns>The lines that can be told now.</returns>
    public IEnumerable<string> Next(LogEntry entry)
    {
        if (entry is LoggedEvent what)
        {
            history.Add(what);
            return [];
        }

        HasAreas |= entry is LoggedArea;
        HasLists |= entry is LoggedArea { HasRuns: true };
        hasZones |= entry is LoggedZone or LoggedTypes;
        (string title, IEnumerable<string> text) = entry switch
        {
            LoggedArea area => (Title(area), About(area)),
            LoggedZone zone => (ZoneTitle(zone.Zone, zone.Node), ZoneExplanation.About(zone)),
            LoggedTypes zone => (ZoneTitle(zone.Zone, zone.Node) + " by migrate type", ZoneExplanation.About(zone)),
            LoggedPageblocks zone => ("page blocks of " + ZoneTitle(zone.Zone, zone.Node), ZoneExplanation.About(zone)),
            _ => throw new ArgumentException("neither area nor zone", nameof(entry)),
        };
        return entry is LoggedArea { HasRuns: true } asked
            ? repeats.Add(entry.Line, title, [.. Wrap(text)], Mark(asked), () => Wrap(Answers(asked)))
            : repeats.Add(entry.Line, title, [.. Wrap(text)], "", () => []);
    }

    /// <summary>The lines that are still to be said after the last entry.</summary>
    public IEnumerable<string> Finish()
    {
        history.Finish();
        return repeats.Finish()
            .Concat(hasZones ? Wrap(ZoneExplanation.Legend) : [])
            .Concat(history.Stories.SelectMany(
                story => Wrap(TraceExplanation.About(story, request, alignOrder)).Append("")));
    }

    private IEnumerable<string> AreaLimits()
    {
        if (!HasAreas)
        {
            yield break;
        }

        yield return "  Pages that are lent to movable memory count as free in a log and in a bitmap, and so do pages "
            + "that are pinned. Which they are, and who holds the pages that are not free, is not in it.";
        yield return "  The base of an area is not printed. It is taken to be a multiple of the alignment, as it is "
            + "where areas begin at a pageblock.";
        yield return alignOrder is null
            ? $"  The alignment of a request is not printed. It is taken to be that of its size, at most "
                + $"{1 << MaxOrder} pages (CONFIG_CMA_ALIGNMENT=8); --align says it."
            : "  The alignment of a request is not printed. It is the one given with --align.";
        if (!HasLists)
        {
            yield break;
        }

        yield return orderPerBit == 0
            ? "  A bit of an area is taken to be one page, as it is for all areas of buffers; --order-per-bit says it."
            : Invariant($"  A bit of an area is taken to be {1L << orderPerBit} pages, as given.");
        yield return "  The list of runs is printed after the attempt; others may have taken or freed pages in "
            + "between.";
    }

    private IEnumerable<string> TraceLimits()
    {
        if (!HasTraces)
        {
            yield break;
        }

        yield return "  A trace has neither the base of an area nor what was handed out before it began. The base is "
            + "taken to be the page block of the lowest page frame that is seen.";
        yield return "  Since Linux 6.15 an area may have several ranges with other memory in between. No event tells "
            + "of them: it is taken to have one, so what fits may be less than is said here.";
        yield return "  Who owns a page that was in the way, and whether it was pinned or only busy for a moment, is "
            + "in no event.";
    }

    private static string Title(LoggedArea area)
    {
        string name = area.Name is { } given ? $"area {QuotedText.Of(given)}" : "an area";
        if (area.IsBitmap)
        {
            return $"the bitmap of {name}";
        }

        if (!area.IsRefusal)
        {
            return $"free pages of {name}; the request is not told";
        }

        string ret = area.Ret == 0 ? "with an unknown result" : Invariant($"with {area.Ret}{ErrnoName(area.Ret)}");
        string asked = area.Pages > 0 ? Pages(area.Pages)
            : area.ImpossibleSize is { } size ? $"{QuotedText.Of(size)} pages, which no request can have,"
            : "an unknown number of pages";
        return $"{asked} asked of {name}, refused {ret}";
    }

    private static string ZoneTitle(string zone, long node) =>
        Invariant($"zone {QuotedText.Of(zone)} of node {node}");

    // Equal lists have equal answers.
    private string Mark(LoggedArea area) => area.Pages == 0 && request is null
        ? ""
        : string.Join('+', area.Runs.Select(run => Invariant($"{run.Pages}@{run.Bit}/{run.Range}")));

    private IEnumerable<string> Answers(LoggedArea area)
    {
        if (area.Pages > 0)
        {
            yield return "  the same request to these free pages, if none is lent or pinned:";
            foreach (string line in new RequestAnswer(area, area.Pages, alignOrder, orderPerBit).Lines())
            {
                yield return line;
            }
        }

        if (request is { } pages && pages != area.Pages)
        {
            RequestAnswer answer = new(area, pages, alignOrder, orderPerBit);
            yield return $"  a request of {Size(pages)} in one run {Place(answer.AlignOrder)}:";
            foreach (string line in answer.Lines())
            {
                yield return line;
            }
        }
    }

    private IEnumerable<string> About(LoggedArea area)
    {
        LogDiagnosis why = new(area, alignOrder, orderPerBit);
        if (area.Pages > 0)
        {
            yield return $"  asked for: {Size(area.Pages)} in one run {Place(why.AlignOrder)}";
        }

        foreach (string line in area.HasRuns ? AboutRuns(why) : [])
        {
            yield return line;
        }

        if (!area.HasRuns)
        {
            yield return "  The log has no list of free pages for it; some kernels print one only if they are built "
                + "with CONFIG_CMA_DEBUG.";
        }

        if (!area.IsSound)
        {
            yield return "  The text has gaps or contradicts itself here; this is what the sound part of it says.";
        }

        if (area.Pages > 0)
        {
            yield return "  verdict: " + VerdictText(why);
        }
        else if (area.HasRuns && request is null)
        {
            string least = AtLeast(area.Untold > why.LargestFit);
            yield return $"  largest request that may fit: {least}{Size(why.LargestFit)}";
        }
    }

    private static IEnumerable<string> AboutRuns(LogDiagnosis why)
    {
        LoggedArea area = why.Area;
        string total = area.Total < 0 ? "an unknown number of"
            : Invariant($"{AtLeast(!area.IsEndKnown)}{area.Total}");
        string free = Invariant($"{AtLeast(area.Free < 0 && area.Untold > 0)}{why.Free}");
        yield return $"  free: {free} of {total} pages, in {AtLeast(area.Untold > 0)}"
            + Count(area.Runs.Length, "run");
        if (area.Runs.Length > 0)
        {
            string range = why.Longest.Range == 0 ? "" : Invariant($" of range {why.Longest.Range}");
            yield return $"  longest free run: {AtLeast(area.Untold > why.Longest.Pages)}"
                + Invariant($"{Pages(why.Longest.Pages)}, from bit {why.Longest.Bit}{range} on");
        }

        if (area.Pages > 0 && why.AlignOrder > 0)
        {
            yield return $"  most pages in a row from a multiple of {Pages(1L << why.AlignOrder)}: "
                + Invariant($"{AtLeast(area.Untold > why.LongestAligned)}{why.LongestAligned}");
        }
    }

    private static string VerdictText(LogDiagnosis why)
    {
        LoggedArea area = why.Area;
        string found = area.Ret == -16 && !area.HasRanges && area.HasRuns
            ? "; but -16 says that a run was found and could not be emptied, so the request needed less alignment, or "
                + "the runs have changed since"
            : "";
        return why.Verdict switch
        {
            LogVerdict.Interrupted => "a signal ended the attempt before it was decided",
            LogVerdict.TooSmall => "the area is too small",
            LogVerdict.TooFull => $"the area is too full{found}",
            LogVerdict.Fragmented => $"fragmented: enough pages are free, but in pieces{found}",
            LogVerdict.Misaligned => Invariant(
                $"a run is long enough, but none from a multiple of {1L << why.AlignOrder} pages{found}"),
            LogVerdict.Immovable =>
                "a run was long enough, so pages in it could not be moved: pinned or not migratable",
            LogVerdict.NoRoomToMigrate =>
                "a run was long enough, so the pages lent from it had nowhere to go: memory elsewhere was short (or "
                + "the run was freed only after the attempt)",
            _ when area.HasRuns && why.Missing > 0 =>
                "not known: the list is not whole",
            _ when area.Ret == -16 => "-16 alone: a run was found and could not be emptied, or, from Linux 6.15 on, "
                + "there was none",
            _ when area.Ret == -12 => "-12 alone: no run was long enough, or there was no memory to move its pages to",
            _ => "not known: the text does not tell enough",
        };
    }
}
