using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace DmaBufSim.Scenarios.Verbs;

/// <summary>The words of a kind of flags and their bits on x86-64, both ways.</summary>
public sealed class FlagWords
{
    private readonly ImmutableArray<Word> words;
    private readonly bool joins;

    private FlagWords(bool joins, bool acceptsNumbers, params ImmutableArray<Word> words)
    {
        this.words = words;
        this.joins = joins;
        AcceptsNumbers = acceptsNumbers;
        Names = [.. words.Select(word => word.Name)];
    }

    /// <summary>Flags of an open file: <c>rdwr|cloexec</c>.</summary>
    public static FlagWords Descriptor { get; } = new(
        true, true,
        new("rdonly", 0, 3), new("wronly", 1, 3), new("rdwr", 2, 3), new("nonblock", 0x800), new("cloexec", 0x80000));

    /// <summary>The protection of a mapping: <c>rw</c>.</summary>
    public static FlagWords Protection { get; } = new(
        true, true,
        new("none", 0, 7), new("r", 1, 7), new("w", 2, 7), new("rw", 3, 7),
        new("x", 4, 7), new("rx", 5, 7), new("wx", 6, 7), new("rwx", 7, 7));

    /// <summary>The flags of a mapping: <c>shared</c>.</summary>
    public static FlagWords Map { get; } = new(
        true, true, new("shared", 1, 15), new("private", 2, 15), new("shared_validate", 3, 15));

    /// <summary>The flags of a sync: <c>end|write</c>.</summary>
    public static FlagWords Sync { get; } = new(
        true, true, new("start", 0, 4), new("end", 4, 4), new("read", 1, 3), new("write", 2, 3), new("rw", 3, 3));

    /// <summary>What an offset of lseek counts from.</summary>
    public static FlagWords Whence { get; } = new(
        false, true, new("set", 0, -1), new("cur", 1, -1), new("end", 2, -1), new("data", 3, -1), new("hole", 4, -1));

    /// <summary>A DMA direction.</summary>
    public static FlagWords Direction { get; } = new(
        false, false,
        new("bidirectional", 0, -1), new("to_device", 1, -1), new("from_device", 2, -1), new("none", 3, -1));

    /// <summary>The access that an export or import of fences is for: <c>write</c>.</summary>
    public static FlagWords Access { get; } = new(true, true, new("read", 1, 3), new("write", 2, 3), new("rw", 3, 3));

    /// <summary>The events of poll: <c>in|out</c>.</summary>
    public static FlagWords Poll { get; } = new(
        true, true,
        new("in", 1), new("pri", 2), new("out", 4), new("err", 8), new("hup", 0x10), new("nval", 0x20));

    /// <summary>What a fence in a reservation is for.</summary>
    public static FlagWords Usage { get; } = new(
        false, false, new("kernel", 0, -1), new("write", 1, -1), new("read", 2, -1), new("bookkeep", 3, -1));

    /// <summary>How a driver attaches: <c>dynamic|secure</c>.</summary>
    internal static FlagWords Attach { get; } = new(true, false, new("dynamic", 1), new("secure", 2));

    /// <summary>The state of a link.</summary>
    internal static FlagWords Link { get; } = new(false, false, new("clear", 0, -1), new("protected", 1, -1));

    /// <summary>The seals of a memfd: <c>shrink|grow</c>.</summary>
    public static FlagWords Seals { get; } = new(
        true, true,
        new("none", 0, 0xffff_ffff), new("seal", 0x1), new("shrink", 0x2), new("grow", 0x4), new("write", 0x8),
        new("future_write", 0x10), new("exec", 0x20));

    /// <summary>The flags of a udmabuf.</summary>
    public static FlagWords Udmabuf { get; } = new(true, true, new Word("cloexec", 0x1));

    /// <summary>The word <c>movable</c> of a given line.</summary>
    internal static FlagWords Movable { get; } = new(false, false, new Word("movable", 1, -1));

    private static readonly FlagWords Plain = new(false, true);

    /// <summary>The words, in the order of their bits.</summary>
    public ImmutableArray<string> Names { get; }

    /// <summary>Whether a number may stand for bits.</summary>
    internal bool AcceptsNumbers { get; }

    /// <summary>The words of a kind of parameter; none where it is not flags.</summary>
    public static FlagWords Of(ParameterKind kind) => kind switch
    {
        ParameterKind.FdFlags => Descriptor,
        ParameterKind.Protection => Protection,
        ParameterKind.MapFlags => Map,
        ParameterKind.SyncFlags => Sync,
        ParameterKind.Whence => Whence,
        ParameterKind.Direction => Direction,
        ParameterKind.AttachWords => Attach,
        ParameterKind.LinkState => Link,
        ParameterKind.Seals => Seals,
        ParameterKind.UdmabufFlags => Udmabuf,
        ParameterKind.AccessFlags => Access,
        ParameterKind.PollEvents => Poll,
        ParameterKind.ResvUsage => Usage,
        ParameterKind.MovableWord => Movable,
        _ => Plain,
    };

    /// <summary>The words of bits, joined by <c>|</c>; what has no word is a number at the end.</summary>
    public string Format(long bits)
    {
        StringBuilder text = new();
        long rest = bits;
        foreach (Word word in words)
        {
            if ((bits & word.Mask) == word.Value)
            {
                text.Append(text.Length > 0 ? "|" : "").Append(word.Name);
                rest &= ~word.Mask;
            }
        }

        if (rest != 0 || text.Length == 0)
        {
            string number = joins && rest != 0
                ? $"0x{rest.ToString("x", CultureInfo.InvariantCulture)}"
                : rest.ToString(CultureInfo.InvariantCulture);
            text.Append(text.Length > 0 ? "|" : "").Append(number);
        }

        return text.ToString();
    }

    /// <summary>The bits of words and numbers joined by <c>|</c>.</summary>
    public bool TryParse(ReadOnlySpan<char> text, out long bits) => TryParse(text, out bits, out _, out _);

    /// <summary>The same, and where the first word lies that is neither a word of these flags nor a number.</summary>
    internal bool TryParse(ReadOnlySpan<char> text, out long bits, out int badStart, out int badLength)
    {
        bits = 0;
        badStart = 0;
        while (true)
        {
            int bar = joins ? text[badStart..].IndexOf('|') : -1;
            badLength = bar < 0 ? text.Length - badStart : bar;
            ReadOnlySpan<char> word = text.Slice(badStart, badLength);
            if (TryFind(word, out long value) || (AcceptsNumbers && NumberText.TryParse(word, out value)))
            {
                bits |= value;
            }
            else
            {
                return false;
            }

            if (bar < 0)
            {
                return true;
            }

            badStart += bar + 1;
        }
    }

    private bool TryFind(ReadOnlySpan<char> text, out long value)
    {
        foreach (Word word in words)
        {
            if (text.SequenceEqual(word.Name))
            {
                value = word.Value;
                return true;
            }
        }

        value = 0;
        return false;
    }

    private readonly record struct Word(string Name, long Value, long Mask)
    {
        public Word(string name, long bit)
            : this(name, bit, bit)
        {
        }
    }
}
