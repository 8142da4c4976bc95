using DmaBufSim.Abi;
using DmaBufSim.Memory;
using DmaBufSim.Scenarios;
using static System.FormattableString;

namespace DmaBufSim.Cli;

/// <summary>Searches for the smallest size of an area with which every seed survives.</summary>
internal sealed class AreaSearch(OneScenario one, string area, int seeds, long step, Progress progress)
{
    private const int Beside = 4;

    private readonly Scenario scenario = one.Scenario;
    private readonly SortedDictionary<long, Tried[]> tried = [];

    /// <summary>What there is to say.</summary>
    public List<string> Lines { get; } = [];

    /// <summary>Searches.</summary>
    /// <returns>The exit code: whether there is such a size.</returns>
    public int Find()
    {
        long room = Room();
        long high = Math.Min(Math.Max(Round(AreaSize.Of(scenario.Machine, area)), step), room);
        while (high < room && !Survives(high))
        {
            high = Math.Min(high * 2, room);
        }

        if (high == 0 || !Survives(high))
        {
            Lines.Add($"area {area}: no size that the machine has room for is enough");
            AddTried();
            return ExitCode.Wrong;
        }

        long low = 0;
        while (high - low > step)
        {
            long middle = Round((low + high) / 2);
            (low, high) = Survives(middle) ? (low, middle) : (middle, high);
        }

        // A larger area is not always the better one, so the sizes below are looked at too.
        for (int i = 1; i <= Beside && high - (i * step) > 0; i++)
        {
            Survives(high - (i * step));
        }

        (long smallest, Tried[] runs) = tried.First(size => size.Value.All(run => run.Survives));
        Tried most = runs.MaxBy(run => run.TopPage);
        long lost = most.TopPage - most.PeakPages;
        Lines.Add(Invariant($"area {area}: {ByteText.Of(smallest)} is enough for {seeds} seeds"));
        Lines.Add(Invariant($"pages: {most.PeakPages} in use at once, {most.TopPage} from the first to the last, ")
            + Invariant($"{lost} lost to alignment and gaps"));
        Lines.Add("enough: no buffer was refused for want of memory");
        AddTried();
        return ExitCode.Ok;
    }

    private void AddTried()
    {
        Lines.Add("tried:");
        foreach ((long size, Tried[] runs) in tried)
        {
            int crashes = runs.Count(run => run.IsCrashed);
            string crashed = crashes == 0 ? "" : Invariant($", the machine crashes with {crashes}");
            int surviving = runs.Count(run => run.Survives);
            Lines.Add(Invariant($"  {ByteText.Of(size),8}  {surviving} of {seeds} seeds survive{crashed}"));
        }
    }

    // The largest size with which the machine can be built, beside whatever else it has at boot.
    private long Room()
    {
        long low = Round(AreaSize.Of(scenario.Machine, area));
        long high = Round(scenario.Machine.Memory);
        while (high - low > step)
        {
            long middle = Round((low + high) / 2);
            (low, high) = CanBuild(middle) ? (middle, high) : (low, middle);
        }

        return low;
    }

    private bool CanBuild(long size)
    {
        try
        {
            one.Builder.Build(AreaSize.With(scenario.Machine, area, size));
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private long Round(long bytes) => bytes / step * step;

    private bool Survives(long size)
    {
        if (!tried.TryGetValue(size, out Tried[]? runs))
        {
            runs = new Tried[seeds];
            Trials.Each(seeds, Environment.ProcessorCount, seed => runs[seed] = Play(size, (ulong)seed));
            tried.Add(size, runs);
            progress.Show("smallest", tried.Count, tried.Count, "sizes");
        }

        return runs.All(run => run.Survives);
    }

    private Tried Play(long size, ulong seed)
    {
        Tried run = default;
        Scenario sized = scenario with
        {
            Machine = AreaSize.With(scenario.Machine, area, size) with
            {
                Seed = unchecked(scenario.Machine.Seed + seed),
            },
        };
        RunResult result = Trial.Run(one.Runner, audits: false, sized, end =>
        {
            CmaArea used = AreaSize.Find(end.Machine, area);
            run = new Tried(end.Failures == 0, false, used.PeakPages, used.TopPage);
        });
        bool isCrashed = result.End == RunEnd.Crashed;
        return run with { Survives = run.Survives && !isCrashed, IsCrashed = isCrashed };
    }

    private readonly record struct Tried(bool Survives, bool IsCrashed, long PeakPages, int TopPage);
}
