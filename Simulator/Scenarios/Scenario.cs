using System.Collections.Immutable;
using System.Globalization;
using DmaBufSim.Machines;

namespace DmaBufSim.Scenarios;

/// <summary>A machine, a story that is played on it, and what must be true of the story.</summary>
public sealed record Scenario
{
    /// <summary>Where it was read from, for messages.</summary>
    public required string File { get; init; }

    /// <summary>The text that it was read from; empty for one that was made by a program.</summary>
    public string Text { get; init; } = "";

    /// <summary>The machine that the declarations describe.</summary>
    public required MachineDescription Machine { get; init; }

    /// <summary>The story, in order.</summary>
    public ImmutableArray<Step> Steps { get; init; } = [];

    /// <summary>What must hold while the story is played and at its end.</summary>
    public ImmutableArray<Verdict> Verdicts { get; init; } = [];
}

/// <summary>What became of a scenario's text.</summary>
/// <param name="Scenario">The scenario, or null where there is a diagnostic: nothing of a mistaken file is run.</param>
/// <param name="Diagnostics">The first mistakes, in the order of their lines.</param>
/// <param name="Omitted">How many more mistakes there are.</param>
public sealed record ParsedScenario(Scenario? Scenario, ImmutableArray<Diagnostic> Diagnostics, int Omitted = 0)
{
    /// <summary>Every listed diagnostic, and how many more there are; empty where there is none.</summary>
    public string Report()
    {
        string listed = string.Join("\n", Diagnostics);
        return Omitted == 0 ? listed : string.Create(CultureInfo.InvariantCulture, $"{listed}\nand {Omitted} more");
    }
}

/// <summary>What became of a single line at a prompt.</summary>
/// <param name="Step">The step; null for a blank line or a comment, and where there is a diagnostic.</param>
/// <param name="Diagnostics">The mistakes, from left to right.</param>
public sealed record ParsedStep(Step? Step, ImmutableArray<Diagnostic> Diagnostics);
