using DmaBufSim.Machines;
using DmaBufSim.Tracing;

namespace DmaBufSim.Checking;

/// <summary>Something that must be true of the whole machine, whatever a scenario does.</summary>
/// <remarks>A law only looks. It keeps the first violation that it sees.</remarks>
public abstract class MachineLaw
{
    /// <summary>The law as a verdict line states it.</summary>
    public abstract string Sentence { get; }

    /// <summary>What was wrong first, or null.</summary>
    public string? Violation { get; private set; }

    /// <summary>The machine is switched on, and nothing has happened yet.</summary>
    public virtual void Begin(Machine machine)
    {
    }

    /// <summary>A step is about to be played.</summary>
    public virtual void Enter(in StoryPlace step)
    {
    }

    /// <summary>Looks at one record, at the moment it is made.</summary>
    public virtual void Observe(Machine machine, in TraceRecord record)
    {
    }

    /// <summary>Looks at the machine between two steps.</summary>
    public virtual void Check(Machine machine)
    {
    }

    /// <summary>Looks at the machine after the last step.</summary>
    public virtual void CheckAtEnd(Machine machine) => Check(machine);

    /// <summary>Keeps a violation, if it is the first.</summary>
    protected void Report(string violation) => Violation ??= violation;
}

/// <summary>Where a story is.</summary>
/// <param name="Line">The line in its file, from 1; 0 where the story comes from none.</param>
/// <param name="Number">The step, from 1.</param>
/// <param name="Step">The step; it is written as a scenario writes it.</param>
public readonly record struct StoryPlace(int Line, int Number, object? Step)
{
    /// <summary>The line, or the number of the step where there are no lines, with its text.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"({(Line > 0 ? "line" : "step")} {(Line > 0 ? Line : Number)}: {Step})");
}
