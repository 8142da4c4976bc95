namespace DmaBufSim.Scenarios.Reading;

/// <summary>Finds the word that was probably meant.</summary>
/// <remarks>
/// <para><b>Cost:</b> bounded for the lifetime of the object, so that a file of nothing but mistakes is read in
/// time.</para>
/// </remarks>
public sealed class Spelling
{
    private const int LongestWord = 64;
    private const int ShortestPrefix = 3;

    private long budget = 50_000_000;

    /// <summary>The word that was probably meant, or null.</summary>
    public static string? Suggest(string word, IEnumerable<string> candidates) =>
        new Spelling().Nearest(word, candidates);

    /// <summary>The candidate with the smallest edit distance, the first of several; null where none is near.</summary>
    internal string? Nearest(ReadOnlySpan<char> word, IEnumerable<string> candidates)
    {
        if (word.Length is 0 or > LongestWord)
        {
            return null;
        }

        string? nearest = null;
        int best = int.MaxValue;
        foreach (string candidate in candidates)
        {
            budget -= LongestWord;
            if (budget < 0 || best == 0)
            {
                break;
            }

            int longer = Math.Max(word.Length, candidate.Length);
            int limit = Math.Min(best - 1, longer == 1 ? 0 : Math.Max(1, longer / 3));

            int distance = Distance(word, candidate, limit);
            if (distance <= limit)
            {
                nearest = candidate;
                best = distance;
            }
        }

        return nearest;
    }

    // Insertions, deletions, replacements and swaps of neighbours; case counts nothing.
    private int Distance(ReadOnlySpan<char> word, ReadOnlySpan<char> candidate, int limit)
    {
        int shorter = Math.Min(word.Length, candidate.Length);
        if (shorter >= ShortestPrefix
            && word[..shorter].Equals(candidate[..shorter], StringComparison.OrdinalIgnoreCase)
            && word.Length != candidate.Length)
        {
            return Math.Min(2, Math.Abs(word.Length - candidate.Length));
        }

        if (Math.Abs(word.Length - candidate.Length) > limit || candidate.Length > LongestWord)
        {
            return int.MaxValue;
        }

        budget -= word.Length * candidate.Length;
        Span<int> older = stackalloc int[LongestWord + 1];
        Span<int> old = stackalloc int[LongestWord + 1];
        Span<int> current = stackalloc int[LongestWord + 1];
        for (int j = 0; j <= candidate.Length; j++)
        {
            old[j] = j;
        }

        for (int i = 1; i <= word.Length; i++)
        {
            current[0] = i;
            for (int j = 1; j <= candidate.Length; j++)
            {
                int replaced = old[j - 1] + (Same(word[i - 1], candidate[j - 1]) ? 0 : 1);
                int distance = Math.Min(replaced, 1 + Math.Min(old[j], current[j - 1]));
                if (i > 1 && j > 1 && Same(word[i - 1], candidate[j - 2]) && Same(word[i - 2], candidate[j - 1]))
                {
                    distance = Math.Min(distance, older[j - 2] + 1);
                }

                current[j] = distance;
            }

            Span<int> spare = older;
            older = old;
            old = current;
            current = spare;
        }

        return old[candidate.Length];
    }

    private static bool Same(char a, char b) => char.ToLowerInvariant(a) == char.ToLowerInvariant(b);
}
