using System.Collections.Immutable;
using System.Globalization;
using DmaBufSim.Abi;

namespace DmaBufSim.Scenarios;

/// <summary>What a log tells of memory, in lines for a person.</summary>
/// <param name="alignOrder">The alignment of all requests, 2 to this power pages; null for that of their size.</param>
/// <param name="orderPerBit">Each bit of an area stands for 2 to this power pages.</param>
public sealed class LogExplanation(int? alignOrder = null, int orderPerBit = 0)
{
    private const int Width = 80;

    private ImmutableArray<string> before = [];
    private long lastLine;
    private long repeats;

    /// <summary>
    /// What a reader of explanations must know: what the text does not have, and what is assumed instead.
    /// </summary>
    public IEnumerable<string> Limits => Wrap(
    [
        "what the text does not tell:",
        "  Pages that are lent to movable memory count as free in the log, and so do pages that are pinned. Which they "
            + "are, and who holds the pages that are not free, is not in it.",
        "  The base of an area is not printed. It is taken to be a multiple of the alignment, as it is where areas "
            + "begin at a pageblock.",
        alignOrder is null
            ? $"  The alignment of a request is not printed. It is taken to be that of its size, at most "
                + $"{1 << MaxOrder} pages (CONFIG_CMA_ALIGNMENT=8); --align says it."
            : "  The alignment of a request is not printed. It is the one given with --align.",
        orderPerBit == 0
            ? "  A bit of an area is taken to be one page, as it is for all areas of buffers; --order-per-bit says it."
            : Invariant($"  A bit of an area is taken to be {1L << orderPerBit} pages, as given."),
        "  The list of runs is printed after the attempt; others may have taken or freed pages in between.",
    ]);

    private static int MaxOrder => LogDiagnosis.MaxAlignment;

    /// <summary>The lines for what was read next. What only repeats the entry before is counted instead.</summary>
    public IEnumerable<string> Next(LogEntry entry)
    {
        (string title, IEnumerable<string> text) = entry switch
        {
            LoggedArea area => (Title(area), About(new LogDiagnosis(area, alignOrder, orderPerBit))),
            LoggedZone zone => (Invariant($"zone {DiagnosticBag.Quote(zone.Zone)} of node {zone.Node}"), About(zone)),
            _ => throw new ArgumentException("neither area nor zone", nameof(entry)),
        };
        ImmutableArray<string> lines = [.. Wrap(text)];
        ImmutableArray<string> whole = [title, .. lines];
        if (whole.AsSpan().SequenceEqual(before.AsSpan()))
        {
            repeats++;
            lastLine = entry.Line;
            yield break;
        }

        foreach (string line in Finish())
        {
            yield return line;
        }

        before = whole;
        foreach (string line in Wrap([Invariant($"line {entry.Line}: {title}")]).Concat(lines))
        {
            yield return line;
        }
    }

    /// <summary>The lines that are still to be said after the last entry.</summary>
    public IEnumerable<string> Finish()
    {
        if (repeats > 0)
        {
            string times = repeats == 1 ? "once" : Invariant($"{repeats} times");
            yield return Invariant($"  the same {times} more, last in line {lastLine}");
        }

        if (!before.IsEmpty)
        {
            yield return "";
        }

        repeats = 0;
        before = [];
    }

    private static string Title(LoggedArea area)
    {
        string name = area.Name is { } given ? $"area {DiagnosticBag.Quote(given)}" : "an area";
        if (area.IsBitmap)
        {
            return $"the bitmap of {name}";
        }

        if (area.Pages == 0)
        {
            return $"free pages of {name}; the request is not told";
        }

        string ret = area.Ret == 0 ? "with an unknown result" : Invariant($"with {area.Ret}{ErrnoName(area.Ret)}");
        return $"{Count(area.Pages)} asked of {name}, refused {ret}";
    }

