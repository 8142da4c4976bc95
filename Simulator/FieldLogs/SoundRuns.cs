using System.Collections.Immutable;

namespace DmaBufSim.FieldLogs;

/// <summary>Which of the free runs that were read can be believed.</summary>
internal static class SoundRuns
{
    /// <summary>The runs that can be; the others get a message.</summary>
    public static ImmutableArray<LoggedRun> Of(
        List<LoggedRun> runs, LoggedArea area, int orderPerBit, long line, LogMistakes mistakes, out bool isSound)
    {
        ImmutableArray<LoggedRun>.Builder sound = ImmutableArray.CreateBuilder<LoggedRun>(runs.Count);
        LoggedRun before = new(-1, 0, 0);
        long sum = 0;
        bool sums = true;
        foreach (LoggedRun run in runs)
        {
            if (Wrong(run, before, area, orderPerBit) is { } wrong)
            {
                string place = run.Range switch
                {
                    0 => "",
                    LogWords.TooMany => " of a range beyond all numbers",
                    _ => FormattableString.Invariant($" of range {run.Range}"),
                };
                mistakes.Add(line, $"run {run.Pages}@{run.Bit}{place} {wrong}; it is not used");
                sums = false;
                continue;
            }

            sound.Add(run);
            sum += run.Pages;
            before = run;
        }

        if (sums && area.Free >= 0 && sum != area.Free)
        {
            mistakes.Add(line, $"the runs add up to {sum} pages, and the line says {area.Free}");
            sums = false;
        }

        isSound = sums;
        return sound.DrainToImmutable();
    }

    private static string? Wrong(LoggedRun run, LoggedRun before, LoggedArea area, int orderPerBit)
    {
        if (run.Pages is 0 or LogWords.TooMany || run.Bit == LogWords.TooMany || run.Range > 1 << 20)
        {
            return "has an impossible number";
        }

        if (run.Pages % (1L << orderPerBit) != 0)
        {
            return FormattableString.Invariant($"is no whole number of bits of {1L << orderPerBit} pages");
        }

        if (run.Bit > LogWords.TooMany >> orderPerBit
            || (area.Total >= 0 && (run.Bit << orderPerBit) + run.Pages > area.Total))
        {
            return FormattableString.Invariant($"lies beyond the end of the area ({area.Total} pages)");
        }

        if (run.Range < before.Range || (run.Range == before.Range && run.Bit < before.Bit))
        {
            return "comes after one that lies behind it";
        }

        if (run.Range > before.Range)
        {
            return null;
        }

        return (run.Bit - before.Bit) << orderPerBit < before.Pages
            ? "overlaps the one before (if a bit stands for several pages, say --order-per-bit)"
            : null;
    }
}
