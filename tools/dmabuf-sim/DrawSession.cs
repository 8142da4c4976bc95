using System.Globalization;
using DmaBufSim.Abi;
using DmaBufSim.Machines;
using DmaBufSim.Pictures;
using DmaBufSim.Scenarios;
using static System.FormattableString;

namespace DmaBufSim.Cli;

/// <summary>Plays a scenario for its pictures.</summary>
internal sealed class DrawSession(DrawRequest request, OneScenario one)
{
    // More than the picture has pixels across would not be seen.
    private const int Samples = 800;
    private const long Second = 1_000_000_000;
    private const long Millisecond = 1_000_000;
    private const long Microsecond = 1_000;

    private readonly Scenario scenario = one.Scenario;
    private readonly Terminal output = one.Output;
    private readonly bool hasTenants = one.Scenario.Steps.Any(step => step.Verb.IsBackground);
    private string? area;

    /// <summary>Plays it and writes the pictures.</summary>
    /// <returns>The exit code, as that of <c>run</c>.</returns>
    /// <exception cref="CannotWriteException">
    /// Something that was asked for is not there or cannot be written.
    /// </exception>
    /// <exception cref="ArgumentException">The machine cannot be built.</exception>
    public int Run()
    {
        CheckOutput();
        area = FindArea();
        CheckLine();
        using Progress progress = new(one.Error, isWanted: true);
        return request.Curves ? DrawCurves(progress)
            : request.Every is { } every ? DrawSequence(progress, every, new MapSequence(request.Output))
            : DrawMap(progress);
    }

    private int DrawMap(Progress progress)
    {
        PageMap? map = null;
        string caption = "";
        RunResult result = Play(progress, (machine, step, played) =>
        {
            bool isLast = request.At is null && IsEnd(step, played);
            if (map is null && (isLast || (step is not null && step.Step.Line == request.At)))
            {
                map = MapOf(machine);
                caption = CaptionOf(machine, step);
            }
        });
        if (map is null)
        {
            throw new CannotWriteException(Invariant(
                $"{request.File}:{request.At}: the machine crashed before this line; nothing was drawn"));
        }

        PictureFile.Write(request.Output, PageMapPicture.Draw(map, caption));
        output.WriteLine(request.Output);
        return CodeOf(result);
    }

    private int DrawSequence(Progress progress, Interval every, MapSequence maps)
    {
        RunResult result = every.Nanoseconds > 0
            ? PlayOverTime(progress, every, maps)
            : PlayOverSteps(progress, every, maps);
        string what = area is null ? "the whole memory" : $"area {area}";
        string index = maps.Finish($"{request.File}: {what}");
        output.WriteLine(Invariant($"{index}: {maps.Count} maps"));
        return CodeOf(result);
    }

    private RunResult PlayOverSteps(Progress progress, Interval every, MapSequence maps)
    {
        MapSequence.CheckCount(every, scenario.Steps.Length);
        return Play(progress, (machine, step, played) =>
        {
            if (played % every.Steps == 0 || IsEnd(step, played))
            {
                maps.Add(MapOf(machine), CaptionOf(machine, step));
            }
        });
    }

    private RunResult PlayOverTime(Progress progress, Interval every, MapSequence maps)
    {
        long whole = Duration();
        (long unit, string word) = UnitOf(every.Nanoseconds);
        MapSequence.CheckCount(every, whole);
        long due = 0;
        void Add(Machine machine, PageMap map, string caption)
        {
            maps.Add(map, caption);
            due = machine.Clock.Now - (machine.Clock.Now % every.Nanoseconds) + every.Nanoseconds;
            progress.Show(request.File, machine.Clock.Now / unit, whole / unit, word);
        }

        RunOptions options = new()
        {
            LookInterval = every.Nanoseconds,
            Look = (machine, step) => Add(machine, MapOf(machine), CaptionIn(machine, step)),
        };
        return Play(progress, options, (machine, step, played) =>
        {
            // At the end only what is new: the last step may have ended just behind a multiple.
            if (machine.Clock.Now >= due || IsEnd(step, played))
            {
                PageMap map = MapOf(machine);
                if (machine.Clock.Now >= due || !maps.IsLikeLast(map))
                {
                    Add(machine, map, CaptionOf(machine, step));
                }
            }
        });
    }

    private int DrawCurves(Progress progress)
    {
        MachineSampler sampler = new(area, request.Order);
        RunOptions options = new()
        {
            Sampler = sampler,
            LookInterval = hasTenants ? Math.Max(1, Duration() / Samples) : 1,
        };
        RunResult result = Play(progress, options, (machine, step, played) =>
        {
            if (step?.Outcome.Refusal.Errno == Errno.ENOMEM)
            {
                sampler.CountFailure();
            }

            sampler.Take(machine, played);
        });
        PictureFile.Write(request.Output, CurvesPicture.Draw(sampler, request.File, hasTenants));
        output.WriteLine(request.Output);
        return CodeOf(result);
    }

