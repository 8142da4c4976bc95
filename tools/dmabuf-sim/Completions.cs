namespace DmaBufSim.Cli;

/// <summary>The words that may stand at the end of a text.</summary>
/// <param name="Words">The words, in order.</param>
/// <param name="Typed">How many of their characters are there already.</param>
/// <param name="Ends">Whether a space follows a word.</param>
internal sealed record Completions(IReadOnlyList<string> Words, int Typed, bool Ends = true)
{
    /// <summary>No words.</summary>
    public static Completions None { get; } = new([], 0);

    /// <summary>Those words that begin with what is typed.</summary>
    public static Completions Of(IEnumerable<string> candidates, string typed, bool ends = true) => new(
        [.. candidates
            .Where(word => word.StartsWith(typed, StringComparison.Ordinal))
            .Distinct()
            .Order(StringComparer.Ordinal)],
        typed.Length,
        ends);

    /// <summary>What all words have in common behind what is typed.</summary>
    public string Common()
    {
        if (Words.Count == 0)
        {
            return "";
        }

        int length = Words[0].Length;
        foreach (string word in Words)
        {
            length = Math.Min(length, Words[0].AsSpan().CommonPrefixLength(word));
        }

        return Words[0][Typed..length];
    }
}
