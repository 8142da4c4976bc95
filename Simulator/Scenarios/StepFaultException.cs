using System.Globalization;

namespace DmaBufSim.Scenarios;

/// <summary>
/// A step could not be played to an outcome: the simulator contradicts itself, or a heap of one's own threw.
/// </summary>
/// <param name="scenario">The scenario.</param>
/// <param name="step">The step; null while the machine was switched on, and after the last step.</param>
/// <param name="fault">What was thrown.</param>
public sealed class StepFaultException(Scenario scenario, Step? step, Exception fault)
    : Exception($"{Place(scenario, step)}: {Cause(fault).Message.ReplaceLineEndings(" ")}", Cause(fault))
{
    /// <summary>What was thrown at first: a sort wraps what the order of a policy throws.</summary>
    public static Exception Cause(Exception fault) =>
        fault is InvalidOperationException { InnerException: { } thrown } ? thrown : fault;

    /// <summary>The step; null while the machine was switched on, and after the last step.</summary>
    public Step? Step { get; } = step;

    private static string Place(Scenario scenario, Step? step) => step is null
        ? scenario.File
        : string.Create(CultureInfo.InvariantCulture, $"{scenario.File}:{step.Line}: {step}");
}
