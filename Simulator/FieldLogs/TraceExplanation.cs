using DmaBufSim.Abi;
using static System.FormattableString;
using static DmaBufSim.FieldLogs.LogText;

namespace DmaBufSim.FieldLogs;

/// <summary>What a trace tells of areas, in lines for a person.</summary>
internal static class TraceExplanation
{
    private const int MostRuns = 10;

    /// <summary>The lines about one area.</summary>
    /// <param name="story">The area.</param>
    /// <param name="request">Pages that somebody wants to ask it for, or null.</param>
    /// <param name="alignOrder">Their alignment; null for the one that belongs to the size.</param>
    public static IEnumerable<string> About(TracedStory story, long? request, int? alignOrder)
    {
        TracedArea area = story.Area;
        string name = area.Name.Length == 0 ? "an area without a name" : $"area {QuotedText.Of(area.Name)}";
        yield return $"{Lines(story.Lines.First, story.Lines.Last)}: a trace of {name}";
        string lost = story.Unanswered == 0 ? "" : Invariant($", {story.Unanswered} without an answer");
        yield return Invariant($"  requests: {story.Granted} granted, {story.Refusals} refused{lost}; ")
            + Invariant($"releases: {story.Releases}");
        yield return Invariant($"  busy windows: {story.Retries}; pages moved: {story.Moved}");
        IEnumerable<string> sections = Notes(story).Concat(Geometry(area)).Concat(PagesAtTheEnd(area))
            .Concat(Requests("requests with the most busy windows:", story.Busiest))
            .Concat(Requests("slowest requests:", story.Slowest.Where(slow => !story.Busiest.Contains(slow))))
            .Concat(Refusals(story));
        foreach (string line in sections)
        {
            yield return line;
        }

        if (request is { } pages)
        {
            foreach (string line in Answer(area, pages, alignOrder))
            {
                yield return line;
            }
        }
    }

    private static IEnumerable<string> Notes(TracedStory story)
    {
        if (story.Unanswered > 0)
        {
            yield return "  A request without an answer was still at work at the end, or asked for more pages than the "
                + "area has (kernels before 6.15 print no answer then), or its event is lost.";
        }

        if (story.Unstarted > 0)
        {
            yield return Invariant($"  {Count(story.Unstarted, "answer")} to requests that began before the trace, or ")
                + "whose start was not traced.";
        }
    }

    private static IEnumerable<string> Geometry(TracedArea area)
    {
        if (area.Runs.Count == 0)
        {
            yield return "  No event tells of a page, so where the area lies is not known.";
            yield break;
        }

        if (area.Total >= 0)
        {
            yield return Invariant($"  the area has {Pages(area.Total)}; it seems to begin at page frame ")
                + Invariant($"0x{area.Base:x}");
        }
        else
        {
            yield return Invariant($"  the area is seen from page frame 0x{area.Base:x} to 0x{area.End:x}; where it ")
                + "ends is not told";
        }
    }

    private static IEnumerable<string> PagesAtTheEnd(TracedArea area)
    {
        TracedRun[] used = [.. area.Runs.Where(run => run.IsUsed)];
        yield return Invariant($"  handed out at the end: {Pages(area.UsedPages)} in {Count(used.Length, "run")}");
        foreach (TracedRun run in used.Take(MostRuns))
        {
            string who = run.Task.Length == 0 ? "" : $" by {run.Task}";
            yield return Invariant($"    0x{run.First:x}+{run.Pages} since line {run.Line}{who}");
        }

        if (used.Length > MostRuns)
        {
            yield return Invariant($"    and {Count(used.Length - MostRuns, "more run")}");
        }

        TracedRun[] free = [.. area.Runs.Where(run => !run.IsUsed)];
        long longest = free.Max(run => (long?)run.Pages) ?? 0;
        yield return Invariant($"  known not to be handed out: {Pages(free.Sum(run => run.Pages))} in ")
            + Invariant($"{Count(free.Length, "run")}, the longest {longest}");
        if (area.OlderUsed == 0)
        {
            yield return "  All other pages were available when the last request began.";
        }
        else if (area.OlderUsed > 0)
        {
            yield return $"  {PagesAre(area.OlderUsed)} handed out since before the trace; which ones is not told.";
        }
        else
        {
            yield return "  Of all other pages nothing is known: they may be handed out since before the trace.";
        }

        if (area.OlderReleased > 0)
        {
            yield return $"  {Pages(area.OlderReleased)} went back that {(area.OlderReleased == 1 ? "was" : "were")} "
                + "handed out before the trace began.";
        }
    }

