namespace DmaBufSim.Scenarios.Reading;

/// <summary>The words of one line, up to its comment. One object is used for all lines of a text.</summary>
internal sealed class LineWords(string text)
{
    private readonly List<(int Start, int Length)> words = [];
    private int lineStart;

    /// <summary>The number of the line, from 1.</summary>
    public int Number { get; private set; }

    /// <summary>How many words there are.</summary>
    public int Count => words.Count;

    /// <summary>A word.</summary>
    public ReadOnlySpan<char> this[int index] => text.AsSpan(lineStart + words[index].Start, words[index].Length);

    /// <summary>Cuts a line into words.</summary>
    public void Read(int number, int start, int length)
    {
        Number = number;
        lineStart = start;
        words.Clear();
        ReadOnlySpan<char> line = text.AsSpan(start, length);
        int at = 0;
        while (true)
        {
            int skipped = line[at..].IndexOfAnyExcept(' ', '\t');
            if (skipped < 0 || line[at + skipped] == '#')
            {
                return;
            }

            at += skipped;
            int wordLength = line[at..].IndexOfAny(' ', '\t');
            wordLength = wordLength < 0 ? length - at : wordLength;
            words.Add((at, wordLength));
            at += wordLength;
        }
    }

    /// <summary>The place of a word, or of a character in it.</summary>
    public Place At(int index, int offset = 0) => new(Number, lineStart, words[index].Start + offset + 1);

    /// <summary>The place behind a word, where the next one is missing.</summary>
    public Place After(int index) => new(Number, lineStart, words[index].Start + words[index].Length + 1);

    /// <summary>Whether a word is this one.</summary>
    public bool Is(int index, string word) => index >= 0 && index < Count && this[index].SequenceEqual(word);
}
