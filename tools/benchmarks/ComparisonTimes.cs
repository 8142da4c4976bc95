using System.Diagnostics;
using System.Globalization;
using DmaBufSim.Machines;
using DmaBufSim.Scenarios;

namespace DmaBufSim.Benchmarks;

/// <summary>
/// A hundred seeds under three policies of areas: how a comparison grows with events and with processors. The
/// baseline is the same with one thread, in the same run.
/// </summary>
internal static class ComparisonTimes
{
    private const int Seeds = 100;

    private static readonly string[] Policies = ["first-fit", "retry", "gcma"];

    private const string Story = """
        machine memory=128MiB seed=1
        area    lent size=48MiB
        heap    cam type=cma on=lent
        tenant apps  type=anonymous processes=4 grow=16KiB..64KiB every=50ms..200ms life=5s..1min
        tenant cache file=16KiB..256KiB every=20ms..100ms limit=64MiB
        tenant disk  type=pins on=apps count=1..4 every=1s..5s life=1ms..500ms
        tenant photo type=buffers heap=cam format=NV12 resolution=4032x3024 count=2 life=2s pause=20s..40s
        background EVENTS
        """;

    public static int Run()
    {
        Play(1_000, 1);
        Console.WriteLine($"{Policies.Length * Seeds} runs, {Environment.ProcessorCount} processors");
        Console.WriteLine("events  threads  seconds  cpu seconds  ns/event  speed-up");
        foreach (int events in (int[])[1_000, 10_000, 100_000])
        {
            double one = 0;
            for (int threads = 1; threads <= Environment.ProcessorCount; threads *= 2)
            {
                TimeSpan cpu = Environment.CpuUsage.TotalTime;
                long start = Stopwatch.GetTimestamp();
                Play(events, threads);
                double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                double used = (Environment.CpuUsage.TotalTime - cpu).TotalSeconds;
                one = threads == 1 ? seconds : one;
                double each = seconds * 1e9 / (events * (double)Policies.Length * Seeds);
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{events,6}  {threads,7}  {seconds,7:F2}  {used,11:F2}  {each,8:F0}  {one / seconds,8:F2}"));
            }
        }

        return 0;
    }

    private static void Play(int events, int threads)
    {
        MachineBuilder builder = new();
        ScenarioRunner runner = new(builder);
        string text = Story.Replace("EVENTS", events.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        TrialKind kind = TrialKind.OfAreas(builder.CmaPolicies);
        Scenario scenario = ScenarioParser.Parse("benchmark", text).Scenario!;
        Parallel.For(0, Policies.Length * Seeds, new ParallelOptions { MaxDegreeOfParallelism = threads }, number =>
            Trial.Play(
                runner, scenario, kind, Policies[number % Policies.Length], (ulong)(number / Policies.Length)));
    }
}
