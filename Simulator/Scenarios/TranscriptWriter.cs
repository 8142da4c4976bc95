using System.Collections.Immutable;
using DmaBufSim.Abi;
using DmaBufSim.Tracing;
using static System.FormattableString;

namespace DmaBufSim.Scenarios;

/// <summary>
/// Writes what a run did: the text of the scenario with the outcomes that the machine gave. A transcript is a scenario
/// again; what it adds is comments.
/// </summary>
/// <param name="scenario">What is run.</param>
/// <param name="write">Takes the pieces, in order; lines end with a line feed.</param>
/// <param name="explains">Whether to tell what each step changed and which kernel function has the rule.</param>
/// <param name="widest">
/// How wide a line with an outcome may be; what does not fit follows in comments. Null for one line a step.
/// </param>
public sealed class TranscriptWriter(
    Scenario scenario, Action<TextRole, string> write, bool explains = false, int? widest = null)
{
    private const string Arrow = "->";
    private const int WidestCall = 56;
    private const int Width = 80;
    private const int MostAlike = 8;
    private const int ToldOfMany = 3;
    private const string More = "#   ";

    private readonly string text = scenario.Text;
    private int at;
    private int line = 1;
    private int column = -1;
    private bool isTold;

    /// <summary>Writes a step, and the lines of the scenario that come before it.</summary>
    public void Write(PlayedStep played)
    {
        while (line < played.Step.Line && at < text.Length)
        {
            CopyLine();
        }

        (string call, string comment) = Split(played.Step);
        if (played.Step.Verb.IsStatement && played.Difference is null && played.Outcome.IsOk)
        {
            write(TextRole.Step, call.TrimEnd());
            write(TextRole.Comment, comment.Length > 0 ? $"  {comment}\n" : "\n");
            return;
        }

        write(TextRole.Step, call);
        WriteResult(played, comment, call.Length);
    }

    /// <summary>Writes what a step came to, without the step itself.</summary>
    /// <param name="played">The step.</param>
    /// <param name="comment">A comment that follows the outcome on its line.</param>
    /// <param name="left">How wide is what stands on the line already.</param>
    public void WriteResult(PlayedStep played, string comment = "", int left = 0)
    {
        WriteOutcome(played.Outcome, comment, left);
        if (explains)
        {
            WriteExplanation(played);
        }

        if (played.Difference is not null)
        {
            WriteDifference(played, "# ");
        }
    }

    /// <summary>Writes the rest of the scenario and what became of its verdicts.</summary>
    public void Finish(RunResult result)
    {
        while (at < text.Length)
        {
            CopyLine();
        }

        foreach (JudgedVerdict judged in result.Verdicts)
        {
            WriteVerdict(judged, "# ");
        }

        if (result.StepsPlayed < scenario.Steps.Length)
        {
            int left = scenario.Steps.Length - result.StepsPlayed;
            string steps = left == 1 ? "1 step was" : Invariant($"{left} steps were");
            write(TextRole.Wrong, $"# the machine has crashed; {steps} not played\n");
        }
    }

    /// <summary>Writes expectation and outcome of a step side by side, and the reason.</summary>
    /// <param name="played">The step.</param>
    /// <param name="indent">What each line starts with.</param>
    public void WriteDifference(PlayedStep played, string indent)
    {
        Expectation expected = played.Step.Expected ?? Expectation.Success;
        WriteWrapped(TextRole.Wrong, indent, $"! expected: {expected}");
        WriteWrapped(TextRole.Wrong, indent, $"! actual:   {played.Outcome}");
        if (expected.Outcome == played.Outcome.Name)
        {
            WriteWrapped(TextRole.Wrong, indent, $"! {played.Difference}");
        }

        WriteRefusal(played.Outcome, indent + "  ");
    }

    /// <summary>Writes what became of a verdict.</summary>
    public void WriteVerdict(JudgedVerdict judged, string indent)
    {
        if (judged.Violation is not { } violation)
        {
            write(TextRole.Change, $"{indent}{judged.Verdict.Sentence}: holds\n");
            return;
        }

        string where = judged.Line > 0 ? Invariant($"line {judged.Line}") : "the end";
        WriteWrapped(TextRole.Wrong, indent, $"{judged.Verdict.Sentence}: broken at {where}: {violation}");
    }

    private void WriteOutcome(Outcome outcome, string comment, int left)
    {
        TextRole role = outcome.IsOk ? TextRole.Success : outcome.IsCrash ? TextRole.Wrong : TextRole.Refusal;
        (string head, string rest) = Fold($"{Arrow} {outcome}", (widest ?? int.MaxValue) - left);
        write(role, head);
        write(TextRole.Comment, comment.Length > 0 ? $"  {comment}\n" : "\n");
        foreach (string piece in rest.Length > 0 ? WordWrap.Lines(rest, (widest ?? 0) - More.Length, indent: "") : [])
        {
            write(role, $"{More}{piece}\n");
        }

        foreach (string printed in outcome.Lines)
        {
            write(TextRole.Output, $"| {printed}\n");
        }
    }

    private void WriteExplanation(PlayedStep played)
    {
        WriteChanges(played.Changes);
        if (!played.Outcome.IsOk && played.Difference is null)
        {
            WriteRefusal(played.Outcome, More);
        }
        else if (played.Outcome.IsOk && played.Step.Verb.Origin is { } origin)
        {
            WriteWrapped(TextRole.Change, More, origin);
        }

        foreach (string note in played.Notes)
        {
            WriteWrapped(TextRole.Change, More, note);
        }
    }

    // A large buffer is hundreds of chunks: of many alike the first few stand for all.
    private void WriteChanges(ImmutableArray<TraceRecord> changes)
    {
        for (int first = 0; first < changes.Length;)
        {
            int end = first + 1;
            while (end < changes.Length && AreAlike(changes[first], changes[end]))
            {
                end++;
            }

            int told = end - first > MostAlike ? first + ToldOfMany : end;
            for (int index = first; index < told; index++)
            {
                WriteWrapped(TextRole.Change, More, TraceText.Describe(changes[index]));
            }

            if (told < end)
            {
                write(TextRole.Change, Invariant($"{More}and {end - told} more of these\n"));
            }

            first = end;
        }
    }

    private static bool AreAlike(in TraceRecord one, in TraceRecord other) =>
        one.Event is TraceEvent.PagesTaken or TraceEvent.PagesFreed or TraceEvent.PagesWiped
            && (one.Event, one.First, one.Name) == (other.Event, other.First, other.Name);

    private void WriteRefusal(Outcome outcome, string indent)
    {
        foreach (string sentence in RefusalText.Explain(outcome.Refusal))
        {
            WriteWrapped(TextRole.Change, indent, sentence);
        }
    }

    // What the transcript adds of its own, no wider than a terminal.
    private void WriteWrapped(TextRole role, string indent, string text)
    {
        foreach (string line in WordWrap.Indented(text, Width - indent.Length))
        {
            write(role, $"{indent}{line}\n");
        }
    }

    // The words that fit, at least two of them, and the others.
    private static (string Head, string Others) Fold(string text, int width)
    {
        if (text.Length <= width)
        {
            return (text, "");
        }

        int least = text.IndexOf(' ', Arrow.Length + 1);
        int at = width > least && least > 0 ? text.LastIndexOf(' ', width) : least;
        return at < 0 ? (text, "") : (text[..at], text[(at + 1)..]);
    }

    // The call of a step as its author wrote it, up to where the outcome begins, and the comment behind it.
    private (string Call, string Comment) Split(Step step)
    {
        if (step.Line == 0 || at >= text.Length)
        {
            return ($"{step} ", "");
        }

        string source = NextLine();
        SkipPrinted();
        int hash = CommentIn(source);
        string comment = hash < 0 ? "" : source[hash..];
        string content = hash < 0 ? source : source[..hash];
        int arrow = content.IndexOf($" {Arrow} ", StringComparison.Ordinal);
        if (arrow >= 0)
        {
            return (content[..(arrow + 1)], comment);
        }

        string call = content.TrimEnd();
        return (call + " ".PadRight(Math.Max(1, ArrowColumn() - call.Length)), comment);
    }

    private void CopyLine()
    {
        string source = NextLine();
        isTold = IsJudgement(source) || (isTold && source.StartsWith(More, StringComparison.Ordinal));
        if (isTold)
        {
            return;
        }

        bool isComment = source.AsSpan().TrimStart().StartsWith("#", StringComparison.Ordinal);
        write(isComment ? TextRole.Comment : TextRole.Plain, source + "\n");
    }

    // What an earlier run said of a verdict or of the whole, where the scenario is a transcript.
    private bool IsJudgement(string source)
    {
        if (source.StartsWith("# PASS  ", StringComparison.Ordinal)
            || source.StartsWith("# FAIL  ", StringComparison.Ordinal)
            || source.StartsWith("# CRASH  ", StringComparison.Ordinal))
        {
            return true;
        }

        foreach (Verdict verdict in source.StartsWith("# ", StringComparison.Ordinal) ? scenario.Verdicts : [])
        {
            string sentence = verdict.Sentence;
            if (source.AsSpan(2).StartsWith(sentence, StringComparison.Ordinal)
                && (source.AsSpan(2 + sentence.Length) is ": holds"
                    || source.AsSpan(2 + sentence.Length).StartsWith(": broken at ", StringComparison.Ordinal)))
            {
                return true;
            }
        }

        return false;
    }

    private string NextLine()
    {
        int end = text.IndexOf('\n', at);
        end = end < 0 ? text.Length : end;
        string source = text[at..end].TrimEnd('\r');
        at = end + 1;
        line++;
        return source;
    }

    // The lines that were expected give way to those that were printed, with the words that did not fit before them.
    private void SkipPrinted()
    {
        for (int next = at; next < text.Length;)
        {
            int end = text.IndexOf('\n', next);
            ReadOnlySpan<char> source = text.AsSpan(next).TrimStart(" \t");
            bool isPrinted = source.StartsWith("|", StringComparison.Ordinal);
            if (!isPrinted && !source.StartsWith(More, StringComparison.Ordinal))
            {
                return;
            }

            next = end < 0 ? text.Length : end + 1;
            while (isPrinted && at < next)
            {
                NextLine();
            }
        }
    }

    // Where the author has put the outcomes, or the first column that is free behind all calls.
    private int ArrowColumn()
    {
        if (column < 0)
        {
            column = 0;
            foreach (string source in text.Split('\n'))
            {
                int arrow = source.IndexOf($"  {Arrow} ", StringComparison.Ordinal) + 2;
                column = arrow is > 2 and <= WidestCall ? Math.Max(column, arrow) : column;
            }

            foreach (Step step in column > 0 ? [] : scenario.Steps)
            {
                int length = step.Verb.IsStatement ? 0 : step.ToString().Length + 1;
                column = length <= WidestCall ? Math.Max(column, length) : column;
            }
        }

        return column;
    }

    private static int CommentIn(string source)
    {
        for (int i = 0; i < source.Length; i++)
        {
            if (source[i] == '#' && (i == 0 || source[i - 1] is ' ' or '\t'))
            {
                return i;
            }
        }

        return -1;
    }
}
