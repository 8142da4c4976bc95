using System.Buffers;
using System.Collections.Immutable;
using System.Numerics;
using DmaBufSim.Abi;

namespace DmaBufSim.FieldLogs;

/// <summary>The lines of pseudo-files that tell of free memory.</summary>
internal static class DebugFiles
{
    private static readonly SearchValues<char> BitmapLetters = SearchValues.Create("0123456789 ");

    /// <summary>What a line tells, or null where it is no line of these files.</summary>
    /// <param name="line">The line.</param>
    /// <param name="number">Its number.</param>
    /// <param name="isEnded">Whether the text has its end; otherwise digits may be missing.</param>
    /// <param name="orderPerBit">Each bit of a bitmap stands for 2 to this power pages.</param>
    /// <param name="mistakes">Takes what is wrong in it.</param>
    public static LogEntry? Read(string line, long number, bool isEnded, int orderPerBit, LogMistakes mistakes) =>
        (LogEntry?)ReadZone(line, number, mistakes) ?? ReadBitmap(line, number, isEnded, orderPerBit, mistakes);

    // Node 0, zone   Normal      1      0      3 ...
    private static LoggedZone? ReadZone(string line, long number, LogMistakes mistakes)
    {
        int start = line.IndexOf("Node ", StringComparison.Ordinal);
        if (start < 0)
        {
            return null;
        }

        LogWords words = new(line.AsSpan(start + 5).TrimStart());
        if (!words.TakeNumber(out long node))
        {
            TellNode(words.Rest, number, mistakes);
            return null;
        }

        // Reports of the OOM killer begin alike.
        if (!words.Take(", zone") || !(words.IsAtEnd || words.Rest[0] == ' '))
        {
            return null;
        }

        words.SkipBlanks();
        string zone = words.TakeWord().ToString();
        ImmutableArray<long>.Builder blocks = ImmutableArray.CreateBuilder<long>();
        for (words.SkipBlanks(); !words.IsAtEnd; words.SkipBlanks())
        {
            ReadOnlySpan<char> word = words.TakeWord();
            LogWords digits = new(word);
            if (!digits.TakeNumber(out long count) || !digits.IsAtEnd)
            {
                mistakes.Add(number, $"{QuotedText.Of(word)} is no number of free blocks; the line is not used");
                return null;
            }

            blocks.Add(count);
        }

        if (blocks.Count is 0)
        {
            mistakes.Add(number, $"the line has no numbers of free blocks; it is not used");
            return null;
        }

        if (blocks.Count > 20 || blocks.Any(count => count >= LogWords.TooMany >> 20))
        {
            mistakes.Add(number, $"no zone can have these numbers of free blocks; the line is not used");
            return null;
        }

        return new LoggedZone(number, node, zone, blocks.DrainToImmutable());
    }

    // Node x, zone   Normal ...
    private static void TellNode(ReadOnlySpan<char> text, long number, LogMistakes mistakes)
    {
        int comma = text.IndexOf(", zone ");
        if (comma >= 0 && !text[..comma].Contains(' '))
        {
            mistakes.Add(number, $"{QuotedText.Of(text[..comma])} is no number of a node; the line is not used");
        }
    }

    // 4294967295 255 0 0, or with the path before it as grep prints it.
    private static LoggedArea? ReadBitmap(
        string line, long number, bool isEnded, int orderPerBit, LogMistakes mistakes)
    {
        const string Label = "/bitmap:";
        int label = line.IndexOf(Label, StringComparison.Ordinal);
        ReadOnlySpan<char> text = line.AsSpan(label < 0 ? 0 : label + Label.Length).Trim();
        if (text.IsEmpty || text.ContainsAnyExcept(BitmapLetters) || (label < 0 && !text.Contains(' ')))
        {
            return null;
        }

        BitmapRuns bits = new();
        LogWords words = new(text);
        for (int index = 1; !words.IsAtEnd; index++)
        {
            words.TakeNumber(out long word);
            if (words.IsAtEnd && !isEnded)
            {
                mistakes.Add(
                    number,
                    $"the text ends without a line end: word {index} of the bitmap may be cut off and is not used");
                break;
            }

            words.SkipBlanks();
            if (word > uint.MaxValue)
            {
                mistakes.Add(number, $"word {index} of the bitmap has more than 32 bits; the line is not used");
                return null;
            }

            bits.Add((uint)word);
        }

        if (bits.Length == 0)
        {
            return null;
        }

        ImmutableArray<LoggedRun> runs = bits.Finish(orderPerBit);
        return new LoggedArea(number)
        {
            Name = label < 0 ? null : NameIn(line.AsSpan(0, label)),
            IsBitmap = true,
            HasRuns = true,
            Runs = runs,
            Free = runs.Sum(run => run.Pages),
            Total = bits.Length << orderPerBit,
            IsSound = isEnded,
            IsWhole = isEnded,
        };
    }

    private static string? NameIn(ReadOnlySpan<char> path)
    {
        ReadOnlySpan<char> name = path[(path.LastIndexOf('/') + 1)..];
        return name.IsEmpty ? null : name.ToString();
    }

    private sealed class BitmapRuns
    {
        private readonly ImmutableArray<LoggedRun>.Builder runs = ImmutableArray.CreateBuilder<LoggedRun>();
        private long start = -1;

        public long Length { get; private set; }

        public void Add(uint word)
        {
            for (int bit = 0; bit < 32;)
            {
                // Up to the next bit that ends a run, or begins one.
                uint rest = (start < 0 ? ~word : word) >> bit;
                bit += rest == 0 ? 32 - bit : BitOperations.TrailingZeroCount(rest);
                if (bit < 32)
                {
                    Turn(Length + bit);
                }
            }

            Length += 32;
        }

        public ImmutableArray<LoggedRun> Finish(int orderPerBit)
        {
            if (start >= 0)
            {
                Turn(Length);
            }

            return [.. runs.Select(run => run with { Pages = run.Pages << orderPerBit })];
        }

        private void Turn(long bit)
        {
            if (start >= 0)
            {
                runs.Add(new LoggedRun(0, start, bit - start));
            }

            start = start < 0 ? bit : -1;
        }
    }
}
