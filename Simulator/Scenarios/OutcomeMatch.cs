using System.Collections.Immutable;
using System.Globalization;

namespace DmaBufSim.Scenarios;

/// <summary>The rules by which an expectation is compared; each returns null, or what differs.</summary>
internal static class OutcomeMatch
{
    public static string? Reason(ImmutableArray<string> expected, string? actual)
    {
        foreach (string word in expected)
        {
            if (IsReason(word) && !word.AsSpan(Expectation.ReasonKey.Length).SequenceEqual(actual))
            {
                return $"expected {word}, got {(actual is null ? "no reason" : Expectation.ReasonKey + actual)}";
            }
        }

        return null;
    }

    public static string? AllWords(ImmutableArray<string> expected, ImmutableArray<string> actual)
    {
        int at = 0;
        bool equal = true;
        foreach (string word in expected)
        {
            if (!IsReason(word))
            {
                equal &= at < actual.Length && actual[at] == word;
                at++;
            }
        }

        return equal && at == actual.Length
            ? null
            : $"expected exactly {Quote(expected.Where(word => !IsReason(word)))}, got {Quote(actual)}";
    }

    public static string? WrittenWords(ImmutableArray<string> expected, ImmutableArray<string> actual)
    {
        int at = 0;
        foreach (string word in expected)
        {
            if (IsReason(word))
            {
                continue;
            }

            int key = word.IndexOf('=', StringComparison.Ordinal);
            if (key > 0)
            {
                string? found = Find(actual, word.AsSpan(0, key + 1));
                if (found != word)
                {
                    return $"expected {word}, got {found ?? $"no {word[..(key + 1)]}"}";
                }
            }
            else
            {
                int place = at < actual.Length ? actual.IndexOf(word, at) : -1;
                if (place < 0)
                {
                    return $"expected {word}, got {Quote(actual)}";
                }

                at = place + 1;
            }
        }

        return null;
    }

    public static string? AllLines(ImmutableArray<string> expected, ImmutableArray<string> actual)
    {
        int shorter = Math.Min(expected.Length, actual.Length);
        for (int i = 0; i < shorter; i++)
        {
            if (expected[i] != actual[i])
            {
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"line {i + 1} differs: expected \"{expected[i]}\", got \"{actual[i]}\"");
            }
        }

        return expected.Length == actual.Length
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"expected {expected.Length} lines, got {actual.Length}");
    }

    private static bool IsReason(string word) => word.StartsWith(Expectation.ReasonKey, StringComparison.Ordinal);

    private static string? Find(ImmutableArray<string> words, ReadOnlySpan<char> key)
    {
        foreach (string word in words)
        {
            if (word.AsSpan().StartsWith(key, StringComparison.Ordinal))
            {
                return word;
            }
        }

        return null;
    }

    private static string Quote(IEnumerable<string> words) => $"\"{string.Join(' ', words)}\"";
}
