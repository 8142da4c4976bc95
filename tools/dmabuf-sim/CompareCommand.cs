using System.CommandLine;
using DmaBufSim.Pictures;
using DmaBufSim.Scenarios;

namespace DmaBufSim.Cli;

/// <summary><c>dmabuf-sim compare</c>: the same workload under several policies, with many seeds.</summary>
internal static class CompareCommand
{
    private const int MostThreads = 1024;

    /// <summary>The command with its options.</summary>
    public static Command Make()
    {
        Argument<string> file = new("FILE") { Description = "The scenario; its tenants draw from the seed." };
        Option<string?> policy = new("--policy")
        {
            Description = "The policies, joined by commas; the first is what the others are compared with; all that fit "
                + "the file if left out.",
            HelpName = "A,B,...",
        };
        Option<string?> knows = new("--knows")
        {
            Description = "How importers learn that a buffer is protected: no, told, asks, joined by commas; each goes "
                + "with each policy. What the file says if left out.",
            HelpName = "A,B,...",
        };
        Option<int?> seeds = Trials.SeedsOption(2, "How many seeds");
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
            file, policy, knows, seeds, threads, picture, csv, plugins,
        };
        command.SetAction(parsed =>
        {
            CompareRequest request = new(
                parsed.GetValue(policy),
                parsed.GetValue(knows),
                parsed.GetValue(seeds) ?? Trials.DefaultSeeds,
                parsed.GetValue(threads) ?? Environment.ProcessorCount,
                parsed.GetValue(picture),
                parsed.GetValue(csv));
            return OneScenario.Open(
                parsed.GetRequiredValue(file),
                parsed.GetValue(plugins) ?? [],
                one => Run(request, one),
                isSilent: request.Csv == "-");
        });
        return command;
    }

    private static int Run(CompareRequest request, OneScenario one)
    {
        if (request.Picture is { } wanted)
        {
            PictureFile.Check(wanted);
        }

        TrialChoice choice = PolicyWords.Find(request.Policies, request.Knows, one.Scenario.Machine, one.Builder);
        if (!choice.Kind.Audits && !AreaSize.Names(one.Scenario.Machine).Any())
        {
            throw new ArgumentException(
                $"{one.Scenario.File}: the machine has no area, so that policies of areas make no difference; "
                + "write an area line, or name policies of the machine with --policy");
        }

        using TrialCsv? csv = request.Csv is { } path ? TrialCsv.Open(path) : null;
        using Progress progress = new(one.Error, isWanted: true);
        TrialTable table = Trials.Play(
            one.Runner, one.Scenario, choice, request.Seeds, request.Threads, progress);
        progress.Clear();
        table.Write(one.Output);
        csv?.Write(table);
        if (request.Picture is { } picture)
        {
            PictureFile.Write(picture, ComparisonPicture.Draw(table.ToComparison(), table.Caption));
        }

        return table.ReportCrashes(one.Error) ? ExitCode.Crash : ExitCode.Ok;
    }
}

/// <summary>What a command line asks for.</summary>
internal sealed record CompareRequest(
    string? Policies, string? Knows, int Seeds, int Threads, string? Picture, string? Csv);
