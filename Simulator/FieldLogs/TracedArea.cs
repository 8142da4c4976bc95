using System.Collections.Immutable;

namespace DmaBufSim.FieldLogs;

/// <summary>Pages of which a trace tells whether they are handed out.</summary>
/// <param name="First">The first page frame.</param>
/// <param name="Pages">How many.</param>
/// <param name="IsUsed">Whether they are handed out; otherwise the area has them.</param>
/// <param name="Line">The line that says so.</param>
/// <param name="Task">Who was running then.</param>
public sealed record TracedRun(long First, long Pages, bool IsUsed, long Line, string Task)
{
    /// <summary>The first page frame behind it.</summary>
    public long End => First + Pages;
}

/// <summary>An area as far as a trace of it tells.</summary>
/// <remarks>
/// <para>Pages that no event speaks of are unknown: they may have been handed out before the trace began.</para>
/// <para><b>Cost:</b> one tree node for each run of pages that is known, at most <see cref="MostRuns"/>.</para>
/// </remarks>
public sealed class TracedArea(string name, LogMistakes mistakes)
{
    /// <summary>How many runs are kept.</summary>
    public const int MostRuns = 1 << 20;

    // Areas begin at a page block.
    private const long Pageblock = 512;

    private readonly SortedSet<TracedRun> runs = new(Comparer<TracedRun>.Create((a, b) => a.First.CompareTo(b.First)));
    private bool isFull;

    /// <summary>Its name; empty where the trace prints none.</summary>
    public string Name { get; } = name;

    /// <summary>What is known of its pages, lowest first.</summary>
    public IReadOnlyCollection<TracedRun> Runs => runs;

    /// <summary>Pages that are known to be handed out.</summary>
    public long UsedPages { get; private set; }

    /// <summary>Pages given back that were handed out before the trace began.</summary>
    public long OlderReleased { get; private set; }

    /// <summary>How many pages the area has; -1 where that is not told.</summary>
    public long Total { get; private set; } = -1;

    /// <summary>
    /// Pages that are handed out since before the trace began; -1 where that is not told.
    /// </summary>
    public long OlderUsed { get; private set; } = -1;

    /// <summary>Where it begins, as it seems: the page block of the lowest page frame that was seen.</summary>
    public long Base => runs.Min is { } lowest ? lowest.First / Pageblock * Pageblock : 0;

    /// <summary>Where it ends, as far as that is known.</summary>
    public long End => Total >= 0 ? Base + Total : runs.Max?.End ?? 0;

    /// <summary>What the start of a request tells.</summary>
    public void Count(LoggedEvent start)
    {
        if (start.Total < 0)
        {
            return;
        }

        Total = start.Total;
        OlderUsed = Total - start.Available - UsedPages;
        if (OlderUsed < 0)
        {
            mistakes.Add(
                start.Line,
                $"{start.Available} of {Total} pages are available, but {UsedPages} handed out; events are missing");
            OlderUsed = -1;
        }
    }

    /// <summary>Pages are handed out.</summary>
    public void Take(LoggedEvent what)
    {
        if (Replace(what, isUsed: true) > 0)
        {
            mistakes.Add(what.Line, $"pages are handed out a second time; a release is missing before this");
        }
    }

    /// <summary>Pages go back.</summary>
    public void Release(LoggedEvent what)
    {
        long before = UsedPages;
        long again = Replace(what, isUsed: false);
        long older = what.Pages - again - (before - UsedPages);
        OlderReleased += older;
        OlderUsed -= OlderUsed >= 0 ? Math.Min(older, OlderUsed) : 0;
        if (again > 0)
        {
            string go = again == 1 ? "goes" : "go";
            mistakes.Add(
                what.Line,
                $"{LogText.Pages(again)} {go} back a second time; an allocation is missing before this");
        }
    }

