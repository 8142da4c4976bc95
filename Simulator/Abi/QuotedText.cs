namespace DmaBufSim.Abi;

/// <summary>How a word of somebody's text is shown.</summary>
public static class QuotedText
{
    private const int Longest = 60;

    /// <summary>The word in quotes, cut where it is long.</summary>
    public static string Of(ReadOnlySpan<char> word) =>
        word.Length <= Longest ? $"'{Clean(word)}'" : $"'{Clean(word[..Longest])}...'";

    /// <summary>What a terminal would obey or not show is replaced.</summary>
    public static string Clean(ReadOnlySpan<char> text) =>
        string.Create(text.Length, text, static (cleaned, source) =>
        {
            for (int i = 0; i < source.Length; i++)
            {
                cleaned[i] = source[i] != '\t' && char.IsControl(source[i]) ? '\uFFFD' : source[i];
            }
        });
}
