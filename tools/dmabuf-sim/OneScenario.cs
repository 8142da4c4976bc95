using DmaBufSim.Machines;
using DmaBufSim.Scenarios;
using Microsoft.Extensions.DependencyInjection;

namespace DmaBufSim.Cli;

/// <summary>What a command that plays one scenario works with.</summary>
/// <param name="Scenario">The scenario.</param>
/// <param name="Runner">Who plays it.</param>
/// <param name="Builder">What machines can be built of.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
internal sealed record OneScenario(
    Scenario Scenario, ScenarioRunner Runner, MachineBuilder Builder, Terminal Output, Terminal Error)
{
    /// <summary>Reads a scenario and does something with it; what goes wrong is told on standard error.</summary>
    /// <param name="file">The file.</param>
    /// <param name="plugins">The plug-ins.</param>
    /// <param name="play">What is done; it returns the exit code.</param>
    /// <param name="isSilent">Whether standard output is for something else.</param>
    /// <returns>The exit code.</returns>
    public static int Open(string file, string[] plugins, Func<OneScenario, int> play, bool isSilent = false)
    {
        using Terminal output = isSilent ? Terminal.None() : Terminal.Output();
        using Terminal error = Terminal.Error();
        List<string> mistakes = [];
        using ServiceProvider? services = Services.Make(plugins, mistakes);
        if (services is null)
        {
            return RunCommand.Report(error, mistakes);
        }

        try
        {
            ScenarioRunner runner = services.GetRequiredService<ScenarioRunner>();
            MachineBuilder builder = services.GetRequiredService<MachineBuilder>();
            ParsedScenario parsed = ScenarioParser.ParseFile(file, runner.Vocabulary);
            return parsed.Scenario is { } scenario
                ? RunCommand.Unless(output, error, play(new OneScenario(scenario, runner, builder, output, error)))
                : RunCommand.Report(error, [parsed.Report()]);
        }
        catch (Exception exception) when (exception is ArgumentException or CannotWriteException)
        {
            output.Flush();
            return RunCommand.Report(error, [exception.Message]);
        }
        catch (StepFaultException fault) when (fault.InnerException is CannotWriteException lost)
        {
            output.Flush();
            return RunCommand.Report(error, [lost.Message]);
        }
        catch (StepFaultException fault)
        {
            output.Flush();
            return RunCommand.ReportFault(error, fault);
        }
        catch (Exception fault) when (!Terminal.IsLoss(fault))
        {
            output.Flush();
            string message = StepFaultException.Cause(fault).Message.ReplaceLineEndings(" ");
            RunCommand.Report(error, [$"{file}: {message}", Fault.Origin(fault)]);
            return ExitCode.Fault;
        }
    }
}
