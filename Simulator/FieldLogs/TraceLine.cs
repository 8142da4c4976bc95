using System.Buffers;
using System.Globalization;

namespace DmaBufSim.FieldLogs;

/// <summary>Reads the trace events of areas from lines of ftrace, of any generation.</summary>
internal static class TraceLine
{
    private const int HighestOrder = 40;
    // 48 bits of address.
    private const long MostPages = 1L << 36;
    private const string OldAlloc = "cma_alloc";

    private static readonly SearchValues<string> Names = SearchValues.Create(
        ["cma_alloc", "cma_release:", "mm_migrate_pages:", "test_pages_isolated:"], StringComparison.Ordinal);

    /// <summary>What a line tells, or null where it is no such event, or one that cannot be.</summary>
    public static LoggedEvent? Read(string line, long number, LogMistakes mistakes)
    {
        for (int at = Find(line, 0); at >= 0; at = Find(line, at + 1))
        {
            int colon = line.IndexOf(':', at);
            if (colon < 0)
            {
                return null;
            }

            ReadOnlySpan<char> name = line.AsSpan(at, colon - at);
            ReadOnlySpan<char> fields = line.AsSpan(colon + 1);
            if (KindOf(name, fields) is { } kind)
            {
                return Read(line.AsSpan(0, at), kind, new Fields(fields, name.ToString(), number, mistakes));
            }
        }

        TellGap(line, number, mistakes);
        return null;
    }

    // CPU:0 [LOST 12 EVENTS], and the third line of the file: # entries-in-buffer/entries-written: 8/20   #P:1
    private static void TellGap(string line, long number, LogMistakes mistakes)
    {
        const string Lost = " [LOST ";
        const string Entries = "# entries-in-buffer/entries-written: ";
        if (line.StartsWith("CPU:", StringComparison.Ordinal) && line.EndsWith(" EVENTS]", StringComparison.Ordinal)
            && line.IndexOf(Lost, StringComparison.Ordinal) is >= 0 and int at)
        {
            mistakes.Add(number, $"the trace has lost {line[(at + Lost.Length)..^8]} events here");
        }
        else if (line.StartsWith(Entries, StringComparison.Ordinal))
        {
            LogWords words = new(line.AsSpan(Entries.Length));
            if (words.TakeNumber(out long left) && words.Take("/") && words.TakeNumber(out long written)
                && written > left)
            {
                mistakes.Add(
                    number,
                    $"the oldest {written - left} events were overwritten: a larger buffer_size_kb keeps them");
            }
        }
    }

    private static int Find(string line, int from)
    {
        int at = line.AsSpan(from).IndexOfAny(Names);
        return at < 0 ? -1 : from + at;
    }

    private static LoggedEventKind? KindOf(ReadOnlySpan<char> name, ReadOnlySpan<char> fields) => name switch
    {
        "cma_alloc_start" => LoggedEventKind.Start,
        "cma_alloc_busy_retry" => LoggedEventKind.Retry,
        "cma_alloc_finish" => LoggedEventKind.Finish,
        "cma_release" => LoggedEventKind.Release,
        "mm_migrate_pages" when IsForAnArea(fields) => LoggedEventKind.Moved,
        "test_pages_isolated" => LoggedEventKind.Tested,
        OldAlloc when fields.TrimStart().StartsWith("pfn=") => LoggedEventKind.Finish,
        _ => null,
    };

    // The reason was called "cma" before Linux 5.10.
    private static bool IsForAnArea(ReadOnlySpan<char> fields) =>
        fields.EndsWith("reason=contig_range") || fields.EndsWith("reason=cma");

    private static LoggedEvent? Read(ReadOnlySpan<char> before, LoggedEventKind kind, Fields fields)
    {
        LoggedEvent read = new(fields.Line, kind, fields.Area(), Task(before), Time(before));
        switch (kind)
        {
            case LoggedEventKind.Start:
                read = read with
                {
                    Pages = fields.Has("request_count=") ? fields.Pages("request_count=") : fields.Pages("count="),
                    AlignOrder = fields.Order(isNeeded: true),
                    Available = fields.Has("available_count=") ? fields.Number("available_count=") : -1,
                    Total = fields.Has("total_count=") ? fields.Pages("total_count=") : -1,
                };
                if (read.Available > read.Total)
                {
                    fields.Refuse("more pages are available than there are");
                }

                break;
            case LoggedEventKind.Moved:
                read = read with { Pages = fields.Number("nr_succeeded=") };
                break;
            case LoggedEventKind.Tested:
                long end = fields.Pfn("end_pfn=");
                long fin = fields.Pfn("fin_pfn=");
                read = read with { Pfn = fields.Pfn("start_pfn="), Blocker = fin < end ? fin : -1 };
                break;
            default:
                read = read with
                {
                    Pfn = fields.Pfn("pfn="),
                    Pages = fields.Pages("count="),
                    AlignOrder = kind == LoggedEventKind.Release ? -1 : fields.Order(!fields.Has("errorno=")),
                };
                if (kind == LoggedEventKind.Finish)
                {
                    long? errno = fields.Has("errorno=") ? fields.Errno() : null;
                    bool isRefused = errno is { } told ? told != 0 : fields.IsNullPage(read.Pfn);
                    read = read with { Errno = errno, IsRefused = isRefused };
                }

                if (!read.IsRefused && read.Pfn < 0)
                {
                    fields.Refuse("there is no such page frame");
                }

                break;
        }

        return fields.IsSound ? read : null;
    }

