using DmaBufSim.Abi;
using DmaBufSim.Engine;
using DmaBufSim.FieldLogs;
using DmaBufSim.Memory;
using DmaBufSim.Tests.Memory;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.FieldLogs;

/// <summary>Areas that are rebuilt from what ftrace prints.</summary>
[TestFixture]
public sealed class TraceHistoryTests
{
    private const int FirstPfn = 2048;

    // The area itself is the model: what it did is read back from the text of its trace.
    [Test]
    public void WhatOurAreasTraceIsReadBack() => Steps.Check(300, 60, steps =>
    {
        int step = steps[0];
        string kernel = new[] { "6.1", "6.12", "7.3" }[Steps.Below(ref step, 3)];
        KernelProfile profile = KernelProfile.Find(kernel)!;
        Trace trace = new() { Ftrace = new Ftrace(new SimClock()) };
        CmaArea area = Play(steps, profile, trace);
        string[] lines = [.. FtraceText.Lines(trace.Ftrace, profile)];
        TracedStory? story = History(lines, out LogMistakes mistakes).Stories.SingleOrDefault();
        Assert.That(mistakes.Lines, Is.Empty);
        if (story is null)
        {
            return;
        }

        Assert.That(story.Area.UsedPages, Is.EqualTo(area.UsedPages));
        Assert.That(story.Retries, Is.EqualTo(area.BusyWindows));
        Assert.That(story.Granted, Is.EqualTo(area.AllocationsSucceeded));
        Assert.That(story.Refusals + (kernel == "6.1" ? story.Unanswered : 0), Is.EqualTo(area.AllocationsFailed));
        Assert.That(story.Area.OlderUsed, Is.EqualTo(kernel == "7.3" ? 0 : -1));
        foreach (TracedRun run in story.Area.Runs)
        {
            AssertState(area, run);
        }
    });

    // A trace that began later knows less, but nothing wrong.
    [Test]
    public void ATraceThatBeganLaterIsRightInWhatItTells() => Steps.Check(300, 60, steps =>
    {
        Trace trace = new() { Ftrace = new Ftrace(new SimClock()) };
        KernelProfile profile = KernelProfile.Find("7.3")!;
        CmaArea area = Play(steps, profile, trace);
        string[] all = [.. FtraceText.Lines(trace.Ftrace, profile).Where(line => !line.StartsWith('#'))];
        int cut = steps.Length == 0 ? 0 : steps[^1] % (all.Length + 1);
        TraceHistory history = History(all[cut..], out LogMistakes mistakes);
        Assert.That(mistakes.Lines, Is.Empty);
        foreach (TracedStory story in history.Stories)
        {
            foreach (TracedRun run in story.Area.Runs)
            {
                AssertState(area, run);
            }

            if (story.Area.OlderUsed >= 0)
            {
                Assert.That(story.Area.UsedPages + story.Area.OlderUsed, Is.EqualTo(area.UsedPages));
            }
        }
    });

    [Test]
    public void TheNewestFieldsOldFieldsAndNoErrno()
    {
        TraceHistory history = History(
            [
                "   cam-7  [001] .....  1.000001: cma_alloc_start: name=a b request_count=2 available_count=9 total_count=16 align=1",
                "   cam-7  [001] .....  1.000005: cma_alloc_finish: name=a b pfn=0x400 page=00000000ab4aad7e count=2 align=1 errorno=0",
                "   cam-7  [001] d..1  1.100000: cma_alloc_start: name=old count=4 align=2",
                "   cam-7  [001] d..1  1.200000: cma_alloc_finish: name=old pfn=ffffffffffffffff page=          (null) count=4 align=2",
                "   <...>-9 (   12) [001] .... 1.300000123: cma_alloc: pfn=4a1ff page=ffffea000 count=4 align=2",
                "   cam-7  [001] .....  1.4: cma:cma_release:   name=a b pfn=0x400 page=00000000ab4aad7e count=2",
            ],
            out LogMistakes mistakes);
        Assert.That(mistakes.Lines, Is.Empty);
        Assert.That(history.Stories.Select(story => story.Area.Name), Is.EqualTo(new[] { "a b", "old", "" }));
        Assert.That((history.Stories[0].Slowest[0].Duration, history.Stories[0].Area.OlderUsed), Is.EqualTo((4000L, 7L)));
        Assert.That((history.Stories[1].Refusals, history.Stories[1].Refused[0].Duration), Is.EqualTo((1L, 100_000_000L)));
        Assert.That((history.Stories[2].Unstarted, history.Stories[2].Area.UsedPages), Is.EqualTo((1L, 4L)));
    }

