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
