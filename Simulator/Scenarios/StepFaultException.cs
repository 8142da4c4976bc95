using System.Globalization;

namespace DmaBufSim.Scenarios;

/// <summary>
/// A step could not be played to an outcome: the simulator contradicts itself, or a heap of one's own threw.
/// </summary>
/// <param name="scenario">The scenario.</param>
/// <param name="step">The step.</param>
/// <param name="fault">What was thrown.</param>
public sealed class StepFaultException(Scenario scenario, Step step, Exception fault) : Exception(
    string.Create(CultureInfo.InvariantCulture, $"{scenario.File}:{step.Line}: {step}: {fault.Message}"), fault)
{
    /// <summary>The step.</summary>
    public Step Step { get; } = step;
}
