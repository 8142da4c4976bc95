using DmaBufSim.Abi;

namespace DmaBufSim.FieldLogs;

/// <summary>Reads the line that a refused request leaves in the log of a kernel.</summary>
internal static class RefusalLine
{
    private const string Mark = "alloc failed, req-size:";
    private const string Shortest = "alloc failed";

    /// <summary>Where the refusal begins behind the name of the area; -1 where the line is none.</summary>
    public static int Find(string line)
    {
        int at = line.IndexOf(Mark, StringComparison.Ordinal);
        if (at >= 0)
        {
            return at;
        }

        // A line may break off inside the mark.
        int tail = Math.Max(0, line.Length - Mark.Length);
        at = line.AsSpan(tail).LastIndexOf(Shortest);
        return at >= 0 && Mark.StartsWith(line.AsSpan(tail + at), StringComparison.Ordinal)
            && line.AsSpan(0, tail + at).Contains("cma_alloc", StringComparison.Ordinal)
            ? tail + at
            : -1;
    }

    /// <summary>What the line tells.</summary>
    /// <param name="line">The line.</param>
    /// <param name="at">Where the refusal begins.</param>
    /// <param name="number">The number of the line.</param>
    /// <param name="mistakes">Takes what is wrong in it.</param>
    /// <param name="isWhole">Whether it does not break off.</param>
    public static LoggedArea Read(string line, int at, long number, LogMistakes mistakes, out bool isWhole)
    {
        LogWords words = new(line.AsSpan(Math.Min(line.Length, at + Mark.Length)));
        words.SkipBlanks();
        string minus = words.Take("-") ? "-" : "";
        isWhole = words.TakeNumber(out long pages);
        string size = $"{minus}{words.Number}";
        bool isPossible = minus.Length == 0 && pages is not (0 or LogWords.TooMany);

        // Of a number at the end some digits may be missing.
        bool isSizeTold = isWhole && !words.IsAtEnd;
        isWhole &= words.Take(" pages, ret: ");
        long sign = words.Take("-") ? -1 : 1;
        isWhole &= words.TakeNumber(out long ret);
        if (!isWhole)
        {
            mistakes.Add(number, $"the line breaks off before the result ('N pages, ret: N')");
        }
        else if (!isPossible)
        {
            mistakes.Add(number, $"no request can have {QuotedText.Of(size)} pages");
        }

        if (isWhole && (sign > 0 || ret is 0 or > 4095))
        {
            mistakes.Add(number, $"a refusal returns an errno, from -1 to -4095");
            ret = 0;
        }

        return new LoggedArea(number)
        {
            Name = LogText.AreaIn(line.AsSpan(0, at)),
            IsRefusal = true,
            Pages = isSizeTold && isPossible ? pages : 0,
            ImpossibleSize = isSizeTold && !isPossible ? size : null,
            Ret = isWhole ? -ret : 0,
        };
    }
}
