using System.Collections.Immutable;
using System.CommandLine;
using DmaBufSim.Machines;
using DmaBufSim.Pictures;
using DmaBufSim.Scenarios;
using Microsoft.Extensions.DependencyInjection;

namespace DmaBufSim.Cli;

/// <summary><c>dmabuf-sim compare</c>: the same workload under several policies, with many seeds.</summary>
internal static class CompareCommand
{
    private const int DefaultSeeds = 20;
    private const int MostSeeds = 1_000_000;
    private const int MostThreads = 1024;

    /// <summary>The command with its options.</summary>
    public static Command Make()
    {
        Argument<string> file = new("FILE") { Description = "The scenario; its tenants draw from the seed." };
        Option<string?> policy = new("--policy")
        {
            Description = "The policies, joined by commas; the first is what the others are compared with; all if left out.",
            HelpName = "A,B,...",
        };
        Option<int?> seeds = Numbers.Option(
            "--seeds", "N", 2, MostSeeds, $"How many seeds, from that of the file on; {DefaultSeeds} if left out.");
        Option<int?> threads = Numbers.Option(
            "--threads", "N", 1, MostThreads, "How many runs at a time; one for each processor if left out.");
        Option<string?> picture = new("-o", "--output")
        {
            Description = "Draw the figures, as .png or .svg.",
            HelpName = "PATH",
        };
        Option<string?> csv = new("--csv")
        {
            Description = "Write the figures of every single run, as CSV; - is standard output, instead of the table.",
            HelpName = "PATH",
        };
        Option<string[]> plugins = RunCommand.PluginOption();
        Command command = new("compare", "Plays the same workload under several policies and compares them.")
        {
            file, policy, seeds, threads, picture, csv, plugins,
        };
        command.SetAction(parsed => Run(
            new CompareRequest(
                parsed.GetRequiredValue(file),
                parsed.GetValue(policy),
                parsed.GetValue(seeds) ?? DefaultSeeds,
                parsed.GetValue(threads) ?? Environment.ProcessorCount,
                parsed.GetValue(picture),
                parsed.GetValue(csv)),
            parsed.GetValue(plugins) ?? []));
        return command;
    }

    private static int Run(CompareRequest request, string[] plugins)
    {
        using Terminal output = request.Csv == "-" ? Terminal.None() : Terminal.Output();
        using Terminal error = Terminal.Error();
        List<string> mistakes = [];
        using ServiceProvider? services = Services.Make(plugins, mistakes);
        if (services is null)
        {
            return RunCommand.Report(error, mistakes);
        }

        ScenarioRunner runner = services.GetRequiredService<ScenarioRunner>();
        ParsedScenario parsed = ScenarioParser.ParseFile(request.File, runner.Vocabulary);
        if (parsed.Scenario is not { } scenario)
        {
            return RunCommand.Report(error, [parsed.Report()]);
        }

        try
        {
            if (request.Picture is { } wanted)
            {
                PictureFile.Check(wanted);
            }

            (TrialKind kind, ImmutableArray<TrialPolicy> policies) = PolicyWords.Find(
                request.Policies, services.GetRequiredService<MachineBuilder>());
            using Progress progress = new(error, isWanted: true);
            TrialTable table = Trials.Play(runner, scenario, kind, policies, request.Seeds, request.Threads, progress);
            progress.Clear();
            table.Write(output);
            if (request.Csv is { } csv)
            {
                TrialCsv.Write(table, csv);
            }

            if (request.Picture is { } picture)
            {
                PictureFile.Write(picture, ComparisonPicture.Draw(table.ToComparison(), table.Caption));
            }

            return RunCommand.Unless(output, error, ExitCode.Ok);
        }
        catch (Exception exception) when (exception is ArgumentException or CannotWriteException)
        {
            output.Flush();
            return RunCommand.Report(error, [exception.Message]);
        }
        catch (StepFaultException fault)
        {
            output.Flush();
            return RunCommand.ReportFault(error, fault);
        }
    }
}

/// <summary>What a command line asks for.</summary>
internal sealed record CompareRequest(
    string File, string? Policies, int Seeds, int Threads, string? Picture, string? Csv);