    private static IEnumerable<string> About(LogDiagnosis why)
    {
        LoggedArea area = why.Area;
        string step = Count(1L << why.AlignOrder);
        if (area.Pages > 0)
        {
            string place = why.AlignOrder == 0 ? "from any page" : $"from a multiple of {step}";
            yield return $"  asked for: {Bytes(area.Pages)}, {Count(area.Pages)} in one run {place}";
        }

        if (!area.HasRuns)
        {
            yield return "  The log has no list of free pages for it; some kernels print one only if they are built "
                + "with CONFIG_CMA_DEBUG.";
        }
        else
        {
            string total = area.Total < 0 ? "of an unknown number" : Invariant($"of {area.Total} pages");
            string runs = area.Runs.Length == 1 ? "in 1 run" : Invariant($"in {area.Runs.Length} runs");
            yield return Invariant($"  free: {why.Free} {total}, {runs}");
            if (area.Runs.Length > 0)
            {
                string range = why.Longest.Range == 0 ? "" : Invariant($" of range {why.Longest.Range}");
                yield return Invariant(
                    $"  longest free run: {Count(why.Longest.Pages)}, from bit {why.Longest.Bit}{range} on");
            }

            if (area.Pages > 0 && why.AlignOrder > 0)
            {
                yield return Invariant($"  most pages in a row from a multiple of {step}: {why.LongestAligned}");
            }
        }

        if (!area.IsSound)
        {
            yield return "  The text has gaps or contradicts itself here; this is what the sound part of it says.";
        }

        if (area.Pages > 0)
        {
            yield return "  verdict: " + VerdictText(why);
        }

        if (area.HasRuns)
        {
            string would = area.Pages > 0 ? "would have fitted" : "may fit";
            yield return $"  largest request that {would}: {Bytes(why.LargestFit)}, {Count(why.LargestFit)}";
            if (area.Pages > 0)
            {
                yield return Invariant($"  pages in a row that were missing: {why.Missing}");
            }
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
            LogVerdict.TooSmall => Invariant($"the area is too small: it has {Count(area.Total)} in all"),
            LogVerdict.TooFull => Invariant($"the area is too full: {why.Free} of its pages are free{found}"),
            LogVerdict.Fragmented => Invariant(
                $"fragmented: enough pages are free, but no run has more than {why.Longest.Pages}{found}"),
            LogVerdict.Misaligned => Invariant(
                $"a run is long enough, but none from a multiple of {1L << why.AlignOrder} pages{found}"),
            LogVerdict.Immovable =>
                "a run was long enough, so pages in it could not be moved: pinned or not migratable",
            LogVerdict.NoRoomToMigrate =>
                "a run was long enough, so the pages lent from it had nowhere to go: memory elsewhere was short (or "
                + "the run was freed only after the attempt)",
            _ when area.HasRuns && why.Missing > 0 =>
                "not known: among the runs that are missing here, one may have been long enough",
            _ when area.Ret == -16 => "-16 alone: a run was found and could not be emptied, or, from Linux 6.15 on, "
                + "there was none",
            _ when area.Ret == -12 => "-12 alone: no run was long enough, or there was no memory to move its pages to",
            _ => "not known: the text does not tell enough",
        };
    }

    private static IEnumerable<string> About(LoggedZone zone)
    {
        long free = 0;
        int largest = -1;
        for (int order = 0; order < zone.Blocks.Length; order++)
        {
            free += zone.Blocks[order] << order;
            largest = zone.Blocks[order] > 0 ? order : largest;
        }

        yield return $"  free: {Bytes(free)}, {Count(free)}";
        yield return largest < 0
            ? "  no free block"
            : $"  largest free block: {Bytes(1L << largest)}, {Count(1L << largest)}";
        yield return "  Pages that a request moves out of an area go to free pages outside all areas. These numbers "
            + "count those inside, too.";
    }

    private static IEnumerable<string> Wrap(IEnumerable<string> sentences) => sentences.SelectMany(sentence =>
    {
        string text = sentence.TrimStart();
        string indent = sentence[..^text.Length];
        return WordWrap.Lines(text, Width - indent.Length).Select(line => indent + line);
    });

    private static string ErrnoName(long ret) => ret switch
    {
        -4 => " (EINTR)",
        -12 => " (ENOMEM)",
        -16 => " (EBUSY)",
        -22 => " (EINVAL)",
        _ => "",
    };

    private static string Bytes(long pages) => ByteText.Of(pages << 12);

    private static string Count(long pages) => Invariant($"{pages} page{(pages == 1 ? "" : "s")}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
