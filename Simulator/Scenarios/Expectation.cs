using System.Collections.Immutable;

namespace DmaBufSim.Scenarios;

/// <summary>What a step must come to.</summary>
/// <param name="outcome"><c>ok</c>, the name of an errno, <c>Killed</c> or <c>crash</c>.</param>
/// <param name="words">The words after it, as written and in order, a <c>reason=</c> among them.</param>
/// <param name="lines">The lines that the step must print, without their leading <c>| </c>.</param>
public sealed class Expectation(string outcome, ImmutableArray<string> words, ImmutableArray<string> lines)
{
    /// <summary>The outcome of a success.</summary>
    public const string Ok = "ok";

    /// <summary>The outcome of a step on which Linux would crash.</summary>
    public const string Crash = "crash";

    /// <summary>The outcome of a step in which the kernel kills the process that plays it.</summary>
    public const string Killed = "Killed";

    internal const string ReasonKey = "reason=";

    /// <summary>What a step without an outcome must come to.</summary>
    public static Expectation Success { get; } = new(Ok, [], []);

    /// <summary><c>ok</c>, the name of an errno, <c>Killed</c> or <c>crash</c>.</summary>
    public string Outcome { get; } = outcome;

    /// <summary>The words after it, as written and in order, a <c>reason=</c> among them.</summary>
    public ImmutableArray<string> Words { get; } = words;

    /// <summary>The lines that the step must print, without their leading <c>| </c>.</summary>
    public ImmutableArray<string> Lines { get; } = lines;

    /// <summary>Whether the step must succeed.</summary>
    public bool IsOk => Outcome == Ok;

    /// <summary>Compares with what came out.</summary>
    /// <param name="actual">What came out.</param>
    /// <param name="exact">Whether all words and lines must agree, and not only those that are written.</param>
    /// <returns>Null where it matches, otherwise what differs.</returns>
    public string? Matches(Outcome actual, bool exact)
    {
        if (actual.Name != Outcome)
        {
            string because = actual.ReasonWord is { } reason ? $" ({ReasonKey}{reason})" : "";
            return $"expected {Outcome}, got {actual.Name}{because}";
        }

        return OutcomeMatch.Reason(Words, actual.ReasonWord)
            ?? (exact ? OutcomeMatch.AllWords(Words, actual.Words) : OutcomeMatch.WrittenWords(Words, actual.Words))
            ?? (exact || !Lines.IsEmpty ? OutcomeMatch.AllLines(Lines, actual.Lines) : null);
    }

    /// <summary>The outcome as a scenario writes it, without its lines.</summary>
    public override string ToString() => Words.IsEmpty ? Outcome : $"{Outcome} {string.Join(' ', Words)}";
}
