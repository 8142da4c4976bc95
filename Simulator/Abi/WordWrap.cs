namespace DmaBufSim.Abi;

/// <summary>Breaks sentences into lines.</summary>
public static class WordWrap
{
    /// <summary>
    /// The lines of a sentence, none longer than a width unless one word is; all but the first are indented.
    /// </summary>
    public static IEnumerable<string> Lines(string sentence, int width, string indent = "  ")
    {
        string line = "";
        bool isFirst = true;
        foreach (string word in sentence.Split(' '))
        {
            string longer = line.Length == 0 ? (isFirst ? word : indent + word) : $"{line} {word}";
            if (longer.Length > width && line.Length > 0)
            {
                yield return line;
                isFirst = false;
                longer = indent + word;
            }

            line = longer;
        }

        yield return line;
    }

    /// <summary>The lines of a sentence that may be indented already; all of them are then.</summary>
    public static IEnumerable<string> Indented(string sentence, int width)
    {
        string text = sentence.TrimStart(' ');
        string indent = sentence[..^text.Length];
        return Lines(text, width - indent.Length).Select(line => indent + line);
    }
}
