using System.Globalization;

namespace DmaBufSim.FieldLogs;

/// <summary>Reads the words of a line from left to right.</summary>
internal ref struct LogWords(ReadOnlySpan<char> text)
{
    /// <summary>No area and no request has as many pages: four pebibytes.</summary>
    public const long TooMany = 1L << 40;

    /// <summary>What is not read yet.</summary>
    public ReadOnlySpan<char> Rest { get; private set; } = text;

    /// <summary>The last number that was taken, as it is written.</summary>
    public ReadOnlySpan<char> Number { get; private set; }

    /// <summary>Whether everything is read.</summary>
    public readonly bool IsAtEnd => Rest.IsEmpty;

    /// <summary>Passes over blanks.</summary>
    public void SkipBlanks() => Rest = Rest.TrimStart();

    /// <summary>Passes over a text, if it comes next.</summary>
    public bool Take(ReadOnlySpan<char> wanted)
    {
        bool isNext = Rest.StartsWith(wanted, StringComparison.Ordinal);
        Rest = isNext ? Rest[wanted.Length..] : Rest;
        return isNext;
    }

    /// <summary>
    /// Takes a number, if one comes next; one that no kernel can mean is <see cref="TooMany"/>.
    /// </summary>
    public bool TakeNumber(out long number)
    {
        int length = Rest.IndexOfAnyExceptInRange('0', '9');
        length = length < 0 ? Rest.Length : length;
        if (!long.TryParse(Rest[..length], NumberStyles.None, CultureInfo.InvariantCulture, out number)
            || number > TooMany)
        {
            number = TooMany;
        }

        Number = Rest[..length];
        Rest = Rest[length..];
        return length > 0;
    }

    /// <summary>Takes what comes before the next blank.</summary>
    public ReadOnlySpan<char> TakeWord()
    {
        int length = Rest.IndexOfAny(' ', '\t');
        ReadOnlySpan<char> word = length < 0 ? Rest : Rest[..length];
        Rest = Rest[word.Length..];
        return word;
    }
}