    [Test]
    public void AnAreaThatWasUsedBeforeTheTrace()
    {
        TracedStory story = History(
            [
                "t-1 [000] ..... 1.000000: cma_release: name=a pfn=0x402 page=0 count=6",
                "t-1 [000] ..... 1.000000: cma_alloc_start: name=a request_count=2 available_count=8 total_count=16 align=1",
                "t-1 [000] ..... 1.000000: cma_alloc_busy_retry: name=a pfn=0x400 page=0 count=2 align=1",
                "t-1 [000] ..... 1.000000: cma_alloc_finish: name=a pfn=0x404 page=00000000ab4aad7e count=2 align=1 errorno=0",
            ],
            out _).Stories.Single();
        Assert.That((story.Area.OlderReleased, story.Area.OlderUsed, story.Area.UsedPages), Is.EqualTo((6L, 8L, 2L)));
        Assert.That(
            story.Area.Runs.Select(run => (run.First, run.Pages, run.IsUsed)),
            Is.EqualTo(new[] { (0x400L, 4L, false), (0x404L, 2L, true), (0x406L, 2L, false) }));
        Assert.That(story.Area.ToArea(isCertain: true).Runs, Is.EqualTo(new LoggedRun[] { new(0, 0, 4), new(0, 6, 2) }));
        Assert.That(story.Area.ToArea(isCertain: false).Runs, Is.EqualTo(new LoggedRun[] { new(0, 0, 4), new(0, 6, 10) }));
    }

    [TestCase("cma_alloc_finish: name=a pfn=0x400", "the line breaks off before count=")]
    [TestCase("cma_alloc_finish: name=a pfn=0x40g page=1 count=4 align=2", "pfn= has no page frame that can be")]
    [TestCase("cma_alloc_finish: name=a pfn=0xfffffffffffff page=1 count=4", "pfn= has no page frame that can be")]
    [TestCase("cma_alloc_finish: name=a pfn=0x400 page=1 count=0", "count= is 0")]
    [TestCase("cma_alloc_finish: name=a pfn=0x400 page=1 count=99999999999999999999", "count= has no number that can be")]
    [TestCase("cma_alloc_finish: name=a pfn=0x400 page=1 count=4 errorno=12", "errorno= is 0, or an errno")]
    [TestCase("cma_alloc_start: name=a request_count=4 available_count=9 total_count=8 align=0", "more pages are available")]
    [TestCase("cma_alloc_start: name=a count=4 align=64", "no alignment is that high")]
    [TestCase("cma_release: name=a pfn=0xffffffffffffffff page=1 count=4", "there is no such page frame")]
    [TestCase("cma_alloc_start: name=a count=409", "the line breaks off before align=")]
    [TestCase("cma_alloc_finish: name=a pfn=0x400 page=1 count=409", "the line breaks off before align=")]
    [TestCase("cma_release: name=a pfn=0x400 page=1 count=999999999999", "count= is more pages than a machine can have")]
    [TestCase("cma_release: name=", "the line breaks off before pfn=")]
    public void EventsThatCannotBeAreTold(string what, string message)
    {
        TraceHistory history = History(["", $"   t-1  [000] .....  1.000000: {what}"], out LogMistakes mistakes);
        Assert.That(history.Stories, Is.Empty);
        Assert.That(mistakes.Lines.Single(), Does.StartWith("trace:2: cma_").And.Contain(message));
    }

    [TestCase("cma_release: name=a pfn=0x400 page=1 count=4|cma_release: name=a pfn=0x402 page=1 count=4", "2 pages go back a second time")]
    [TestCase("cma_alloc_finish: name=a pfn=0x400 page=1 count=4 align=2|cma_alloc_finish: name=a pfn=0x402 page=1 count=4 align=2", "handed out a second time")]
    [TestCase("cma_alloc_finish: name=a pfn=0x400 page=1 count=4 align=2|cma_alloc_start: name=a request_count=1 available_count=9 total_count=9 align=0", "events are missing")]
    public void EventsThatContradictEachOtherAreTold(string events, string message)
    {
        History(events.Split('|').Select(what => $"t-1 [000] ..... 1.000000: {what}"), out LogMistakes mistakes);
        Assert.That(mistakes.Lines.Single(), Does.StartWith("trace:2: ").And.Contain(message));
    }

