using System.Collections.Immutable;
using System.Globalization;
using DmaBufSim.Abi;
using DmaBufSim.Machines;
using DmaBufSim.Scenarios;
using DmaBufSim.Tracing;
using Microsoft.Extensions.DependencyInjection;

namespace DmaBufSim.Cli;

/// <summary>One session at a prompt: a machine, and what was typed for it so far.</summary>
internal sealed class Shell
{
    private const string Prompt = "dmabuf> ";

    private static readonly ImmutableArray<(string Name, string Help)> Commands =
    [
        ("help", "`help` lists everything; `help VERB` tells how a verb is written and what it does"),
        ("explain", "`explain EINVAL`, `explain cpu-may-only-write`: what an outcome means; `explain on` and "
            + "`explain off`: whether each step tells what it changed"),
        ("machine", "the declarations of this machine"),
        ("reset", "switches the machine on anew, without any buffer"),
        ("save", "`save FILE` writes all that was played as a scenario"),
        ("quit", "leaves; so does the end of the input"),
    ];

    private readonly MachineBuilder builder;
    private readonly Vocabulary vocabulary;
    private readonly Terminal output;
    private readonly Scenario start;
    private readonly List<PlayedStep> played = [];
    private StepPlayer player = null!;
    private ChangeSink changes = null!;
    private bool explains;
    private bool isBroken;

    public Shell(IServiceProvider services, Terminal output, Scenario start)
    {
        builder = services.GetRequiredService<MachineBuilder>();
        vocabulary = services.GetRequiredService<ScenarioRunner>().Vocabulary;
        this.output = output;
        this.start = start;
        SwitchOn();
    }

    /// <summary>Plays the steps of the scenario, and then what is typed.</summary>
    public int Run()
    {
        foreach (Step step in start.Steps)
        {
            output.Write(TextRole.Step, $"{step} ");
            Play(step);
        }

        LineEditor editor = new(output, text => ShellCompletion.For(text, player, [.. Commands.Select(c => c.Name)]));
        if (IsTyped)
        {
            output.WriteLine(
                "`help` lists the verbs, `heaps` the heaps; Tab completes, Ctrl-D leaves.", TextRole.Comment);
        }

        for (int number = 1; ; number++)
        {
            output.Flush();
            if (editor.Read(Prompt) is not { } line || line.Trim() is "quit" or "exit")
            {
                return ExitCode.Ok;
            }

            Obey(line, number);
        }
    }

    private bool IsTyped => output.IsInteractive && !Console.IsInputRedirected;

