using System.CommandLine;
using DmaBufSim.Abi;
using DmaBufSim.Scenarios;

namespace DmaBufSim.Cli;

/// <summary><c>dmabuf-sim smallest</c>: how small an area may be for a workload to survive.</summary>
internal static class SmallestCommand
{
    /// <summary>The command with its options.</summary>
    public static Command Make()
    {
        Argument<string> file = new("FILE") { Description = "The scenario; its tenants draw from the seed." };
        Option<string?> area = new("--area")
        {
            Description = "The area, or the heap that brings one; the first of the machine if left out.",
            HelpName = "NAME",
        };
        Option<int?> seeds = Trials.SeedsOption(1, "How many seeds must survive");
        Option<long?> step = StepOption();
        Option<string[]> plugins = RunCommand.PluginOption();
        Command command = new("smallest", "Finds the smallest area with which a workload survives.")
        {
            file, area, seeds, step, plugins,
        };
        command.SetAction(parsed => OneScenario.Open(
            parsed.GetRequiredValue(file),
            parsed.GetValue(plugins) ?? [],
            one => Run(
                parsed.GetValue(area),
                parsed.GetValue(seeds) ?? Trials.DefaultSeeds,
                parsed.GetValue(step) ?? AreaSize.Step,
                one)));
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

    private static int Run(string? wanted, int seeds, long step, OneScenario one)
    {
        Scenario scenario = one.Scenario;
        string[] names = [.. AreaSize.Names(scenario.Machine)];
        if (names.Length == 0 || (wanted is not null && !names.Contains(wanted)))
        {
            string message = names.Length == 0
                ? "the machine has no area; write an area line, or a heap with type=cma"
                : $"the machine has no area {wanted}; it has {string.Join(", ", names)}";
            return RunCommand.Report(one.Error, [$"{scenario.File}: {message}"]);
        }

        using Progress progress = new(one.Error, isWanted: true);
        AreaSearch search = new(one, wanted ?? names[0], seeds, step, progress);
        int code = search.Find();
        progress.Clear();
        foreach (string line in search.Lines)
        {
            one.Output.WriteSentences(line);
        }

        return code;
    }
}
