using System.Collections.Immutable;
using DmaBufSim.Abi;
using DmaBufSim.Engine;
using DmaBufSim.Machines;
using DmaBufSim.Memory;
using DmaBufSim.Workloads;
using static System.FormattableString;

namespace DmaBufSim.Scenarios.Verbs;

/// <summary>Lets the tenants of the machine live for a while.</summary>
internal static class BackgroundActions
{
    /// <summary>The most events that one step lets happen, so that no line of a file runs for hours.</summary>
    public const long MostEvents = 10_000_000;

    /// <summary>Plays the verb.</summary>
    public static Outcome Play(in StepCall call)
    {
        long began = call.Machine.Clock.Now;
        call.Observe();
        WorkloadFigures done = TimeText.TryParse(call.Text(0), out long span)
            ? call.Workload.Play(MostEvents, span)
            : call.Workload.Play(call.Number(0));
        string first = done.FirstFailure is { } failed ? TimeText.Cut(failed - began) : "none";
        long requests = done.Requests;
        return Outcome.Returns(
            DescriptorActions.Word("events=", done.Events),
            $"time={TimeText.Cut(call.Machine.Clock.Now - began)}",
            DescriptorActions.Word("allocs=", done.Allocations),
            DescriptorActions.Word("failed=", done.Failures),
            $"first_failure={first}",
            DescriptorActions.Word("largest=", LargestFit(call.Machine)),
            DescriptorActions.Word("moved=", done.MovedPages),
            DescriptorActions.Word("dropped=", done.DroppedPages),
            DescriptorActions.Word("busy=", done.BusyWindows),
            $"latency={TimeText.Cut(requests == 0 ? 0 : done.TotalLatency / requests)}",
            $"slowest={TimeText.Cut(done.LongestLatency)}",
            DescriptorActions.Word("no_page=", done.PagesRefused),
            DescriptorActions.Word("read_again=", done.PagesReadAgain),
            DescriptorActions.Word("no_pin=", done.PinsRefused),
            DescriptorActions.Word("attached=", done.Attached),
            DescriptorActions.Word("mapped=", done.Mapped),
            DescriptorActions.Word("no_import=", done.ImportsRefused));
    }

    /// <summary>Watches the tenants in a step, for <see cref="Explain"/>.</summary>
    public static RequestWatch NewWatch(Machine machine) =>
        new((area, pages) => AreaText.Lines(machine, area, CmaDiagnosis.Of(area, pages)));

    /// <summary>What a person would ask after a step: why a buffer was refused, and why another took so long.</summary>
    public static ImmutableArray<string> Explain(RequestWatch watch) =>
        [.. About("the first refused", watch.FirstRefused), .. About("the slowest", watch.Slowest), .. About(watch)];

    private static IEnumerable<string> About(RequestWatch watch) => watch.FirstRefusedImport is { } import
        ? [$"the first refused import is of {import.Tenant}: {import.Step} of {import.Device} gave "
            + $"{import.Refusal.Errno} {import.Refusal.Reason.Word()}, {TimeText.Cut(import.Time)} after boot"]
        : [];

    private static IEnumerable<string> About(string which, WatchedRequest? request)
    {
        if (request is null)
        {
            return [];
        }

        string tries = request.Tries == 1 ? "" : Invariant($", made {request.Tries} times");
        string head = $"{which} request is of {request.Tenant}: answered {TimeText.Cut(request.Time)} after boot, "
            + $"took {TimeText.Cut(request.Latency)}{tries}";
        return [head, "  as the area was when it came:", .. request.Lines.Select(line => $"  {line}")];
    }

    /// <summary>The largest buffer that an area could give now, in bytes.</summary>
    public static long LargestFit(Machine machine)
    {
        long pages = 0;
        foreach (CmaArea area in machine.Areas)
        {
            pages = Math.Max(pages, CmaDiagnosis.Of(area, 1).LargestFit);
        }

        return pages << PhysicalMemory.PageShift;
    }
}
