using System.CommandLine;
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
        Option<long?> step = StepOption();
        Option<string[]> plugins = RunCommand.PluginOption();
        Command command = new("smallest", "Finds the smallest area with which a workload survives.")
        {
            file, area, seeds, step, plugins,
        };
        command.SetAction(parsed => Run(
            parsed.GetRequiredValue(file),
            parsed.GetValue(area),
            parsed.GetValue(seeds) ?? DefaultSeeds,
            parsed.GetValue(step) ?? AreaSize.Step,
            parsed.GetValue(plugins) ?? []));
        return command;
    }

    private static Option<long?> StepOption() => new("--step")
    {
        Description = $"The sizes to try are multiples of this, as 4MiB; {ByteText.Of(AreaSize.Step)} if left out.",
        HelpName = "SIZE",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (NumberText.TryParse(text, out long bytes) && bytes > 0 && bytes % AreaSize.Step == 0)
            {
                return bytes;
            }

            result.AddError($"--step: '{text}' is no multiple of {ByteText.Of(AreaSize.Step)}, as 4MiB");
            return null;
        },
    };

    private static int Run(string file, string? wanted, int seeds, long step, string[] plugins)
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
            AreaSearch search = new(runner, scenario, wanted ?? names[0], seeds, step, progress);
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