    private static IEnumerable<string> Requests(string title, IEnumerable<TracedRequest> requests)
    {
        string heading = $"  {title}";
        foreach (TracedRequest request in requests)
        {
            if (heading.Length > 0)
            {
                yield return heading;
            }

            heading = "";
            string time = request.Duration <= 0 ? "" : Time(request.Duration) + ": ";
            string end = request.Pfn < 0 ? ", refused" + Errno(request.Errno) : Invariant($", then 0x{request.Pfn:x}");
            yield return $"    {time}{Asked(request)}, {Count(request.Retries, "busy window")}, "
                + $"{Pages(request.Moved)} moved{end}";
            if (request.Retries > 0)
            {
                yield return "      busy: " + Windows(request);
            }
        }
    }

    private static IEnumerable<string> Refusals(TracedStory story)
    {
        if (story.Refusals > 0)
        {
            yield return "  refused requests:";
        }

        foreach (TracedRequest request in story.Refused)
        {
            yield return $"    {Asked(request)}{Errno(request.Errno)}: {Why(request)}";
        }

        if (story.Refusals > story.Refused.Count)
        {
            yield return Invariant($"    and {story.Refusals - story.Refused.Count} more");
        }
    }

    private static string Why(TracedRequest request)
    {
        if (request.Errno == -4)
        {
            return "a signal ended the attempt";
        }

        if (request.Available >= 0 && request.Pages > request.Available)
        {
            return $"only {Pages(request.Available)} {(request.Available == 1 ? "was" : "were")} available";
        }

        if (request.Errno == -12 && request.Moved + request.Retries > 0)
        {
            return "a window was found, and memory elsewhere had no room for its pages";
        }

        if (request.Retries > 0)
        {
            return request.Retries == 1
                ? "the window that it found had pages that could not be moved"
                : Invariant($"all {request.Retries} windows that it found had pages that could not be moved");
        }

        return request.AlignOrder < 0
            ? "no run of pages was long enough"
            : $"no run of pages was long enough {Place(request.AlignOrder)}";
    }

    private static IEnumerable<string> Answer(TracedArea area, long pages, int? alignOrder)
    {
        if (area.Runs.Count == 0)
        {
            yield break;
        }

        RequestAnswer certain = new(area.ToArea(isCertain: true), pages, alignOrder, 0, area.Base, area.Total >= 0);
        RequestAnswer possible = new(area.ToArea(isCertain: false), pages, alignOrder, 0, area.Base, area.Total >= 0);
        string asked = $"{Size(pages)} in one run {Place(certain.AlignOrder)}";
        bool isWhole = area.OlderUsed == 0;
        if (!isWhole)
        {
            yield return $"  a request of {asked}, if all pages that the trace does not tell of are handed out:";
            foreach (string line in certain.Lines())
            {
                yield return line;
            }
        }

        yield return isWhole ? $"  a request of {asked}:" : "  and if they are all free:";
        foreach (string line in possible.Lines())
        {
            yield return line;
        }

        if (area.Total < 0)
        {
            yield return "    The trace does not tell where the area ends: behind the pages seen there may be room.";
        }
    }

    private static string Asked(TracedRequest request)
    {
        string task = request.Task.Length == 0 ? "" : $" for {request.Task}";
        string align = request.AlignOrder < 0 ? "" : Invariant($", align {request.AlignOrder}");
        return Invariant($"line {request.Line}: {Pages(request.Pages)}{align}{task}");
    }

    private static string Windows(TracedRequest request)
    {
        string[] windows =
        [
            .. request.Windows.Select(window => window.Blocker < 0
                ? Invariant($"0x{window.Pfn:x}")
                : Invariant($"0x{window.Pfn:x} (0x{window.Blocker:x} in the way)")),
        ];
        return string.Join(", ", windows)
            + (request.Retries > windows.Length ? Invariant($", ... 0x{request.LastWindow:x}") : "");
    }

    private static string Errno(long? errno) =>
        errno is { } number ? Invariant($" with {number}{ErrnoName(number)}") : "";

    private static string Time(long nanoseconds) => nanoseconds switch
    {
        >= 1_000_000_000 => Invariant($"{nanoseconds / 1e9:F3} s"),
        >= 1_000_000 => Invariant($"{nanoseconds / 1e6:F3} ms"),
        _ => Invariant($"{nanoseconds / 1e3:F0} us"),
    };
}
