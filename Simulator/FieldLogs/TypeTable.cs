using System.Collections.Immutable;
using System.Globalization;
using DmaBufSim.Abi;

namespace DmaBufSim.FieldLogs;

/// <summary>Reads the two tables of <c>/proc/pagetypeinfo</c>, whose rows belong together.</summary>
/// <param name="mistakes">Takes what is wrong in them.</param>
internal sealed class TypeTable(LogMistakes mistakes)
{
    private const int MostTypes = 32;
    private const int MostOrders = 20;

    private readonly List<(string, ImmutableArray<long>)> rows = [];
    private ImmutableArray<string> types = [];
    private long typesLine;
    private bool hasPageblocks = true;
    private long first;
    private long node;
    private string zone = "";
    private bool isCut;
    private int blockOrder = -1;

    /// <summary>Takes a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="number">Its number.</param>
    /// <param name="entry">What is complete now.</param>
    /// <returns>Whether it belongs to a table.</returns>
    public bool Take(string line, long number, out LogEntry? entry)
    {
        entry = null;
        if (line.StartsWith("Page block order:", StringComparison.Ordinal))
        {
            LogWords order = new(line.AsSpan(line.IndexOf(':') + 1).TrimStart());
            blockOrder = order.TakeNumber(out long value) && value <= MostOrders ? (int)value : -1;
            entry = Finish();
            return true;
        }

        int names = line.IndexOf("Number of blocks type", StringComparison.Ordinal);
        if (names >= 0)
        {
            types = [.. line[(names + 21)..].Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(MostTypes)];
            typesLine = number;
            hasPageblocks = false;
            entry = Finish();
            return true;
        }

        int start = line.IndexOf("Node ", StringComparison.Ordinal);
        return start >= 0 && (TakeRow(line.AsSpan(start + 5), number, ref entry)
            || TakePageblocks(line.AsSpan(start + 5), number, ref entry));
    }

    /// <summary>The rows that are left at the end of the text.</summary>
    public LogEntry? End()
    {
        if (!hasPageblocks)
        {
            mistakes.Add(typesLine, $"the table of page blocks breaks off: it has no line of numbers");
        }

        return Finish();
    }

    /// <summary>The rows so far, if there are any: what follows is something else.</summary>
    public LogEntry? Finish()
    {
        if (rows.Count == 0)
        {
            return null;
        }

        LoggedTypes done = new(first, node, zone, [.. rows]) { IsCut = isCut };
        rows.Clear();
        isCut = false;
        return done;
    }

    // Node    0, zone   Normal, type    Unmovable      1      0 ...
    private bool TakeRow(ReadOnlySpan<char> text, long number, ref LogEntry? entry)
    {
        LogWords words = new(text.TrimStart());
        if (!words.TakeNumber(out long itsNode) || !words.Take(", zone"))
        {
            return false;
        }

        int comma = words.Rest.IndexOf(", type ");
        if (comma < 0)
        {
            return false;
        }

        string itsZone = words.Rest[..comma].Trim().ToString();
        words = new LogWords(words.Rest[(comma + 7)..].TrimStart());
        string type = words.TakeWord().ToString();
        ImmutableArray<long>.Builder blocks = ImmutableArray.CreateBuilder<long>();
        bool isSound = true;
        bool isRowCut = false;
        for (words.SkipBlanks(); !words.IsAtEnd; words.SkipBlanks())
        {
            isRowCut |= words.Take(">");
            words.SkipBlanks();
            if (!words.TakeNumber(out long count) || count >= LogWords.TooMany >> MostOrders
                || blocks.Count == MostOrders)
            {
                isSound = false;
                break;
            }

            blocks.Add(count);
        }

        if (!isSound || blocks.Count == 0)
        {
            mistakes.Add(number, $"no migrate type can have these numbers of free blocks; the line is not used");
            return true;
        }

        bool isSame = (itsNode, itsZone) == (node, zone);
        entry = isSame && rows.Count < MostTypes ? null : Finish();
        if (rows.Count == 0)
        {
            (first, node, zone) = (number, itsNode, itsZone);
        }

        isCut |= isRowCut;
        rows.Add((type, blocks.DrainToImmutable()));
        return true;
    }

    // Node 0, zone   Normal           12           34 ..., below the names of the types
    private bool TakePageblocks(ReadOnlySpan<char> text, long number, ref LogEntry? entry)
    {
        LogWords words = new(text.TrimStart());
        const string Zone = ", zone ";
        if (types.IsEmpty || number - typesLine > MostTypes || !words.TakeNumber(out long itsNode)
            || (!words.Take(Zone) && !Zone.StartsWith(words.Rest, StringComparison.Ordinal)))
        {
            return false;
        }

        words.SkipBlanks();
        string itsZone = words.TakeWord().ToString();
        string[] numbers = words.Rest.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (numbers.Length > types.Length)
        {
            // Those of /proc/buddyinfo.
            types = [];
            return false;
        }

        (typesLine, hasPageblocks) = (number, true);
        if (numbers.Length < types.Length)
        {
            mistakes.Add(
                number,
                $"the table of page blocks breaks off: {numbers.Length} of {types.Length} numbers; it is not used");
            return true;
        }

        List<(string, long)> blocks = [];
        foreach ((string type, string word) in types.Zip(numbers))
        {
            if (!long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out long count)
                || count >= LogWords.TooMany >> MostOrders)
            {
                mistakes.Add(number, $"{QuotedText.Of(word)} is no number of page blocks; the line is not used");
                return true;
            }

            blocks.Add((type, count));
        }

        entry = new LoggedPageblocks(number, itsNode, itsZone, [.. blocks], blockOrder);
        return true;
    }
}
