namespace DmaBufSim.Scenarios;

/// <summary>Breaks sentences into lines.</summary>
public static class WordWrap
{
    /// <summary>
    /// The lines of a sentence, none longer than a width unless one word is; all but the first are indented.
    /// </summary>
    public static IEnumerable<string> Lines(string sentence, int width)
    {
        const string Indent = "  ";
        string line = "";
        bool isFirst = true;
        foreach (string word in sentence.Split(' '))
        {
            string longer = line.Length == 0 ? (isFirst ? word : Indent + word) : $"{line} {word}";
            if (longer.Length > width && line.Length > 0)
            {
                yield return line;
                isFirst = false;
                longer = Indent + word;
            }

            line = longer;
        }

        yield return line;
    }
}