    /// <summary>A window was tried: whatever is not known of it, nobody has it.</summary>
    public void Try(LoggedEvent what)
    {
        long at = what.Pfn;
        long end = what.Pfn + what.Pages;
        foreach (TracedRun known in Overlapping(at, end))
        {
            AddFree(what, at, known.First);
            at = Math.Max(at, known.End);
        }

        AddFree(what, at, end);
    }

    /// <summary>The area with its free runs, as a log would print them.</summary>
    /// <param name="isCertain">Only pages that are known to be free; otherwise also those that are not known.</param>
    public LoggedArea ToArea(bool isCertain)
    {
        ImmutableArray<LoggedRun>.Builder free = ImmutableArray.CreateBuilder<LoggedRun>();
        long start = Base;
        foreach (TracedRun run in runs)
        {
            if (isCertain ? !run.IsUsed : run.IsUsed)
            {
                AddRun(free, isCertain ? run.First : start, isCertain ? run.End : run.First);
                start = run.End;
            }
        }

        if (!isCertain)
        {
            AddRun(free, start, End);
        }

        return new LoggedArea(0)
        {
            Name = Name,
            HasRuns = true,
            Runs = free.DrainToImmutable(),
            Total = Math.Max(End, runs.Max?.End ?? 0) - Base,
            IsSound = true,
        };
    }

    private void AddRun(ImmutableArray<LoggedRun>.Builder free, long first, long end)
    {
        if (end <= first)
        {
            return;
        }

        if (free.Count > 0 && free[^1] is var before && before.Bit + before.Pages == first - Base)
        {
            free[^1] = before with { Pages = before.Pages + end - first };
            return;
        }

        free.Add(new LoggedRun(0, first - Base, end - first));
    }

    private void AddFree(LoggedEvent what, long first, long end)
    {
        if (end > first)
        {
            Replace(what with { Pfn = first, Pages = end - first }, isUsed: false);
        }
    }

    // Returns how many of the pages were in that state already.
    private long Replace(LoggedEvent what, bool isUsed)
    {
        long first = what.Pfn;
        long end = first + what.Pages;
        long same = 0;
        foreach (TracedRun known in Overlapping(first, end))
        {
            long overlap = Math.Min(end, known.End) - Math.Max(first, known.First);
            same += known.IsUsed == isUsed ? overlap : 0;
            UsedPages -= known.IsUsed ? overlap : 0;
            runs.Remove(known);
            AddPart(known with { Pages = first - known.First });
            AddPart(known with { First = end, Pages = known.End - end });
        }

        UsedPages += isUsed ? what.Pages : 0;
        AddPart(new TracedRun(first, what.Pages, isUsed, what.Line, what.Task));
        return same;
    }

    private void AddPart(TracedRun run)
    {
        if (run.Pages <= 0)
        {
            return;
        }

        if (runs.Count >= MostRuns)
        {
            if (!isFull)
            {
                mistakes.Add(run.Line, $"an area in more than {MostRuns} runs of pages; further ones are not kept");
            }

            isFull = true;
            return;
        }

        runs.Add(run.IsUsed ? run : Joined(run));
    }

    private TracedRun Joined(TracedRun run)
    {
        foreach (TracedRun next in Overlapping(run.First - 1, run.End + 1))
        {
            if (!next.IsUsed)
            {
                runs.Remove(next);
                long first = Math.Min(next.First, run.First);
                run = run with { First = first, Pages = Math.Max(next.End, run.End) - first };
            }
        }

        return run;
    }

    private List<TracedRun> Overlapping(long first, long end)
    {
        List<TracedRun> found = [];
        if (runs.Count == 0)
        {
            return found;
        }

        TracedRun Probe(long at) => new(at, 0, false, 0, "");
        if (runs.GetViewBetween(Probe(0), Probe(Math.Max(0, first))).Max is { } before && before.End > first)
        {
            found.Add(before);
        }

        if (end - 1 > first)
        {
            found.AddRange(runs.GetViewBetween(Probe(first + 1), Probe(end - 1)));
        }

        return found;
    }
}
