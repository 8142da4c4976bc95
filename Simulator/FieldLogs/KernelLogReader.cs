using System.Collections.Immutable;
using DmaBufSim.Abi;

namespace DmaBufSim.FieldLogs;

/// <summary>
/// Finds in a text what it tells of CMA areas: the lines that a refused request leaves in the log of any kernel since
/// 4.11, trace events as ftrace prints them, the bitmaps of debugfs, <c>/proc/buddyinfo</c> and
/// <c>/proc/pagetypeinfo</c>. All other lines are passed over.
/// </summary>
/// <remarks>
/// <para><b>Kernel:</b> <c>cma_alloc()</c> and <c>cma_debug_show_areas()</c> in mm/cma.c, mm/cma_debug.c.</para>
/// <para><b>Cost:</b> one pass; memory for one line and one list of runs, however long the text is.</para>
/// </remarks>
public sealed class KernelLogReader
{
    /// <summary>The most characters of a line.</summary>
    public const int LongestLine = 1 << 20;

    private const string Available = "number of available pages:";

    // How many other lines may stand between the lines of one failure.
    private const int Patience = 64;
    private const int MostRuns = 1 << 20;

    private readonly LongLines lines;
    private readonly LogMistakes mistakes;
    private readonly int orderPerBit;
    private readonly List<LoggedRun> runs = [];
    private readonly TypeTable table;
    private LoggedArea? pending;
    private bool isOpen;
    private bool isBroken;
    private bool isClosed;
    private bool mayBeCut;
    private long range;
    private long runsLine;
    private int strangers;

    /// <summary>A reader of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="mistakes">Takes what is wrong in it.</param>
    /// <param name="orderPerBit">Each bit of an area stands for 2 to this power pages; at most 20.</param>
    public KernelLogReader(TextReader text, LogMistakes mistakes, int orderPerBit = 0)
    {
        lines = new LongLines(text, LongestLine);
        this.mistakes = mistakes;
        this.orderPerBit = orderPerBit;
        table = new TypeTable(mistakes);
    }

    /// <summary>How many lines were read.</summary>
    public long LinesRead => lines.Number;

    /// <summary>The first line with a zero byte, which texts do not have; 0 where there is none.</summary>
    public long BinaryLine { get; private set; }

    /// <summary>What the text tells, in its order.</summary>
    public IEnumerable<LogEntry> Read()
    {
        while (lines.Next() is { } line)
        {
            if (lines.IsTooLong)
            {
                mistakes.Add(lines.Number, $"a line of more than {LongestLine} characters; it is passed over");
                continue;
            }

            if (BinaryLine == 0 && line.Contains('\0', StringComparison.Ordinal))
            {
                BinaryLine = lines.Number;
            }

            foreach (LogEntry entry in Take(line))
            {
                yield return entry;
            }
        }

        if (Finish() is { } last)
        {
            yield return last;
        }

        if (table.End() is { } rows)
        {
            yield return rows;
        }
    }

    private IEnumerable<LogEntry> Take(string line)
    {
        int refused = RefusalLine.Find(line);
        int available = refused < 0 ? line.IndexOf(Available, StringComparison.Ordinal) : -1;
        if (refused >= 0 || (available >= 0 && isOpen))
        {
            if (Finish() is { } before)
            {
                yield return before;
            }
        }

        if (refused >= 0)
        {
            strangers = 0;
            pending = RefusalLine.Read(line, refused, lines.Number, mistakes, out bool isWhole);
            isBroken = !isWhole;
        }
        else if (available >= 0)
        {
            pending ??= new LoggedArea(lines.Number);
            isOpen = true;
            strangers = 0;
            runsLine = lines.Number;
            TakeRuns(line.AsSpan(available + Available.Length));
        }
        else if (isOpen && IsContinued(line))
        {
            strangers = 0;
        }
        else if (TraceLine.Read(line, lines.Number, mistakes) is { } what)
        {
            yield return what;
        }
        else if (table.Take(line, lines.Number, out LogEntry? rows))
        {
            if (rows is not null)
            {
                yield return rows;
            }
        }
        else if (DebugFiles.Read(line, lines.Number, lines.IsEnded, orderPerBit, mistakes) is { } entry)
        {
            if ((Finish() ?? table.Finish()) is { } before)
            {
                yield return before;
            }

            yield return entry;
        }
        else
        {
            strangers++;
        }

        if (isClosed || strangers > Patience)
        {
            if (Finish() is { } done)
            {
                yield return done;
            }
        }
    }

