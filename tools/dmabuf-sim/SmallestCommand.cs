using System.CommandLine;
using System.Globalization;
using DmaBufSim.Abi;
using DmaBufSim.Scenarios;
using Microsoft.Extensions.DependencyInjection;

namespace DmaBufSim.Cli;

/// <summary><c>dmabuf-sim smallest</c>: how small an area may be for a workload to survive.</summary>
internal static class SmallestCommand
{
    private const int DefaultSeeds = 20;
    private const int MostSeeds = 1_000_000;

    /// <summary>The command with its options.</summary>
    public static Command Make()
    {
        Argument<string> file = new("FILE") { Description = "The scenario; its tenants draw from the seed." };
        Option<string?> area = new("--area")
        {
            Description = "The area, or the heap that brings one; the first of the machine if left out.",
            HelpName = "NAME",
        };
        Option<int?> seeds = Numbers.Option(
            "--seeds", "N", 1, MostSeeds, $"How many seeds must survive, from that of the file on; {DefaultSeeds} if left out.");
        Option<string[]> plugins = RunCommand.PluginOption();
        Command command = new("smallest", "Finds the smallest area with which a workload survives.")
        {
            file, area, seeds, plugins,
        };
        command.SetAction(parsed => Run(
            parsed.GetRequiredValue(file),
            parsed.GetValue(area),
            parsed.GetValue(seeds) ?? DefaultSeeds,
            parsed.GetValue(plugins) ?? []));
        return command;
    }

    private static int Run(string file, string? wanted, int seeds, string[] plugins)
    {
        using Terminal output = Terminal.Output();
        using Terminal error = Terminal.Error();
        List<string> mistakes = [];
        using ServiceProvider? services = Services.Make(plugins, mistakes);
        if (services is null)
        {
            return RunCommand.Report(error, mistakes);
        }

        ScenarioRunner runner = services.GetRequiredService<ScenarioRunner>();
        ParsedScenario parsed = ScenarioParser.ParseFile(file, runner.Vocabulary);
        if (parsed.Scenario is not { } scenario)
        {
            return RunCommand.Report(error, [parsed.Report()]);
        }

        string[] names = [.. AreaSize.Names(scenario.Machine)];
        if (names.Length == 0 || (wanted is not null && !names.Contains(wanted)))
        {
            string known = names.Length == 0 ? "it has none" : $"it has {string.Join(", ", names)}";
            return RunCommand.Report(error, [$"{file}: the machine has no area {wanted}".TrimEnd() + $"; {known}"]);
        }

        try
        {
            using Progress progress = new(error, isWanted: true);
            AreaSearch search = new(runner, scenario, wanted ?? names[0], seeds, progress);
            int code = search.Find();
            progress.Clear();
            foreach (string line in search.Lines)
            {
                output.WriteLine(line);
            }

            return RunCommand.Unless(output, error, code);
        }
        catch (ArgumentException exception)
        {
            return RunCommand.Report(error, [exception.Message]);
        }
        catch (StepFaultException fault)
        {
            return RunCommand.ReportFault(error, fault);
        }
    }
}

/// <summary>Searches for the smallest size of an area with which every seed survives.</summary>
internal sealed class AreaSearch(
    ScenarioRunner runner, Scenario scenario, string area, int seeds, Progress progress)
{
    private const int Beside = 4;

    private readonly SortedDictionary<long, int> survivors = [];

    /// <summary>What there is to say.</summary>
    public List<string> Lines { get; } = [];

    /// <summary>Searches.</summary>
    /// <returns>The exit code: whether there is such a size.</returns>
    public int Find()
    {
        long most = scenario.Machine.Memory - AreaSize.Step;
        long high = Round(Math.Min(AreaSize.Of(scenario.Machine, area), most));
        while (!Survives(high) && high < most)
        {
            high = Round(Math.Min(high * 2, most));
        }

        if (!Survives(high))
        {
            Lines.Add($"area {area}: no size that the machine has room for is enough");
            AddTried();
            return ExitCode.Wrong;
        }

        long low = 0;
        while (high - low > AreaSize.Step)
        {
            long middle = Round((low + high) / 2);
            (low, high) = Survives(middle) ? (low, middle) : (middle, high);
        }

        // A larger area is not always the better one, so the sizes below are looked at too.
        for (int i = 1; i <= Beside && high - (i * AreaSize.Step) > 0; i++)
        {
            Survives(high - (i * AreaSize.Step));
        }

        long smallest = survivors.First(one => one.Value == seeds).Key;
        Lines.Add(string.Create(
            CultureInfo.InvariantCulture, $"area {area}: {ByteText.Of(smallest)} is enough for {seeds} seeds"));
        Lines.Add("enough: no buffer was refused for want of memory, and every step and verdict came out as it had to");
        AddTried();
        return ExitCode.Ok;
    }

    private void AddTried()
    {
        Lines.Add("tried:");
        foreach ((long size, int count) in survivors)
        {
            Lines.Add(string.Create(
                CultureInfo.InvariantCulture, $"  {ByteText.Of(size),8}  {count} of {seeds} seeds survive"));
        }
    }

    private static long Round(long bytes) => Math.Max(AreaSize.Step, bytes / AreaSize.Step * AreaSize.Step);

    private bool Survives(long size)
    {
        if (!survivors.TryGetValue(size, out int count))
        {
            bool[] survives = new bool[seeds];
            Trials.Each(seeds, Environment.ProcessorCount, seed => survives[seed] = Play(size, (ulong)seed));
            count = survives.Count(one => one);
            survivors.Add(size, count);
            progress.Show("smallest", survivors.Count, survivors.Count, "sizes");
        }

        return count == seeds;
    }

    private bool Play(long size, ulong seed)
    {
        bool isRefused = false;
        Scenario sized = scenario with
        {
            Machine = AreaSize.With(scenario.Machine, area, size) with
            {
                Seed = unchecked(scenario.Machine.Seed + seed),
            },
        };
        RunResult result = Trial.Run(runner, audits: false, sized, end => isRefused = end.Failures > 0);
        return !isRefused && result.End == RunEnd.Passed;
    }
}
