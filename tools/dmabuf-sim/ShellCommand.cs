using System.CommandLine;
using DmaBufSim.Heaps;
using DmaBufSim.Scenarios;
using Microsoft.Extensions.DependencyInjection;

namespace DmaBufSim.Cli;

/// <summary><c>dmabuf-sim shell</c>: the verbs at a prompt.</summary>
internal static class ShellCommand
{
    private const string DefaultMachine = """
        machine memory=512MiB kernel=6.12
        area cma0 size=64MiB
        heap system
        heap cma on=cma0
        heap carveout size=16MiB
        heap video type=protected on=cma0
          allow decoder write
          allow display read
          allow cpu write in=subtitles
        device decoder
        device display
        device gpu
        device cpu
        device probe0
        """;

    /// <summary>The command with its options.</summary>
    public static Command Make()
    {
        Argument<string?> file = new("FILE")
        {
            Description = "A scenario: its machine is switched on and its steps are played. "
                + "Without one, a machine with a heap and a device of each type.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string[]> plugins = RunCommand.PluginOption();
        Command command = new("shell", "Plays the verbs of scenarios at a prompt.") { file, plugins };
        command.SetAction(parsed => Start(parsed.GetValue(file), parsed.GetValue(plugins) ?? []));
        return command;
    }

    private static int Start(string? file, string[] plugins)
    {
        using Terminal error = Terminal.Error();
        using Terminal output = Terminal.Output();
        List<string> mistakes = [];
        using ServiceProvider? services = Services.Make(plugins, mistakes);
        if (services is null)
        {
            return RunCommand.Report(error, mistakes);
        }

        try
        {
            ScenarioRunner runner = services.GetRequiredService<ScenarioRunner>();
            ParsedScenario parsed = file is null
                ? ScenarioParser.Parse("machine", DefaultMachine, runner.Words)
                : ScenarioParser.ParseFile(file, runner.Words);
            return parsed.Scenario is { } scenario
                ? RunCommand.Unless(output, error, new Shell(services, output, scenario).Run())
                : RunCommand.Report(error, [parsed.Report()]);
        }
        catch (ArgumentException exception)
        {
            return RunCommand.Report(error, [exception.Message]);
        }
        catch (HeapFaultException fault)
        {
            RunCommand.Report(error, [fault.Message, Fault.Origin(fault)]);
            return ExitCode.Fault;
        }
    }
}
