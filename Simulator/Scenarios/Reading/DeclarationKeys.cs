using System.Collections.Immutable;
using DmaBufSim.Abi;

namespace DmaBufSim.Scenarios.Reading;

/// <summary>The <c>key=value</c> words of one declaration. One object is used for all declarations of a text.</summary>
internal sealed class DeclarationKeys(DiagnosticBag bag, LineWords words)
{
    private const int MostKeys = 64;

    private readonly List<(string Key, int Word)> read = [];

    /// <summary>Reads the words from one on; a word of another shape and a key that comes twice are mistakes.</summary>
    public void Read(int from)
    {
        read.Clear();
        for (int i = from; i < words.Count; i++)
        {
            int equals = words[i].IndexOf('=');
            if (equals <= 0)
            {
                bag.Add(words.At(i), $"{QuotedText.Of(words[i])} is not KEY=VALUE", "KEY=VALUE, without spaces");
                continue;
            }

            if (read.Count == MostKeys)
            {
                bag.Add(words.At(i), "no declaration has that many keys");
                return;
            }

            string key = words[i][..equals].ToString();
            if (Find(key) >= 0)
            {
                bag.Add(words.At(i), $"{QuotedText.Of(key)} is given twice");
            }
            else
            {
                read.Add((key, i));
            }
        }
    }

    /// <summary>Reports the keys that are not among these.</summary>
    public void Allow(ImmutableArray<string> known)
    {
        foreach ((string key, int word) in read)
        {
            if (!known.Contains(key))
            {
                bag.AddUnknown(words.At(word), "key", key, known);
            }
        }
    }

    /// <summary>The keys that are not among these, with their values.</summary>
    public ImmutableSortedDictionary<string, string> Others(ImmutableArray<string> known)
    {
        ImmutableSortedDictionary<string, string>.Builder others =
            ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach ((string key, int word) in read)
        {
            if (!known.Contains(key))
            {
                others.Add(key, words[word][(key.Length + 1)..].ToString());
            }
        }

        return others.ToImmutable();
    }

    /// <summary>Whether a key is there.</summary>
    public bool Has(string key) => Find(key) >= 0;

    /// <summary>The place of a key's value, or the end of the line where the key is missing.</summary>
    public Place At(string key)
    {
        int found = Find(key);
        return found < 0 ? words.After(words.Count - 1) : words.At(read[found].Word, key.Length + 1);
    }

    /// <summary>The value of a key, or null. An empty value is a mistake.</summary>
    public string? Text(string key)
    {
        int found = Find(key);
        if (found < 0)
        {
            return null;
        }

        string value = words[read[found].Word][(key.Length + 1)..].ToString();
        if (value.Length > 0)
        {
            return value;
        }

        bag.Add(At(key), $"'{key}=' has no value");
        return null;
    }

    /// <summary>The number after a key; null where there is none, or a wrong one.</summary>
    public long? Number(string key, long min, long max, string expected)
    {
        if (Text(key) is not { } text)
        {
            return null;
        }

        if (!NumberText.TryParse(text, out long number))
        {
            bag.Add(At(key), $"{QuotedText.Of(text)} is not a number", expected, NumberText.Repair(text));
            return null;
        }

        if (number >= min && number <= max)
        {
            return number;
        }

        bag.Add(At(key), $"{key}={text} is out of range", expected);
        return null;
    }

    /// <summary>The word after a key, one of those that are known; null where there is none, or a wrong one.</summary>
    public string? OneOf(string key, string what, ImmutableArray<string> known)
    {
        string? text = Text(key);
        if (text is null || known.Contains(text))
        {
            return text;
        }

        bag.AddUnknown(At(key), what, text, known);
        return null;
    }

    /// <summary>The answer after a key; null where there is none.</summary>
    public bool? YesOrNo(string key)
    {
        string? text = OneOf(key, "answer", ["yes", "no"]);
        return text is null ? null : text == "yes";
    }

    private int Find(string key)
    {
        for (int i = 0; i < read.Count; i++)
        {
            if (read[i].Key == key)
            {
                return i;
            }
        }

        return -1;
    }
}
