using DmaBufSim.Checking;
using DmaBufSim.Security;

namespace DmaBufSim.Scenarios;

/// <summary>A statement about a whole story.</summary>
/// <param name="Line">The line in its file, from 1; 0 where it was not read from one.</param>
public abstract record Verdict(int Line)
{
    /// <summary>The verdict as a scenario writes it.</summary>
    public abstract string Sentence { get; }

    /// <summary>A new observer that finds out whether it holds.</summary>
    public abstract MachineLaw MakeLaw();
}

/// <summary>A master never does something to the buffers of a heap.</summary>
/// <param name="Line">The line in its file.</param>
/// <param name="Master">The CPU or a device.</param>
/// <param name="Rights">What it must not do.</param>
/// <param name="Heap">The heap.</param>
public sealed record NeverVerdict(int Line, string Master, AccessRights Rights, string Heap) : Verdict(Line)
{
    /// <inheritdoc/>
    public override string Sentence => MakeLaw().Sentence;

    /// <inheritdoc/>
    public override MachineLaw MakeLaw() => new NeverTouches(Master, Rights, Heap);
}

/// <summary>A law of the whole machine holds.</summary>
/// <param name="Line">The line in its file.</param>
/// <param name="Law">One of <see cref="Laws.Sentences"/>.</param>
public sealed record AlwaysVerdict(int Line, string Law) : Verdict(Line)
{
    /// <inheritdoc/>
    public override string Sentence => Law;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">There is no such law.</exception>
    public override MachineLaw MakeLaw() =>
        Laws.Make(Law) ?? throw new InvalidOperationException($"there is no law '{Law}'");
}
