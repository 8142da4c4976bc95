using System.Collections.Immutable;
using DmaBufSim.Abi;
using DmaBufSim.Scenarios.Verbs;

namespace DmaBufSim.Cli;

/// <summary>What the command can tell about verbs, errnos and reasons.</summary>
internal static class Manual
{
    private const int Width = 80;

    /// <summary>The verbs, one a line.</summary>
    public static IEnumerable<string> Verbs() => VerbTable.All.SelectMany(verb => Entry(verb.Name, verb.Summary));

    /// <summary>One verb.</summary>
    public static IEnumerable<string> About(Verb verb)
    {
        yield return verb.Usage;
        foreach (string line in WordWrap.Lines(verb.Summary, Width))
        {
            yield return line;
        }

        if (verb.Origin is { } origin)
        {
            yield return origin;
        }

        if (verb.OutcomeWords.Length > 0)
        {
            foreach (string line in WordWrap.Lines($"on ok:     {verb.OutcomeWords}", Width, indent: new string(' ', 11)))
            {
                yield return line;
            }
        }

        foreach (Parameter parameter in verb.Parameters)
        {
            ImmutableArray<string> words = FlagWords.Of(parameter.Kind).Names;
            if (!words.IsEmpty)
            {
                yield return $"{parameter.Name}: ".PadRight(11) + string.Join(" ", words);
            }
        }
    }

    /// <summary>One errno or reason; null where the word is neither.</summary>
    public static IEnumerable<string>? About(string word)
    {
        string reason = word.StartsWith("reason=", StringComparison.Ordinal) ? word["reason=".Length..] : word;
        if (ReasonWords.Find(reason) is not Reason.None and var found)
        {
            return About(ReasonText.Of(found));
        }

        bool isName = word.Length > 0 && char.IsAsciiLetter(word[0]);
        return isName && Enum.TryParse(word, ignoreCase: true, out Errno errno) && errno != Errno.OK
            ? About(errno)
            : null;
    }

    /// <summary>Every word that can be explained.</summary>
    public static IEnumerable<string> Words() => Chapters().SelectMany(chapter => chapter.Words);

    /// <summary>The same words by their kind.</summary>
    public static IEnumerable<(string Title, IEnumerable<string> Words)> Chapters() =>
    [
        ("errnos", Enum.GetNames<Errno>().Where(name => name != nameof(Errno.OK))),
        ("reasons", ReasonText.All.Select(text => text.Reason.Word())),
        ("verbs", VerbTable.All.Select(verb => verb.Name)),
    ];

    /// <summary>A word and what it means, in two columns.</summary>
    public static IEnumerable<string> Entry(string word, string text)
    {
        const int Column = 14;
        string indent = new(' ', Column);
        bool isFirst = true;
        if (word.Length + 4 > Column)
        {
            yield return $"  {word}";
            isFirst = false;
        }

        foreach (string line in WordWrap.Lines(text, Width - Column))
        {
            yield return (isFirst ? $"  {word}".PadRight(Column) : indent) + line.TrimStart();
            isFirst = false;
        }
    }

    private static IEnumerable<string> About(ReasonText text)
    {
        yield return text.Reason.Word();
        foreach (string line in WordWrap.Lines(text.Meaning, Width))
        {
            yield return line;
        }

        yield return $"outcome:    {string.Join(", ", text.Errnos)}";
        yield return $"decided in: {text.KernelFunction}";
        foreach (string line in WordWrap.Lines($"to do:      {text.Advice}", Width))
        {
            yield return line;
        }
    }

    private static IEnumerable<string> About(Errno errno)
    {
        yield return $"{errno} ({(int)errno}): {ErrnoText.Of(errno)}";
        List<ReasonText> reasons = [.. ReasonText.All.Where(text => text.Errnos.Contains(errno))];
        yield return reasons.Count == 0
            ? "No rule of this simulator answers with it."
            : "One meets it here for these reasons:";
        foreach (string line in reasons.SelectMany(text => Entry(text.Reason.Word(), text.Meaning)))
        {
            yield return line;
        }
    }
}
