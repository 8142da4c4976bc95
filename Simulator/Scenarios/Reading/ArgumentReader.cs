using System.Collections.Immutable;
using System.Runtime.InteropServices;
using DmaBufSim.Abi;
using DmaBufSim.Engine;
using DmaBufSim.Scenarios.Verbs;

namespace DmaBufSim.Scenarios.Reading;

/// <summary>Reads the words behind a verb.</summary>
internal sealed class ArgumentReader(DiagnosticBag bag, LineWords words, WordPool pool, DeclaredNames declared)
{
    private const string NumberShape = "a number such as 4096, 0x1000, 64KiB or 16p";

    private const string BackgroundShape = "events, 1 to 10000000, or a time such as 500ms, 10s or 5min";

    private bool mustSucceed;
    private bool heapMayBeMissing;

    /// <summary>The names that steps bind.</summary>
    public BoundNames Names { get; } = new("no step binds");

    /// <summary>The processes that steps fork.</summary>
    public BoundNames Processes { get; } = new("no step forks");

    /// <summary>Reads the words between a verb and the arrow; the default array where one is wrong.</summary>
    public ImmutableArray<Argument> Read(Verb verb, int verbAt, int end, bool succeeds, bool missesHeap)
    {
        mustSucceed = succeeds && !verb.TakesUnboundNames;
        heapMayBeMissing = missesHeap;
        int count = end - verbAt - 1;
        if (!verb.Accepts(count))
        {
            bool many = count > verb.Parameters.Length;
            Place place = many ? words.At(verbAt + 1 + verb.Parameters.Length) : words.After(end - 1);
            bag.Add(place, $"too {(many ? "many" : "few")} words for '{verb.Name}'", verb.Usage);
            return default;
        }

        bool good = true;
        Argument[] read = new Argument[verb.Parameters.Length];
        for (int i = 0; i < count; i++)
        {
            int at = verbAt + 1 + i;
            good &= verb.Parameters[i].Keyword is null
                ? ReadValue(verb.Parameters[i].Kind, at, 0, out read[i])
                : ReadKeyword(verb, at, read);
        }

        return good ? ImmutableCollectionsMarshal.AsImmutableArray(read) : default;
    }

    /// <summary>Whether a word can name something; adds a diagnostic where not.</summary>
    public bool IsName(int at, ReadOnlySpan<char> name, string what)
    {
        bool good = char.IsAsciiLetter(name[0]) || name[0] == '_';
        foreach (char c in name)
        {
            good &= char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.';
        }

        if (!good)
        {
            bag.Add(
                words.At(at),
                $"{QuotedText.Of(name)} is no {what}",
                "a letter, then letters, digits, '_', '-' or '.'");
        }

        return good;
    }

    private bool ReadKeyword(Verb verb, int at, Argument[] read)
    {
        ReadOnlySpan<char> word = words[at];
        int equals = word.IndexOf('=');
        ReadOnlySpan<char> key = equals < 0 ? word : word[..equals];
        for (int i = 0; i < verb.Parameters.Length; i++)
        {
            if (verb.Parameters[i].Keyword is not { } keyword || !key.SequenceEqual(keyword) || equals < 0)
            {
                continue;
            }

            if (read[i].IsPresent)
            {
                bag.Add(words.At(at), $"'{keyword}=' is given twice", verb.Usage);
                return false;
            }

            return ReadValue(verb.Parameters[i].Kind, at, equals + 1, out read[i]);
        }

        List<string> keywords = [.. verb.Parameters.Select(parameter => parameter.Keyword).OfType<string>()];
        bag.AddUnknown(words.At(at), "key", key, keywords, verb.Usage);
        return false;
    }