    //            comm-PID     [000] .....    12.345678: event, or with (TGID) before the CPU
    private static string Task(ReadOnlySpan<char> before)
    {
        int cpu = before.LastIndexOf('[');
        return cpu < 0 ? "" : before[..cpu].Trim().ToString();
    }

    private static long Time(ReadOnlySpan<char> before)
    {
        int colon = before.LastIndexOf(": ");
        ReadOnlySpan<char> text = colon < 0 ? "" : before[..colon];
        text = text[(text.LastIndexOf(' ') + 1)..];
        int point = text.IndexOf('.');
        if (point is <= 0 or > 9 || text.Length - point - 1 is not (6 or 9)
            || !long.TryParse(text[..point], NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)
            || !long.TryParse(text[(point + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out long fraction))
        {
            return -1;
        }

        return (seconds * 1_000_000_000) + (text.Length - point == 7 ? fraction * 1000 : fraction);
    }

    // The fields of one event; the first that is missing or cannot be is told, and makes the event unsound.
    private ref struct Fields(ReadOnlySpan<char> text, string name, long line, LogMistakes mistakes)
    {
        private readonly ReadOnlySpan<char> text = text;

        public long Line { get; } = line;

        public bool IsSound { get; private set; } = true;

        public readonly bool Has(ReadOnlySpan<char> key) => Find(key) >= 0;

        // A name may have blanks: it ends where the next field begins.
        public readonly string Area()
        {
            int start = Find("name=");
            if (start < 0)
            {
                return "";
            }

            ReadOnlySpan<char> rest = text[start..];
            int end = rest.IndexOf('=');
            end = end < 0 ? rest.Length : rest[..end].LastIndexOf(' ');
            return end <= 0 ? "" : rest[..end].Trim().ToString();
        }

        public long Number(string key)
        {
            LogWords words = new(Value(key));
            if (!words.TakeNumber(out long number) || !words.IsAtEnd || number == LogWords.TooMany)
            {
                Refuse($"{key} has no number that can be");
            }

            return number;
        }

        public long Pages(string key)
        {
            long pages = Number(key);
            if (IsSound && pages == 0)
            {
                Refuse($"{key} is 0");
            }
            else if (pages > MostPages)
            {
                Refuse($"{key} is more pages than a machine can have");
            }

            return pages;
        }

        // The count stands before it: where it is missing, digits of the count may be, too.
        public int Order(bool isNeeded)
        {
            long order = isNeeded || Has("align=") ? Number("align=") : -1;
            if (order > HighestOrder)
            {
                Refuse("no alignment is that high");
            }

            return (int)Math.Min(order, HighestOrder);
        }

        public long Errno()
        {
            ReadOnlySpan<char> value = Value("errorno=");
            if (!long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long errno)
                || errno is > 0 or < -4095)
            {
                Refuse("errorno= is 0, or an errno from -1 to -4095");
            }

            return errno;
        }

        public long Pfn(string key)
        {
            ReadOnlySpan<char> value = Value(key);
            value = value.StartsWith("0x") ? value[2..] : value;
            if (value is "ffffffffffffffff" or "ffffffff")
            {
                return -1;
            }

            if (!long.TryParse(value, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long pfn)
                || pfn is < 0 or >= LogWords.TooMany)
            {
                Refuse($"{key} has no page frame that can be");
            }

            return pfn;
        }

        // Kernels before 6.2 tell no errno, but print a null pointer.
        public readonly bool IsNullPage(long pfn) =>
            pfn < 0 || (Find("page=") is >= 0 and int at && text[at..] is var rest
                && (rest.StartsWith("(null)") || rest.TrimStart('0').StartsWith(" ")));

        public void Refuse(string what)
        {
            if (IsSound)
            {
                mistakes.Add(Line, $"{name}: {what}; the event is not used");
            }

            IsSound = false;
        }

        private ReadOnlySpan<char> Value(string key)
        {
            int start = Find(key);
            if (start < 0)
            {
                Refuse($"the line breaks off before {key}");
                return "0";
            }

            ReadOnlySpan<char> rest = text[start..];
            int end = rest.IndexOf(' ');
            return end < 0 ? rest : rest[..end];
        }

        // Behind the key, which begins the text or follows a blank.
        private readonly int Find(ReadOnlySpan<char> key)
        {
            for (int from = 0; text[from..].IndexOf(key) is >= 0 and int at; from += at + 1)
            {
                int start = from + at;
                if (start == 0 || text[start - 1] == ' ')
                {
                    return start + key.Length;
                }
            }

            return -1;
        }
    }
}
