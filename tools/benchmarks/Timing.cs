using System.Diagnostics;

namespace DmaBufSim.Benchmarks;

/// <summary>Takes times of code that the runtime has optimized.</summary>
internal static class Timing
{
    // The runtime replaces its first, quick translation of a method when for 100 ms no new one has come.
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(300);

    /// <summary>The nanoseconds of a call, of the best of some rounds.</summary>
    public static double Best(int rounds, int times, Action call) => Best(rounds, times, [call])[0];

    /// <summary>The same for several calls by turns, so that whatever else the computer does hits all alike.</summary>
    public static double[] Best(int rounds, int times, Action[] calls)
    {
        double[] best = [.. calls.Select(_ => double.MaxValue)];
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < WarmUp;)
        {
            foreach (Action call in calls)
            {
                Time(times, call);
            }
        }

        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < calls.Length; i++)
            {
                best[i] = Math.Min(best[i], Time(times, calls[i]));
            }
        }

        return best;
    }

    private static double Time(int times, Action call)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < times; i++)
        {
            call();
        }

        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / times;
    }
}