    private bool ReadValue(ParameterKind kind, int at, int skip, out Argument argument)
    {
        ReadOnlySpan<char> word = words[at][skip..];
        long number = 0;
        bool good = true;
        string text = pool.Get(word);
        switch (kind)
        {
            case ParameterKind.Number or ParameterKind.Bytes or ParameterKind.Byte:
                good = ReadNumber(kind, word, words.At(at, skip), out number);
                break;
            case ParameterKind.Heap:
                if (!heapMayBeMissing)
                {
                    declared.UseHeap(text, words.At(at, skip));
                }

                break;
            case ParameterKind.Device:
                declared.UseDevice(text, words.At(at, skip), DeviceUse.Step);
                break;
            case ParameterKind.Process:
                good = ReadProcess(at, text);
                break;
            case ParameterKind.Tenant:
                good = IsName(at, word, "name");
                Names.Bind(text);
                break;
            case ParameterKind.Background:
                good = ReadBackground(word, words.At(at, skip), out number);
                break;
            case ParameterKind.PageRuns:
                good = ReadPageRuns(at, word);
                break;
            case ParameterKind.Text or ParameterKind.Path or ParameterKind.Region or ParameterKind.Area:
            case ParameterKind.Buffer when char.IsAsciiDigit(word[0]):
                break;
            case ParameterKind.FdFlags or ParameterKind.Protection or ParameterKind.MapFlags or ParameterKind.SyncFlags
                or ParameterKind.Direction or ParameterKind.Whence or ParameterKind.AttachWords
                or ParameterKind.LinkState
                or ParameterKind.Seals or ParameterKind.UdmabufFlags
                or ParameterKind.AccessFlags or ParameterKind.PollEvents or ParameterKind.ResvUsage
                or ParameterKind.MovableWord:
                good = ReadFlags(kind, word, at, skip, out number);
                break;
            case ParameterKind.UdmabufItems:
                good = ReadUdmabufItems(text, at, skip);
                break;
            default:
                if (mustSucceed)
                {
                    Names.Use(text, words.At(at, skip));
                }

                break;
        }

        argument = new Argument(text, number, words.At(at, skip).Column);
        return good;
    }

    private bool ReadUdmabufItems(string text, int at, int skip)
    {
        bool good = UdmabufItems.TryParse(text, out List<(string Name, long Offset, long Size)> items, out Range bad);
        if (!good)
        {
            Place place = words.At(at, skip + bad.Start.GetOffset(text.Length));
            bag.Add(place, $"{QuotedText.Of(text[bad])} is no stretch of a memfd", UdmabufItems.Shape);
        }

        foreach ((string name, _, _) in items)
        {
            if (mustSucceed)
            {
                Names.Use(name, words.At(at, skip));
            }
        }

        return good;
    }

    private bool ReadProcess(int at, string name)
    {
        if (words.Is(at - 1, "fork"))
        {
            Processes.Bind(name);
            return IsName(at, name, "process");
        }

        if (mustSucceed)
        {
            Processes.Use(name, words.At(at));
        }

        return true;
    }

    private bool ReadNumber(ParameterKind kind, ReadOnlySpan<char> word, Place place, out long number)
    {
        if (!NumberText.TryParse(word, out number))
        {
            string problem = NumberText.IsTooLarge(word) ? "does not fit 64 bits" : "is not a number";
            bag.Add(place, $"{QuotedText.Of(word)} {problem}", NumberShape, NumberText.Repair(word));
            return false;
        }

        if (kind == ParameterKind.Byte && number is < 0 or > 255)
        {
            bag.Add(place, $"{QuotedText.Of(word)} is no byte", "0 to 255");
            return false;
        }

        return true;
    }

    // A time stays as it is written: its number would look like one of events.
    private bool ReadBackground(ReadOnlySpan<char> word, Place place, out long number)
    {
        number = 0;
        bool isTime = TimeText.TryParse(word, out long span);
        bool good = isTime ? span > 0 : NumberText.TryParse(word, out number);
        declared.UseTenants(place);
        if (good && (isTime || (number > 0 && number <= BackgroundActions.MostEvents)))
        {
            return true;
        }

        string problem = good || isTime ? "is out of range" : "is neither a number of events nor a time";
        bag.Add(place, $"{QuotedText.Of(word)} {problem}", BackgroundShape);
        return false;
    }

    private bool ReadPageRuns(int at, ReadOnlySpan<char> word)
    {
        bool good = PageRuns.TryParse(word, out _);
        if (!good)
        {
            bag.Add(words.At(at), $"{QuotedText.Of(word)} names no pages", PageRuns.Shape);
        }

        return good;
    }

    private bool ReadFlags(ParameterKind kind, ReadOnlySpan<char> word, int at, int skip, out long bits)
    {
        FlagWords known = FlagWords.Of(kind);
        if (known.TryParse(word, out bits, out int start, out int length))
        {
            return true;
        }

        string what = kind switch
        {
            ParameterKind.Direction => "direction",
            ParameterKind.Whence => "origin",
            ParameterKind.Protection => "protection",
            ParameterKind.Seals => "seal",
            ParameterKind.PollEvents => "event",
            ParameterKind.ResvUsage => "usage",
            ParameterKind.AttachWords or ParameterKind.MovableWord => "word",
            ParameterKind.LinkState => "state of a link",
            _ => "flag",
        };
        string expected = string.Join(", ", known.Names) + (known.AcceptsNumbers ? ", or a number" : "");
        bag.AddUnknown(words.At(at, skip + start), what, word.Slice(start, length), known.Names, expected);
        return false;
    }
}