    // Runs and total may follow on lines of their own, with or without what the log puts before a line.
    private bool IsContinued(string line)
    {
        ReadOnlySpan<char> body = line;
        int arrow = body.IndexOf("=> ");
        if (arrow >= 0 && body[arrow..].Contains(" free of ", StringComparison.Ordinal))
        {
            int run = body[..arrow].IndexOf('@');
            TakeRuns(run < 0 ? body[arrow..] : Body(body));
            return true;
        }

        LogWords words = new(Body(body));
        if (words.Take("range ") && words.TakeNumber(out long number) && words.Take(":"))
        {
            pending = pending! with { HasRanges = true };
            range = number;
            TakeRuns(words.Rest);
            return true;
        }

        words = new LogWords(Body(body));
        if (words.IsAtEnd)
        {
            return true;
        }

        words.Take("+");
        if (words.TakeNumber(out _) && words.Take("@"))
        {
            TakeRuns(Body(body));
            return true;
        }

        return false;
    }

    private static ReadOnlySpan<char> Body(ReadOnlySpan<char> line)
    {
        foreach (string mark in (ReadOnlySpan<string>)["cma: ", "] ", "kernel: "])
        {
            int at = line.LastIndexOf(mark, StringComparison.Ordinal);
            if (at >= 0)
            {
                return line[(at + mark.Length)..].Trim();
            }
        }

        return line.EndsWith("cma:", StringComparison.Ordinal) ? "" : line.Trim();
    }

    private void TakeRuns(ReadOnlySpan<char> text)
    {
        LogWords words = new(text);
        mayBeCut = false;
        for (words.SkipBlanks(); !words.IsAtEnd; words.SkipBlanks())
        {
            if (words.Take("=>"))
            {
                TakeTotal(words);
                return;
            }

            words.Take("+");
            ReadOnlySpan<char> rest = words.Rest;
            if (!words.TakeNumber(out long pages) || !words.Take("@") || !words.TakeNumber(out long bit))
            {
                Break($"{QuotedText.Of(rest)} is no free run (PAGES@BIT)");
                int total = rest.IndexOf("=>");
                words = new LogWords(total < 0 ? "" : rest[total..]);
                continue;
            }

            mayBeCut = words.IsAtEnd;
            if (pages == LogWords.TooMany || bit == LogWords.TooMany)
            {
                ReadOnlySpan<char> run = rest[..^words.Rest.Length];
                Break($"run {QuotedText.Of(run)} has an impossible number; it is not used");
                mayBeCut = false;
            }
            else if (runs.Count < MostRuns)
            {
                runs.Add(new LoggedRun(range, bit, pages));
            }
            else if (runs.Count == MostRuns && !isBroken)
            {
                Break($"more than {MostRuns} free runs; the rest is passed over");
            }
        }
    }

    private void TakeTotal(LogWords words)
    {
        isClosed = true;
        words.SkipBlanks();
        ReadOnlySpan<char> text = words.Rest;
        if (!words.TakeNumber(out long free) || !words.Take(" free of ") || !words.TakeNumber(out long total)
            || !words.Take(" total pages"))
        {
            Break($"the line breaks off before the total ('=> N free of N total pages')");
            return;
        }

        if (total is 0 or LogWords.TooMany || free > total)
        {
            ReadOnlySpan<char> said = text[..^words.Rest.Length];
            Break($"{QuotedText.Of(said)} cannot be; the two numbers are not used");
            return;
        }

        pending = pending! with { Free = free, Total = total };
    }

    private void Break(FormattableString message)
    {
        isBroken = true;
        mistakes.Add(lines.Number, message);
    }

    private LoggedArea? Finish()
    {
        if (pending is not { } area)
        {
            return null;
        }

        if (isOpen && area.Total < 0)
        {
            if (!isBroken)
            {
                mistakes.Add(runsLine, $"the list of free runs breaks off; its end and the total are missing");
            }

            // Of the last number some digits may be missing.
            if (mayBeCut)
            {
                runs.RemoveAt(runs.Count - 1);
            }
        }

        ImmutableArray<LoggedRun> sound = SoundRuns.Of(runs, area, orderPerBit, runsLine, mistakes, out bool isSound);
        area = area with
        {
            HasRuns = isOpen,
            Runs = sound,
            IsSound = isSound && !isBroken && (!isOpen || area.Total >= 0),
            IsWhole = area.Free >= 0 && sound.Sum(run => run.Pages) >= area.Free,
        };
        pending = null;
        isOpen = isBroken = isClosed = mayBeCut = false;
        range = 0;
        strangers = 0;
        runs.Clear();
        return area;
    }
}
