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
    private readonly Lock gate = new();
    private string bounds = "";

    /// <summary>What there is to say.</summary>
    public List<string> Lines { get; } = [];

    /// <summary>Searches.</summary>
    /// <returns>The exit code: whether there is such a size.</returns>
    public int Find()
    {
        long room = Room();
        bounds = $"at most {ByteText.Of(room)}";
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
            bounds = $"between {ByteText.Of(low + step)} and {ByteText.Of(high)}";
            (low, high) = Survives(middle) ? (low, middle) : (middle, high);
        }

        // A larger area is not always the better one, so the sizes below are looked at too.
        bounds = $"below {ByteText.Of(high)}";
        for (int i = 1; i <= Beside && high - (i * step) > 0; i++)
        {
            Survives(high - (i * step));
        }

        (long smallest, Tried[] runs) = tried.First(size => size.Value.All(run => run.Survives));
        Tried most = runs.MaxBy(run => run.TopPage);
        long lost = most.TopPage - most.PeakPages;
        Lines.Add($"area {area}: {ByteText.Of(smallest)} is enough for {SeedText}");
        Lines.Add(Invariant($"pages: {most.PeakPages} in use at once, {most.TopPage} from the first to the last, ")
            + Invariant($"{lost} lost to alignment and gaps"));
        Lines.Add("enough: no buffer was refused for want of memory, and every other step that must succeed did");
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
            int refusals = runs.Count(run => run.Refused is not null);
            string refused = refusals == 0 ? "" : Invariant($", the story cannot be played with {refusals}");
            int surviving = runs.Count(run => run.Survives);
            string survive = seeds == 1 ? "survives" : "survive";
            Lines.Add(Invariant($"  {ByteText.Of(size),8}  {surviving} of {SeedText} {survive}{crashed}{refused}"));
        }

        foreach ((long size, Tried[] runs) in tried.Reverse())
        {
            if (runs.Select(run => run.Refused).FirstOrDefault(step => step is not null) is { } played)
            {
                Lines.Add("cannot be played: a step that must succeed is refused; "
                    + Invariant($"with {ByteText.Of(size)}, line {played.Step.Line}: {played.Step} -> {played.Outcome}"));
                return;
            }
        }
    }

    private string SeedWord => seeds == 1 ? "seed" : "seeds";

    private string SeedText => Invariant($"{seeds} {SeedWord}");

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
            int played = 0;
            string what = $"smallest: {ByteText.Of(size)}, {bounds}";
            progress.Show(what, played, seeds, SeedWord);
            Trials.Each(seeds, Environment.ProcessorCount, seed =>
            {
                runs[seed] = Play(size, (ulong)seed);
                lock (gate)
                {
                    played++;
                    progress.Show(what, played, seeds, SeedWord);
                }
            });
            tried.Add(size, runs);
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
            bool survives = end is { Failures: 0, Refused: null };
            run = new Tried(survives, false, used.PeakPages, used.TopPage, end.Refused);
        });
        bool isCrashed = result.End == RunEnd.Crashed;
        return run with { Survives = run.Survives && !isCrashed, IsCrashed = isCrashed };
    }

    private readonly record struct Tried(bool Survives, bool IsCrashed, long PeakPages, int TopPage, PlayedStep? Refused);
}
