using System.Collections.Immutable;
using DmaBufSim.Abi;
using DmaBufSim.Scenarios.Verbs;

namespace DmaBufSim.Scenarios.Reading;

/// <summary>Reads the lines that are steps.</summary>
internal sealed class StepReader(DiagnosticBag bag, LineWords words, WordPool pool, DeclaredNames declared)
{
    private const string Arrow = "->";
    private const string Shape = "[PROCESS:] [RESULT =] VERB ARGUMENT... [-> OUTCOME WORD...]";

    private readonly ArgumentReader arguments = new(bag, words, pool, declared);
    private readonly OutcomeReader outcomes = new(bag, words, pool);

    /// <summary>The names that steps bind.</summary>
    public BoundNames Names => arguments.Names;

    /// <summary>The processes that steps fork.</summary>
    public BoundNames Processes => arguments.Processes;

    /// <summary>Whether a verb has been read.</summary>
    public bool SawVerb { get; private set; }

    /// <summary>Reads the line; the step is null where it has a mistake.</summary>
    /// <param name="otherWords">What else the first word could have been.</param>
    public Step? Read(IReadOnlyCollection<string> otherWords)
    {
        if (FindGluedArrow() is { } place)
        {
            bag.Add(place, "spaces are missing around '->'", Shape);
            return null;
        }

        int end = FindArrow();
        int outcome = end + 1 < words.Count ? end + 1 : -1;
        int at = 0;
        string? process = null;
        if (end > 0 && words[0].Length > 1 && words[0][^1] == ':')
        {
            process = pool.Get(words[0][..^1]);
            at = 1;
        }

        int name = at + 1 < end && words.Is(at + 1, "=") ? at : -1;
        string? binds = name < 0 ? null : pool.Get(words[name]);
        if (binds is not null)
        {
            // Even where the rest is wrong: one mistake shall not make others.
            Names.Bind(binds);
        }

        at = name < 0 ? at : at + 2;
        if (at >= end)
        {
            bag.Add(at < words.Count ? words.At(at) : words.After(words.Count - 1), "a verb is missing", Shape);
            return null;
        }

        if (VerbTable.Find(words[at]) is not { } verb)
        {
            AddUnknownVerb(at, at == 0 ? otherWords : []);
            return null;
        }

        SawVerb = true;
        bool mustSucceed = outcome < 0 || words.Is(outcome, Expectation.Ok);
        bool good = process is null || arguments.IsName(0, process, "process");
        if (good && process is not null && mustSucceed)
        {
            Processes.Use(process, words.At(0));
        }

        good &= binds is null || CheckBinding(name, binds, verb);
        ImmutableArray<Argument> read = arguments.Read(verb, at, end, mustSucceed, words.Is(outcome, "ENOENT"));
        good &= !read.IsDefault;
        Expectation? expected = null;
        if (end < words.Count)
        {
            expected = outcomes.Read(end);
            good &= expected is not null;
        }

        return good ? new Step(words.Number, process, binds, verb, read, expected) : null;
    }

    private Place? FindGluedArrow()
    {
        for (int i = 0; i < words.Count && !words.Is(i, Arrow); i++)
        {
            if (words[i].StartsWith(Arrow, StringComparison.Ordinal))
            {
                return words.At(i);
            }

            if (words[i].EndsWith(Arrow, StringComparison.Ordinal))
            {
                return words.At(i, words[i].Length - Arrow.Length);
            }
        }

        return null;
    }

    private int FindArrow()
    {
        for (int i = 0; i < words.Count; i++)
        {
            if (words.Is(i, Arrow))
            {
                return i;
            }
        }

        return words.Count;
    }

    private bool CheckBinding(int name, string binds, Verb verb)
    {
        if (verb.Produces == Produces.Nothing)
        {
            bag.Add(words.At(name), $"'{verb.Name}' makes nothing that a name could stand for", verb.Usage);
            return false;
        }

        return arguments.IsName(name, binds, "name");
    }

    private void AddUnknownVerb(int at, IReadOnlyCollection<string> otherWords)
    {
        ReadOnlySpan<char> word = words[at];
        int equals = word.IndexOf('=');
        if (equals > 0 && VerbTable.Find(word[(equals + 1)..]) is { } joined)
        {
            bag.Add(words.At(at, equals), "spaces are missing around '='", joined.Usage);
            return;
        }

        IEnumerable<string> candidates = VerbTable.All.Select(verb => verb.Name).Concat(otherWords);
        string what = SawVerb || otherWords.Count == 0 ? "verb" : "declaration or verb";
        bag.Add(words.At(at), $"unknown {what} {QuotedText.Of(word)}", null, bag.Suggest(word, candidates));
    }
}