    [TestCase("CPU:0 [LOST 12 EVENTS]", "the trace has lost 12 events here")]
    [TestCase("# entries-in-buffer/entries-written: 8/20   #P:1", "the oldest 12 events were overwritten")]
    public void GapsAreTold(string line, string message)
    {
        History([line], out LogMistakes mistakes);
        Assert.That(mistakes.Lines.Single(), Does.Contain(message));
    }

    [Test]
    public void TheSlowestAndTheBusiestAreKept()
    {
        List<string> lines = [];
        for (int i = 0; i < 30; i++)
        {
            lines.Add($"t-{i} [000] ..... {i}.000000: cma_alloc_start: name=a count=1 align=0");
            lines.AddRange(Enumerable.Range(0, i).Select(
                busy => $"t-{i} [000] ..... {i}.000001: cma_alloc_busy_retry: name=a pfn=0x{busy:x} page=1 count=1 align=0"));
            lines.Add($"t-{i} [000] ..... {i}.{(i * 7) % 30:D6}: cma_alloc_finish: name=a pfn=0x0 page=0 count=1 align=0 errorno=-16");
        }

        TracedStory story = History(lines, out _).Stories.Single();
        Assert.That(story.Busiest.Select(request => request.Retries), Is.EqualTo(Enumerable.Range(20, 10).Reverse()));
        Assert.That(story.Slowest.Select(request => request.Duration / 1000), Is.EqualTo(Enumerable.Range(20, 10).Reverse()));
        Assert.That(story.Busiest[0].Windows, Has.Count.EqualTo(TracedRequest.MostWindows));
        Assert.That((story.Refusals, story.Refused.Count, story.Retries), Is.EqualTo((30L, 10, 435L)));
    }

    private static CmaArea Play(int[] steps, KernelProfile kernel, Trace trace)
    {
        PhysicalMemory memory = new(32 << 20, 0, trace);
        CmaArea area = new("cma0", memory, new FrameRun(FirstPfn, 1024), kernel, trace);
        MovableMemory tenant = new("w", area);
        List<(int Frame, int Pages)> held = [];
        List<PagePin> pins = [];
        foreach (int number in steps)
        {
            int step = number;
            int pages = 1 + Steps.Below(ref step, 300);
            switch (Steps.Below(ref step, 4))
            {
                case 0 when held.Count > 0:
                    int index = Steps.Below(ref step, held.Count);
                    area.Release(held[index].Frame, held[index].Pages);
                    held.RemoveAt(index);
                    break;
                case 1:
                    int first = Steps.Below(ref step, 1024 - pages);
                    if (tenant.Hold([new FrameRun(FirstPfn + first, pages)]).IsOk
                        && tenant.Pin(first + Steps.Below(ref step, pages)) is { IsOk: true } pin)
                    {
                        pins.Add(pin.Value);
                    }

                    break;
                case 2 when pins.Count > 0:
                    pins[0].Release();
                    pins.RemoveAt(0);
                    break;
                default:
                    int asked = pages == 300 ? 2000 : pages;
                    if (area.Allocate(asked, area.AlignmentFor(asked)) is { IsOk: true } got)
                    {
                        held.Add((got.Value, asked));
                    }

                    break;
            }
        }

        return area;
    }

    private static void AssertState(CmaArea area, TracedRun run)
    {
        for (long pfn = run.First; pfn < run.End; pfn++)
        {
            Assert.That(area.IsAllocated((int)pfn), Is.EqualTo(run.IsUsed), $"page frame {pfn}");
        }
    }

    private static TraceHistory History(IEnumerable<string> lines, out LogMistakes mistakes)
    {
        mistakes = new LogMistakes("trace");
        TraceHistory history = new(mistakes);
        foreach (LogEntry entry in new KernelLogReader(new StringReader(string.Join('\n', lines)), mistakes).Read())
        {
            history.Add((LoggedEvent)entry);
        }

        history.Finish();
        return history;
    }
}
