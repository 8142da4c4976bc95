namespace DmaBufSim.FieldLogs;

/// <summary>What a trace tells of one area: its requests, and its pages at the end.</summary>
/// <param name="name">The name of the area; empty where the trace prints none.</param>
/// <param name="mistakes">Takes what contradicts itself.</param>
public sealed class TracedStory(string name, LogMistakes mistakes)
{
    /// <summary>How many requests of a kind are kept one by one.</summary>
    public const int MostKept = 10;

    private readonly List<TracedRequest> slowest = [];
    private readonly List<TracedRequest> busiest = [];
    private readonly List<TracedRequest> refused = [];

    /// <summary>The pages.</summary>
    public TracedArea Area { get; } = new(name, mistakes);

    /// <summary>The first and the last line with an event of the area.</summary>
    public (long First, long Last) Lines { get; private set; }

    /// <summary>How many requests were granted.</summary>
    public long Granted { get; private set; }

    /// <summary>How many were refused.</summary>
    public long Refusals { get; private set; }

    /// <summary>How many have a start and no answer.</summary>
    public long Unanswered { get; private set; }

    /// <summary>How many have an answer and no start: they began before the trace.</summary>
    public long Unstarted { get; private set; }

    /// <summary>How many times pages went back.</summary>
    public long Releases { get; private set; }

    /// <summary>How many windows were busy.</summary>
    public long Retries { get; private set; }

    /// <summary>How many pages were moved out of windows.</summary>
    public long Moved { get; private set; }

    /// <summary>The requests that took longest, longest first.</summary>
    public IReadOnlyList<TracedRequest> Slowest => slowest;

    /// <summary>The requests that found most windows busy, most first.</summary>
    public IReadOnlyList<TracedRequest> Busiest => busiest;

    /// <summary>The first that were refused.</summary>
    public IReadOnlyList<TracedRequest> Refused => refused;

    /// <summary>Takes a request that has its answer.</summary>
    internal void Finish(TracedRequest request, LoggedEvent answer, bool isStarted)
    {
        request.Duration = request.Time >= 0 && answer.Time >= request.Time ? answer.Time - request.Time : -1;
        request.Errno = answer.Errno;
        request.Pfn = answer.IsRefused ? -1 : answer.Pfn;
        Unstarted += isStarted ? 0 : 1;
        Granted += answer.IsRefused ? 0 : 1;
        Refusals += answer.IsRefused ? 1 : 0;
        Moved += request.Moved;
        if (!answer.IsRefused)
        {
            Area.Take(answer);
        }
        else if (refused.Count < MostKept)
        {
            refused.Add(request);
        }

        Keep(slowest, request, request.Duration, static kept => kept.Duration);
        Keep(busiest, request, request.Retries, static kept => kept.Retries);
    }

    /// <summary>A request has no answer.</summary>
    internal void Lose() => Unanswered++;

    /// <summary>A window was busy.</summary>
    internal void Retry(LoggedEvent window)
    {
        Retries++;
        Area.Try(window);
    }

    /// <summary>Pages go back.</summary>
    internal void Release(LoggedEvent what)
    {
        Releases++;
        Area.Release(what);
    }

    /// <summary>The area has an event in a line.</summary>
    internal void See(long line) => Lines = (Lines.First == 0 ? line : Lines.First, line);

    private static void Keep(
        List<TracedRequest> kept, TracedRequest request, long weight, Func<TracedRequest, long> weightOf)
    {
        if (weight <= 0 || (kept.Count == MostKept && weightOf(kept[^1]) >= weight))
        {
            return;
        }

        int place = kept.FindIndex(other => weightOf(other) < weight);
        kept.Insert(place < 0 ? kept.Count : place, request);
        if (kept.Count > MostKept)
        {
            kept.RemoveAt(MostKept);
        }
    }
}
