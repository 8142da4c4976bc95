namespace DmaBufSim.Scenarios.Reading;

/// <summary>Gives equal words one string: a story says the same few words over and over.</summary>
internal sealed class WordPool
{
    private readonly HashSet<string> words = new(StringComparer.Ordinal);
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> lookup;

    /// <summary>An empty pool.</summary>
    public WordPool() => lookup = words.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The string of a word.</summary>
    public string Get(ReadOnlySpan<char> word)
    {
        if (lookup.TryGetValue(word, out string? pooled))
        {
            return pooled;
        }

        pooled = word.ToString();
        words.Add(pooled);
        return pooled;
    }
}
