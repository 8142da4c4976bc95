using System.Collections.Immutable;

namespace DmaBufSim.Scenarios;

/// <summary>What a step must come to.</summary>
/// <param name="outcome"><c>ok</c>, the name of an errno, or <c>crash</c>.</param>
/// <param name="words">The words after it, as written and in order, a <c>reason=</c> among them.</param>
/// <param name="lines">The lines that the step must print, without their leading <c>| </c>.</param>
public sealed class Expectation(string outcome, ImmutableArray<string> words, ImmutableArray<string> lines)
{
    /// <summary>The outcome of a success.</summary>
    public const string Ok = "ok";

    /// <summary>The outcome of a step on which Linux would crash.</summary>
    public const string Crash = "crash";

    internal const string ReasonKey = "reason=";

    /// <summary><c>ok</c>, the name of an errno, or <c>crash</c>.</summary>
    public string Outcome { get; } = outcome;

    /// <summary>The words after it, as written and in order, a <c>reason=</c> among them.</summary>
    public ImmutableArray<string> Words { get; } = words;

    /// <summary>The lines that the step must print, without their leading <c>| </c>.</summary>
    public ImmutableArray<string> Lines { get; } = lines;

    /// <summary>Whether the step must succeed.</summary>
    public bool IsOk => Outcome == Ok;

    /// <summary>Compares with what came out.</summary>
    /// <param name="actualOutcome"><c>ok</c>, the name of an errno, or <c>crash</c>.</param>
    /// <param name="actualWords">The words after it, without a reason.</param>
    /// <param name="actualReason">The word of the reason of a failure, or null.</param>
    /// <param name="actualLines">The lines that the step printed.</param>
    /// <param name="exact">Whether all words and lines must agree, and not only those that are written.</param>
    /// <returns>Null where it matches, otherwise what differs.</returns>
    public string? Matches(
        string actualOutcome,
        ImmutableArray<string> actualWords,
        string? actualReason,
        ImmutableArray<string> actualLines,
        bool exact)
    {
        if (actualOutcome != Outcome)
        {
            string because = actualReason is null ? "" : $" ({ReasonKey}{actualReason})";
            return $"expected {Outcome}, got {actualOutcome}{because}";
        }

        return OutcomeMatch.Reason(Words, actualReason)
            ?? (exact ? OutcomeMatch.AllWords(Words, actualWords) : OutcomeMatch.WrittenWords(Words, actualWords))
            ?? (exact || !Lines.IsEmpty ? OutcomeMatch.AllLines(Lines, actualLines) : null);
    }

    /// <summary>The outcome as a scenario writes it, without its lines.</summary>
    public override string ToString() => Words.IsEmpty ? Outcome : $"{Outcome} {string.Join(' ', Words)}";
}
