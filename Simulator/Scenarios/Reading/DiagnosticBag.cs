using System.Collections.Immutable;
using DmaBufSim.Abi;

namespace DmaBufSim.Scenarios.Reading;

/// <summary>A place in a text.</summary>
/// <param name="Line">The line, from 1.</param>
/// <param name="LineStart">The index of the line's first character in the text.</param>
/// <param name="Column">The character in the line, from 1.</param>
internal readonly record struct Place(int Line, int LineStart, int Column);

/// <summary>Collects the mistakes of one text.</summary>
internal sealed class DiagnosticBag(string file, string text)
{
    private const int Listed = 50;
    private const int Kept = 5000;
    private const int WidestLine = 160;
    private const int Before = 60;
    private const string Dots = "...";

    private readonly List<Diagnostic> kept = [];
    private readonly Spelling spelling = new();
    private int count;

    /// <summary>Whether there is no mistake.</summary>
    public bool IsEmpty => count == 0;

    /// <summary>The word that was probably meant, or null.</summary>
    public string? Suggest(ReadOnlySpan<char> word, IEnumerable<string> candidates) =>
        spelling.Nearest(word, candidates);

    /// <summary>Adds a mistake.</summary>
    public void Add(Place place, string message, string? expected = null, string? suggestion = null)
    {
        count++;
        if (kept.Count == Kept)
        {
            return;
        }

        (string line, int caret) = Cut(place);
        kept.Add(new Diagnostic(file, place.Line, place.Column, message, line, expected, suggestion)
        {
            CaretOffset = caret,
        });
    }

    /// <summary>Adds a word that is none of those that could stand there.</summary>
    public void AddUnknown(
        Place place,
        string what,
        ReadOnlySpan<char> word,
        IReadOnlyCollection<string> known,
        string? expected = null) =>
        Add(
            place,
            $"unknown {what} {QuotedText.Of(word)}",
            expected ?? (known.Count is > 0 and <= 20 ? string.Join(", ", known) : null),
            Suggest(word, known));

    /// <summary>The first mistakes in the order of their places, and how many more there are.</summary>
    public (ImmutableArray<Diagnostic> Diagnostics, int Omitted) Finish()
    {
        ImmutableArray<Diagnostic> sorted =
            [.. kept.OrderBy(diagnostic => diagnostic.Line).ThenBy(diagnostic => diagnostic.Column).Take(Listed)];
        return (sorted, count - sorted.Length);
    }

    private (string Line, int Caret) Cut(Place place)
    {
        int longest = Math.Min(text.Length - place.LineStart, place.Column + WidestLine);
        ReadOnlySpan<char> line = text.AsSpan(place.LineStart, longest);
        int end = line.IndexOf('\n');
        line = (end < 0 ? line : line[..end]).TrimEnd('\r');
        int caret = place.Column - 1;
        if (line.Length <= WidestLine)
        {
            return (QuotedText.Clean(line), caret);
        }

        int from = Math.Max(0, caret - Before);
        ReadOnlySpan<char> cut = line[from..];
        string before = from > 0 ? Dots : "";
        bool isLonger = cut.Length > WidestLine - Before;
        string shown = isLonger ? QuotedText.Clean(cut[..(WidestLine - Before)]) + Dots : QuotedText.Clean(cut);
        return (before + shown, caret - from + before.Length);
    }
}
