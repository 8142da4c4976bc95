using System.Globalization;
using System.Text;
using DmaBufSim.Abi;
using DmaBufSim.Machines;
using DmaBufSim.Memory;
using DmaBufSim.Pictures;
using DmaBufSim.Scenarios;
using static System.FormattableString;

namespace DmaBufSim.Cli;

/// <summary>Plays a scenario for its pictures.</summary>
internal sealed class DrawSession(DrawRequest request, OneScenario one)
{
    // More than the picture has pixels across would not be seen.
    private const int Samples = 800;
    private const int MostMaps = 9999;

    private readonly Scenario scenario = one.Scenario;
    private readonly Terminal output = one.Output;
    private readonly List<string> captions = [];
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
            : request.Every is { } every ? DrawSequence(progress, every)
            : DrawMap(progress);
    }

    private int DrawMap(Progress progress)
    {
        PageMap? map = null;
        string caption = "";
        RunResult result = Play(progress, (machine, step, played) =>
        {
            bool isLast = request.At is null && (played == scenario.Steps.Length || step?.Outcome.IsCrash == true);
            if (map is null && (isLast || (step is not null && step.Step.Line == request.At)))
            {
                map = MapOf(machine);
                caption = CaptionOf(step);
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

    private int DrawSequence(Progress progress, int every)
    {
        int maps = (scenario.Steps.Length / every) + 2;
        if (maps > MostMaps)
        {
            int enough = (scenario.Steps.Length / (MostMaps - 2)) + 1;
            throw new CannotWriteException(Invariant(
                $"--every {every}: {maps:N0} maps are too many; with --every {enough} they are few enough"));
        }

        RunResult result = Play(progress, (machine, step, played) =>
        {
            if (played % every == 0 || played == scenario.Steps.Length || step?.Outcome.IsCrash == true)
            {
                captions.Add(CaptionOf(step));
                string path = Path.Combine(request.Output, SequencePage.NameOf(captions.Count));
                PictureFile.Write(path, PageMapPicture.Draw(MapOf(machine), captions[^1]));
            }
        });
        string index = Path.Combine(request.Output, "index.html");
        string what = area is null ? "the whole memory" : $"area {area}";
        PictureFile.Write(index, Encoding.UTF8.GetBytes(SequencePage.Write($"{request.File}: {what}", captions)));
        output.WriteLine(Invariant($"{index}: {captions.Count} maps"));
        return CodeOf(result);
    }

    private int DrawCurves(Progress progress)
    {
        MachineSampler sampler = new(area, request.Order);
        bool isOverTime = scenario.Steps.Any(step => step.Verb.IsBackground);
        long interval = isOverTime ? Math.Max(1, Duration() / Samples) : 1;
        RunResult result = Play(progress, sampler, interval, (machine, step, played) =>
        {
            if (step?.Outcome.Refusal.Errno == Errno.ENOMEM)
            {
                sampler.CountFailure();
            }

            sampler.Take(machine, played);
        });
        PictureFile.Write(request.Output, CurvesPicture.Draw(sampler, request.File, isOverTime));
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
        Play(progress, null, 1, look);

    private RunResult Play(
        Progress progress, MachineSampler? sampler, long interval, Action<Machine, PlayedStep?, int> look)
    {
        int played = 0;
        RunResult result = one.Runner.Run(scenario, new RunOptions
        {
            Sink = sampler,
            Sampler = sampler,
            SampleInterval = interval,
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

    private string CaptionOf(PlayedStep? played) => played is null
        ? $"{request.File}, before the first step"
        : Invariant($"{request.File}, after line {played.Step.Line}: {played.Step} -> {played.Outcome}");

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
            if (!Directory.Exists(path))
            {
                throw new CannotWriteException(
                    $"{path}: there is no such folder; --every writes into one that is there");
            }

            return;
        }

        PictureFile.Check(path);
    }
}