    private void Obey(string line, int number)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        switch (words)
        {
            case []:
                break;
            case ["help" or "?"]:
                Help();
                break;
            case ["explain", "on" or "off"]:
                explains = words[1] == "on";
                break;
            case ["explain" or "help", string topic]:
                if (!ExplainCommand.Write(output, topic) && !HelpCommand(topic))
                {
                    output.WriteLine(ExplainCommand.Unknown(topic), TextRole.Wrong);
                }

                break;
            case ["machine"]:
                output.Write(TextRole.Plain, ScenarioWriter.Write(start with { Steps = [], Verdicts = [] }, vocabulary));
                break;
            case ["reset"]:
                SwitchOn();
                break;
            case ["save", string path]:
                Save(path);
                break;
            case [_, "=", ..]:
                PlayLine(line, number);
                break;
            case [string word, _, ..] when WhyOnlyInFile(word) is { } why:
                output.WriteLine(why, TextRole.Wrong);
                break;
            case [string command, ..] when HelpCommand(command):
                break;
            default:
                PlayLine(line, number);
                break;
        }
    }

    private static string? WhyOnlyInFile(string word) => word switch
    {
        "machine" or "area" or "heap" or "allow" or "device" =>
            $"`{word}` is a declaration: put it into a file and start with `shell FILE`",
        "never" or "always" =>
            $"`{word}` is a verdict: add it to the file that `save FILE` writes",
        _ => null,
    };

    private void PlayLine(string line, int number)
    {
        ParsedStep parsed = ScenarioParser.ParseStep(line, start.Machine, "input", number);
        foreach (Diagnostic diagnostic in parsed.Diagnostics)
        {
            output.WriteLine(diagnostic.ToString(), TextRole.Wrong);
        }

        if (parsed.Step is { } step)
        {
            // What came through a pipe is not on the screen yet.
            output.Write(TextRole.Step, IsTyped ? "" : $"{step} ");
            Play(step);
        }
    }

    private void Play(Step step)
    {
        if (isBroken)
        {
            output.WriteLine("the machine is broken; `reset` switches it on anew", TextRole.Wrong);
            return;
        }

        if (player.HasCrashed)
        {
            output.WriteLine("the machine has crashed; `reset` switches it on anew", TextRole.Wrong);
            return;
        }

        try
        {
            changes.IsMuted = step.Verb.IsBackground;
            Outcome outcome = player.Play(step);
            string? difference = step.Expected?.Matches(outcome, exact: false);
            PlayedStep result = new(step, outcome, difference, changes.Take());
            played.Add(result);
            Scenario typed = new() { File = "input", Machine = start.Machine };
            new TranscriptWriter(typed, Write, explains, output.Columns).WriteResult(result);
            if (!explains && difference is null && RefusalText.Explain(outcome.Refusal).FirstOrDefault() is { } meaning)
            {
                foreach (string piece in WordWrap.Lines(meaning, 76))
                {
                    output.WriteLine($"#   {piece}", TextRole.Change);
                }
            }
        }
        catch (Exception exception)
        {
            // A heap of one's own may throw anything; the session goes on, with another machine.
            isBroken = true;
            output.WriteLine();
            string message = StepFaultException.Cause(exception).Message;
            output.WriteLine(message.ReplaceLineEndings(" "), TextRole.Wrong);
            output.WriteLine(Fault.Origin(exception));
        }
    }

    private void Write(TextRole role, string text) => output.Write(role, text);

    private void Help()
    {
        foreach (string line in Manual.Verbs())
        {
            output.WriteLine(line);
        }

        output.WriteLine();
        foreach ((string name, string help) in Commands)
        {
            foreach (string line in Manual.Entry(name, help))
            {
                output.WriteLine(line);
            }
        }
    }

    private bool HelpCommand(string topic)
    {
        (string name, string help) = Commands.FirstOrDefault(command => command.Name == topic);
        if (name is not null)
        {
            output.WriteLine(help);
        }

        return name is not null;
    }

    private void SwitchOn()
    {
        isBroken = false;
        player = new StepPlayer(builder.Build(start.Machine), vocabulary);
        changes = new ChangeSink();
        player.Machine.Trace.Sink = changes;
        played.Clear();
    }

    private void Save(string path)
    {
        Scenario session = start with
        {
            Text = "",
            Steps = [.. played.Select(step => step.Step.Expecting(
                new Expectation(step.Outcome.Name, step.Outcome.Words, step.Outcome.Lines)))],
        };
        try
        {
            File.WriteAllText(path, ScenarioWriter.Write(session, vocabulary));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{played.Count} {(played.Count == 1 ? "step" : "steps")} written to {path}"));
        }
        catch (Exception exception) when (CannotWriteException.IsOfFile(exception))
        {
            output.WriteLine($"{path} cannot be written: {exception.Message}", TextRole.Wrong);
        }
    }

    private sealed class ChangeSink : TraceSink
    {
        private readonly ImmutableArray<TraceRecord>.Builder records = ImmutableArray.CreateBuilder<TraceRecord>();

        public bool IsMuted { get; set; }

        public override void Write(in TraceRecord record)
        {
            if (!IsMuted)
            {
                records.Add(record);
            }
        }

        public ImmutableArray<TraceRecord> Take() => records.DrainToImmutable();
    }
}
