using System.Buffers;
using System.Collections.Immutable;
using System.Numerics;

namespace DmaBufSim.FieldLogs;

/// <summary>The lines of pseudo-files that tell of free memory.</summary>
internal static class DebugFiles
{
    private static readonly SearchValues<char> BitmapLetters = SearchValues.Create("0123456789 ");

    /// <summary>What a line tells, or null where it is no line of these files.</summary>
    public static LogEntry? Read(string line, long number, int orderPerBit, LogMistakes mistakes) =>
        (LogEntry?)ReadZone(line, number, mistakes) ?? ReadBitmap(line, number, orderPerBit, mistakes);

    // Node 0, zone   Normal      1      0      3 ...
    private static LoggedZone? ReadZone(string line, long number, LogMistakes mistakes)
    {
        int start = line.IndexOf("Node ", StringComparison.Ordinal);
        if (start < 0)
        {
            return null;
        }

        LogWords words = new(line.AsSpan(start + 5));
        if (!words.TakeNumber(out long node) || !words.Take(", zone "))
        {
            return null;
        }

        words.SkipBlanks();
        string zone = words.TakeWord().ToString();
        ImmutableArray<long>.Builder blocks = ImmutableArray.CreateBuilder<long>();
        for (words.SkipBlanks(); !words.IsAtEnd; words.SkipBlanks())
        {
            // /proc/pagetypeinfo and reports of the OOM killer begin alike.
            if (!words.TakeNumber(out long count))
            {
                return null;
            }

            blocks.Add(count);
        }

        if (blocks.Count is 0)
        {
            return null;
        }

        if (blocks.Count > 20 || blocks.Any(count => count >= LogWords.TooMany >> 20))
        {
            mistakes.Add(number, $"no zone can have these numbers of free blocks; the line is not used");
            return null;
        }

        return new LoggedZone(number, node, zone, blocks.DrainToImmutable());
    }

    // 4294967295 255 0 0, or with the path before it as grep prints it.
    private static LoggedArea? ReadBitmap(string line, long number, int orderPerBit, LogMistakes mistakes)
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
            words.SkipBlanks();
            if (word > uint.MaxValue)
            {
                mistakes.Add(number, $"word {index} of the bitmap has more than 32 bits; the line is not used");
                return null;
            }

            bits.Add((uint)word);
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
            IsSound = true,
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
