using DmaBufSim.Machines;
using DmaBufSim.Tracing;
using DmaBufSim.Workloads;

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

    /// <summary>
    /// Who takes samples while tenants live, beside those that <see cref="Watch"/> may take; or null.
    /// </summary>
    public MachineSampler? Sampler { get; init; }

    /// <summary>
    /// Called with the machine, and the step that is played, while tenants live; or null. It may look and must not
    /// touch. Where there is a <see cref="Sampler"/> it is not called.
    /// </summary>
    public Action<Machine, Step>? Look { get; init; }

    /// <summary>
    /// A sample is taken, or <see cref="Look"/> is called, at each multiple of so many nanoseconds since boot.
    /// </summary>
    public long LookInterval { get; init; } = 1_000_000_000;

    /// <summary>Called after each step, or null.</summary>
    public Action<PlayedStep>? Played { get; init; }

    /// <summary>
    /// Called with the machine when it is switched on, and then after each step with that step too; or null. It may
    /// look and must not touch.
    /// </summary>
    public Action<Machine, PlayedStep?>? Watch { get; init; }

    /// <summary>
    /// Called after the last step, while the tenants are still there, or after the crash; with the machine and its
    /// tenants, where it has any. Or null.
    /// </summary>
    public Action<Machine, Workload?>? Ended { get; init; }
}

/// <summary>Runs scenarios, each on a machine of its own.</summary>
/// <param name="builder">Builds the machines.</param>
/// <param name="tenants">The kinds of tenants, each with a name of its own; null for the built-in ones.</param>
/// <remarks><b>Thread safety:</b> runs share nothing, so many may run side by side.</remarks>
public sealed class ScenarioRunner(MachineBuilder builder, IEnumerable<TenantType>? tenants = null)
{
    /// <summary>The kinds of parts that a scenario may name, for <see cref="ScenarioParser"/>.</summary>
    public Vocabulary Vocabulary { get; } = Vocabulary.Of(builder) with
    {
        TenantTypes = [.. tenants ?? TenantType.BuiltIn],
    };

    /// <summary>Runs a scenario to its end, or to the crash of its machine.</summary>
    /// <exception cref="ArgumentException">
    /// The description of the machine contradicts itself; the message begins with the file.
    /// </exception>
    /// <exception cref="StepFaultException">The simulator contradicts itself, or a heap of one's own threw.</exception>
    public RunResult Run(Scenario scenario, RunOptions? options = null)
    {
        return new ScenarioRun(scenario, SwitchOn(scenario), Vocabulary, options ?? new RunOptions()).ToEnd();
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
