using System.CommandLine;
using System.Globalization;
using DmaBufSim.Hosting;
using DmaBufSim.Scenarios;
using Microsoft.Extensions.DependencyInjection;
using Serilog;
using Serilog.Events;

namespace DmaBufSim.Cli;

/// <summary><c>dmabuf-sim run</c>: plays scenarios and tells what came out.</summary>
internal static class RunCommand
{
    private static readonly string[] Levels = ["verbose", "debug", "information", "warning"];

    /// <summary>The command with its options.</summary>
    public static Command Make()
    {
        Argument<string[]> paths = new("FILE|FOLDER")
        {
            Description = "Scenario files, or folders: all files in them and below that end in .heap.",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<bool> exact = new("--exact")
        {
            Description = "All words and lines of an outcome must agree, and not only those that the file writes.",
        };
        Option<bool> explain = new("--explain")
        {
            Description = "Tell for each step what changed, and which kernel function has the rule.",
        };
        Option<bool> transcript = new("--transcript")
        {
            Description = "Print the transcript of every file; without it only a single file has one.",
        };
        Option<bool> quiet = new("--quiet", "-q") { Description = "Print one line for each file, and what was wrong." };
        Option<string?> json = new("--json")
        {
            Description = "Write all outcomes to a file as JSON; - is standard output, instead of the text.",
            HelpName = "OUT",
        };
        Option<string?> log = new("--log")
        {
            Description = "Log what happens in the machine to standard error.",
            HelpName = "LEVEL",
        };
        log.AcceptOnlyFromAmong(Levels);
        Option<string[]> plugins = PluginOption();
        Command command = new("run", "Plays scenarios and tells what came out.")
        {
            paths, exact, explain, transcript, quiet, json, log, plugins,
        };
        command.OneOf(transcript, quiet);
        command.NoText(json, transcript, quiet);
        command.SetAction(parsed => Run(new RunRequest(
            parsed.GetRequiredValue(paths),
            parsed.GetValue(exact),
            parsed.GetValue(explain),
            parsed.GetValue(transcript),
            parsed.GetValue(quiet),
            parsed.GetValue(json),
            parsed.GetValue(log),
            parsed.GetValue(plugins) ?? [])));
        return command;
    }

    /// <summary>The option that loads heaps of one's own.</summary>
    public static Option<string[]> PluginOption() => new("--plugin")
    {
        Description = "Load an assembly with heaps of your own; may be given more than once.",
        HelpName = "DLL",
    };

    private static int Run(RunRequest request)
    {
        using Terminal error = Terminal.Error();
        using Terminal output = request.Json == "-" ? Terminal.None() : Terminal.Output();
        List<string> mistakes = [];
        List<string> files = ScenarioFiles.Find(request.Paths, mistakes);
        using ServiceProvider? services = Services.Make(request.Plugins, mistakes);
        if (services is null || mistakes.Count > 0)
        {
            return Report(error, mistakes);
        }

        try
        {
            ScenarioRunner runner = services.GetRequiredService<ScenarioRunner>();
            List<Scenario> scenarios = Parse(files, runner, mistakes);
            if (request.Explain && !request.HasTranscript(scenarios.Count) && request.Json is null)
            {
                string instead = request.Quiet ? "leave out --quiet" : "with several files it needs --transcript";
                mistakes.Add($"--explain is for transcripts and --json: {instead}");
            }

            if (mistakes.Count > 0)
            {
                return Report(error, mistakes);
            }

            using JsonReport? json = request.Json is { } path ? JsonReport.Open(path) : null;
            int code = new RunSession(request, runner, output, error, json).Run(scenarios, MakeSink(request.Log));
            return Unless(output, error, code);
        }
        catch (Exception exception) when (exception is ArgumentException or CannotWriteException)
        {
            output.Flush();
            return Report(error, [exception.Message]);
        }
        catch (StepFaultException fault)
        {
            output.Flush();
            return ReportFault(error, fault);
        }
    }

    /// <summary>Prints lines on standard error.</summary>
    public static int Report(Terminal error, List<string> mistakes)
    {
        foreach (string mistake in mistakes)
        {
            error.WriteSentences(mistake);
        }

        return ExitCode.Mistake;
    }

    /// <summary>The code, or the one of output that was lost.</summary>
    public static int Unless(Terminal output, Terminal error, int code) =>
        output.Failure is { } failure ? Report(error, [failure]) : code;

    /// <summary>Prints what a heap of one's own did, or how the simulator contradicts itself.</summary>
    public static int ReportFault(Terminal error, StepFaultException fault)
    {
        error.WriteLine(fault.Message, TextRole.Wrong);
        error.WriteLine(Fault.Origin(fault.InnerException!));
        return ExitCode.Fault;
    }

    /// <summary>The names of all options.</summary>
    public static IEnumerable<string> OptionNames() =>
        Make().Options.SelectMany(option => option.Aliases.Prepend(option.Name)).Where(name => name.Length > 2);

    private static List<Scenario> Parse(List<string> files, ScenarioRunner runner, List<string> mistakes)
    {
        List<Scenario> scenarios = [];
        foreach (string file in files)
        {
            ParsedScenario parsed = ScenarioParser.ParseFile(file, runner.Vocabulary);
            if (parsed.Scenario is { } scenario)
            {
                scenarios.Add(scenario);
            }
            else
            {
                mistakes.Add(parsed.Report());
            }
        }

        return scenarios;
    }

    private static SerilogTraceSink? MakeSink(string? level) =>
        level is null
            ? null
            : new SerilogTraceSink(new LoggerConfiguration()
                .MinimumLevel.Is(Enum.Parse<LogEventLevel>(level, ignoreCase: true))
                .WriteTo.Console(
                    outputTemplate: "{Level:u3} {Message:l}{NewLine}",
                    formatProvider: CultureInfo.InvariantCulture,
                    standardErrorFromLevel: LogEventLevel.Verbose)
                .CreateLogger());
}

/// <summary>What a command line asks for.</summary>
internal sealed record RunRequest(
    string[] Paths, bool Exact, bool Explain, bool Transcript, bool Quiet, string? Json, string? Log, string[] Plugins)
{
    /// <summary>Whether so many files have a transcript each.</summary>
    public bool HasTranscript(int files) => Transcript || (files == 1 && !Quiet);
}