    // How long the run is can only be told by playing it.
    private long Duration()
    {
        long time = 0;
        one.Runner.Run(scenario, new RunOptions { Ended = (machine, _) => time = machine.Clock.Now });
        return time;
    }

    private RunResult Play(Progress progress, Action<Machine, PlayedStep?, int> look) =>
        Play(progress, new RunOptions(), look);

    private RunResult Play(Progress progress, RunOptions options, Action<Machine, PlayedStep?, int> look)
    {
        int played = 0;
        RunResult result = one.Runner.Run(scenario, options with
        {
            Watch = (machine, step) =>
            {
                played += step is null ? 0 : 1;
                look(machine, step, played);
                progress.Show(request.File, played, scenario.Steps.Length, "steps");
            },
        });
        progress.Clear();
        return result;
    }

    private int CodeOf(RunResult result)
    {
        if (result.End == RunEnd.Passed)
        {
            return ExitCode.Ok;
        }

        output.Flush();
        string what = result.End == RunEnd.Crashed ? "the machine crashed" : "something came out otherwise";
        one.Error.WriteLine($"{request.File}: {what}; `dmabuf-sim run {request.File}` tells more", TextRole.Wrong);
        return result.End == RunEnd.Crashed ? ExitCode.Crash : ExitCode.Wrong;
    }

    private PageMap MapOf(Machine machine) => area is null
        ? PageMap.Of(machine)
        : PageMap.Of(machine, machine.Areas.First(drawn => drawn.Name == area));

    private bool IsEnd(PlayedStep? step, int played) =>
        played == scenario.Steps.Length || step?.Outcome.IsCrash == true;

    private string CaptionOf(Machine machine, PlayedStep? played) => played is null
        ? $"{Place(machine)}, before the first step"
        : Invariant($"{Place(machine)}, after line {played.Step.Line}: {played.Step} -> {played.Outcome}");

    private string CaptionIn(Machine machine, Step step) =>
        Invariant($"{Place(machine)}, in line {step.Line}: {step}");

    // Where nobody lives in the background no time passes that is worth telling.
    private string Place(Machine machine)
    {
        long every = request.Every?.Nanoseconds ?? 0;
        long unit = every == 0 ? Millisecond : Second;
        while (every % unit != 0)
        {
            unit /= 10;
        }

        decimal seconds = (decimal)(machine.Clock.Now / unit * unit) / Second;
        return hasTenants || every > 0
            ? Invariant($"{request.File}, {seconds:0.#########} s after boot")
            : request.File;
    }

    // The largest in which an interval is at least one.
    private static (long Unit, string Word) UnitOf(long interval) => interval switch
    {
        >= Second => (Second, "seconds"),
        >= Millisecond => (Millisecond, "milliseconds"),
        >= Microsecond => (Microsecond, "microseconds"),
        _ => (1, "nanoseconds"),
    };

    // An area that a heap brings with it has its name only once the machine is built.
    private string? FindArea()
    {
        if (request.Machine)
        {
            return null;
        }

        string[] names = [.. Build().Areas.Select(built => built.Name)];
        if (request.Area is { } wanted)
        {
            string known = names.Length == 0 ? "it has none" : $"it has {string.Join(", ", names)}";
            return names.Contains(wanted)
                ? wanted
                : throw new CannotWriteException(
                    $"--area {wanted}: the machine of {request.File} has no such area; {known}");
        }

        return names.Length <= 1
            ? names.FirstOrDefault()
            : throw new CannotWriteException(
                $"{request.File}: the machine has several areas: choose one with --area "
                + $"({string.Join(", ", names)}), or --machine");
    }

    private Machine Build()
    {
        try
        {
            return one.Builder.Build(scenario.Machine);
        }
        catch (ArgumentException exception)
        {
            throw new CannotWriteException($"{request.File}: {exception.Message}");
        }
        catch (Exception fault)
        {
            throw new StepFaultException(scenario, null, fault);
        }
    }

    private void CheckLine()
    {
        if (request.At is not { } line || scenario.Steps.Any(step => step.Line == line))
        {
            return;
        }

        Step? before = scenario.Steps.LastOrDefault(step => step.Line < line);
        Step? after = scenario.Steps.FirstOrDefault(step => step.Line > line);
        string near = string.Join(" and ", new[] { before, after }.OfType<Step>().Select(
            step => step.Line.ToString(CultureInfo.InvariantCulture)));
        throw new CannotWriteException(Invariant($"--at {line}: {request.File} has no step on this line")
            + (near.Length == 0 ? "" : $"; the nearest are on {near}"));
    }

    private void CheckOutput()
    {
        string path = request.Output;
        if (request.Every is not null)
        {
            new MapSequence(path).Check();
            return;
        }

        PictureFile.Check(path);
    }
}
