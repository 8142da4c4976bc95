using System.Collections.Immutable;
using System.CommandLine;
using System.Runtime.ExceptionServices;
using DmaBufSim.Scenarios;

namespace DmaBufSim.Cli;

/// <summary>Plays one scenario several times, with the same seeds for each thing that is compared.</summary>
internal static class Trials
{
    /// <summary>How many seeds are played where the command line does not say.</summary>
    public const int DefaultSeeds = 20;

    private const int MostSeeds = 1_000_000;

    /// <summary>The option that says how many seeds are played.</summary>
    public static Option<int?> SeedsOption(int least, string what) => Numbers.Option(
        "--seeds", "N", least, MostSeeds, $"{what}, from that of the file on; {DefaultSeeds} if left out.");

    /// <summary>Plays them, several at a time.</summary>
    /// <returns>The figures; they do not hang on how many ran at a time.</returns>
    public static TrialTable Play(
        ScenarioRunner runner,
        Scenario scenario,
        TrialChoice choice,
        int seeds,
        int threads,
        Progress progress)
    {
        ImmutableArray<TrialSeries> series = choice.Series;
        TrialResult[,] results = new TrialResult[series.Length, seeds];
        ulong first = scenario.Machine.Seed;
        bool hasDraws = !scenario.Machine.Tenants.IsEmpty && scenario.Steps.Any(step => step.Verb.IsBackground);
        int played = 0;
        object gate = new();
        Each(series.Length * seeds, threads, number =>
        {
            (int seed, int one) = Math.DivRem(number, series.Length);
            results[one, seed] = Trial.Play(
                runner,
                scenario,
                choice.Kind,
                series[one].Policy.Name,
                unchecked(first + (ulong)seed),
                KnowledgeWords.Find(series[one].Knows));
            lock (gate)
            {
                played++;
                progress.Show("compare", played, series.Length * seeds, "runs");
            }
        });
        return new TrialTable(scenario.File, choice, first, hasDraws, results);
    }

    /// <summary>Does something for each number from 0 on, several at a time; the first exception ends it.</summary>
    public static void Each(int count, int threads, Action<int> play)
    {
        try
        {
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads }, play);
        }
        catch (AggregateException exception)
        {
            // Of several the one whose message is first, so that the same mistake has the same message.
            ExceptionDispatchInfo.Throw(
                exception.InnerExceptions.OrderBy(one => one.Message, StringComparer.Ordinal).First());
        }
    }
}
