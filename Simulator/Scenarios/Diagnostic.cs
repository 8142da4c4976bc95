using System.Globalization;
using System.Text;

namespace DmaBufSim.Scenarios;

/// <summary>A mistake in a scenario: where it is, what is wrong and what would be right.</summary>
/// <param name="File">The file.</param>
/// <param name="Line">The line, from 1; 0 for a mistake of the whole file.</param>
/// <param name="Column">The character in the line, from 1.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="SourceLine">The line; of a long one the part around the mistake.</param>
/// <param name="Expected">What would be right, or null.</param>
/// <param name="Suggestion">The word that was probably meant, or null.</param>
public sealed record Diagnostic(
    string File,
    int Line,
    int Column,
    string Message,
    string SourceLine,
    string? Expected = null,
    string? Suggestion = null)
{
    private const string Indent = "    ";

    /// <summary>Which character of <see cref="SourceLine"/> the caret points at, from 0.</summary>
    internal int CaretOffset { get; init; } = Column - 1;

    /// <summary>
    /// The place and the message; then the line with a caret under the mistake, what was expected, and the suggestion.
    /// </summary>
    public override string ToString()
    {
        if (Line == 0)
        {
            return $"{File}: {Message}";
        }

        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{File}:{Line}:{Column}: {Message}\n");
        text.Append(Indent).Append(SourceLine).Append('\n').Append(Indent);
        for (int i = 0; i < CaretOffset; i++)
        {
            // A tab above needs a tab below, or the caret stands elsewhere.
            text.Append(i < SourceLine.Length && SourceLine[i] == '\t' ? '\t' : ' ');
        }

        text.Append('^');
        if (Expected is not null)
        {
            text.Append("\nexpected: ").Append(Expected);
        }

        if (Suggestion is not null)
        {
            text.Append("\ndid you mean '").Append(Suggestion).Append("'?");
        }

        return text.ToString();
    }
}
