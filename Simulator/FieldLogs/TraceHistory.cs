using DmaBufSim.Abi;

namespace DmaBufSim.FieldLogs;

/// <summary>Puts the trace events of areas together: requests with their windows and answers, and the pages.</summary>
/// <remarks>
/// <b>Cost:</b> for each event the logarithm of the runs that are known; kept are those, the requests that have no
/// answer yet, and a few requests to show.
/// </remarks>
/// <param name="mistakes">Takes what contradicts itself.</param>
public sealed class TraceHistory(LogMistakes mistakes)
{
    // No trace has as many tasks at once; one that seems to has lost its answers.
    private const int MostOpen = 1 << 14;
    private const int MostAreas = 64;

    private readonly List<TracedStory> stories = [];
    private readonly Dictionary<string, (TracedStory Story, TracedRequest Request)> open = new(StringComparer.Ordinal);

    /// <summary>The areas, in the order in which the trace speaks of them.</summary>
    public IReadOnlyList<TracedStory> Stories => stories;

    /// <summary>Takes the next event.</summary>
    public void Add(LoggedEvent what)
    {
        if (what.Kind is LoggedEventKind.Moved or LoggedEventKind.Tested)
        {
            AddToWindow(what);
        }
        else if (StoryOf(what) is { } story)
        {
            story.See(what.Line);
            Add(story, what);
        }
    }

    /// <summary>The trace is at its end: what has no answer now gets none.</summary>
    public void Finish()
    {
        foreach (TracedStory story in stories)
        {
            for (int left = open.Values.Count(request => request.Story == story); left > 0; left--)
            {
                story.Lose();
            }
        }

        open.Clear();
    }

    private void Add(TracedStory story, LoggedEvent what)
    {
        switch (what.Kind)
        {
            case LoggedEventKind.Start:
                story.Area.Count(what);
                Open(story, what);
                break;
            case LoggedEventKind.Retry:
                story.Retry(what);
                AddWindow(RequestOf(story, what) ?? Open(story, what with { Time = -1 }), what);
                break;
            case LoggedEventKind.Finish:
                TracedRequest? asked = RequestOf(story, what);
                open.Remove(what.Task);
                story.Finish(asked ?? RequestIn(what with { Time = -1 }), what, isStarted: asked is not null);
                break;
            default:
                story.Release(what);
                break;
        }
    }

    private void AddToWindow(LoggedEvent what)
    {
        if (!open.TryGetValue(what.Task, out (TracedStory Story, TracedRequest Request) asking))
        {
            return;
        }

        asking.Request.Moved += what.Kind == LoggedEventKind.Moved ? what.Pages : 0;
        if (what.Kind == LoggedEventKind.Tested)
        {
            asking.Request.Blocker = what.Blocker;
        }
    }

    private static void AddWindow(TracedRequest request, LoggedEvent window)
    {
        request.Retries++;
        request.LastWindow = window.Pfn;
        if (request.Windows.Count < TracedRequest.MostWindows)
        {
            request.Windows.Add((window.Pfn, request.Blocker));
        }

        request.Blocker = -1;
    }

    private TracedRequest Open(TracedStory story, LoggedEvent what)
    {
        if (open.TryGetValue(what.Task, out (TracedStory Story, TracedRequest Request) before))
        {
            before.Story.Lose();
        }
        else if (open.Count == MostOpen)
        {
            Finish();
        }

        TracedRequest request = RequestIn(what);
        open[what.Task] = (story, request);
        return request;
    }

    private TracedRequest? RequestOf(TracedStory story, LoggedEvent what) =>
        open.TryGetValue(what.Task, out (TracedStory Story, TracedRequest Request) asking)
            && asking.Story == story && asking.Request.Pages == what.Pages
            ? asking.Request
            : null;

    private static TracedRequest RequestIn(LoggedEvent what) =>
        new(what.Line, what.Task, what.Pages, what.AlignOrder, what.Time) { Available = what.Available };

    private TracedStory? StoryOf(LoggedEvent what)
    {
        TracedStory? story = stories.Find(known => known.Area.Name == what.Area);
        if (story is not null)
        {
            return story;
        }

        if (stories.Count == MostAreas)
        {
            string name = QuotedText.Of(what.Area);
            mistakes.Add(what.Line, $"a trace of more than {MostAreas} areas; {name} is passed over");
            return null;
        }

        story = new TracedStory(what.Area, mistakes);
        stories.Add(story);
        return story;
    }
}
