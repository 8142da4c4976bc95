using System.Collections.Immutable;
using DmaBufSim.Machines;
using DmaBufSim.Tracing;

namespace DmaBufSim.Scenarios;

/// <summary>How a scenario is run.</summary>
public sealed record RunOptions
{
    /// <summary>Whether all words and lines of an outcome must agree, and not only those that are written.</summary>
    public bool Exact { get; init; }

    /// <summary>Whether to keep what each step changed.</summary>
    public bool KeepsChanges { get; init; }

    /// <summary>Who gets every record of the machine, or null.</summary>
    public TraceSink? Sink { get; init; }

    /// <summary>Called after each step, or null.</summary>
    public Action<PlayedStep>? Played { get; init; }
}

/// <summary>Runs scenarios, each on a machine of its own.</summary>
/// <param name="builder">Builds the machines.</param>
/// <remarks><b>Thread safety:</b> runs share nothing, so many may run side by side.</remarks>
public sealed class ScenarioRunner(MachineBuilder builder)
{
    /// <summary>The words that a scenario may use, for <see cref="ScenarioParser"/>.</summary>
    public Vocabulary Words { get; } = Vocabulary.Of(builder);

    /// <summary>The heap types that a scenario may name.</summary>
    public ImmutableArray<string> HeapTypes { get; } = [.. builder.HeapTypes.Select(type => type.Name)];

    /// <summary>Runs a scenario to its end, or to the crash of its machine.</summary>
    /// <exception cref="ArgumentException">
    /// The description of the machine contradicts itself; the message begins with the file.
    /// </exception>
    /// <exception cref="StepFaultException">The simulator contradicts itself, or a heap of one's own threw.</exception>
    public RunResult Run(Scenario scenario, RunOptions? options = null)
    {
        return new ScenarioRun(scenario, SwitchOn(scenario), options ?? new RunOptions()).ToEnd();
    }

    private Machine SwitchOn(Scenario scenario)
    {
        try
        {
            return builder.Build(scenario.Machine);
        }
        catch (ArgumentException exception)
        {
            throw new ArgumentException($"{scenario.File}: {exception.Message}", exception);
        }
        catch (Exception fault)
        {
            throw new StepFaultException(scenario, null, fault);
        }
    }
}
