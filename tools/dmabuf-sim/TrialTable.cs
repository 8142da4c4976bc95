using System.Collections.Immutable;
using System.Globalization;
using DmaBufSim.Pictures;
using DmaBufSim.Scenarios;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace DmaBufSim.Cli;

/// <summary>The figures of all trials, and what they say together.</summary>
/// <param name="file">The scenario.</param>
/// <param name="kind">What was compared.</param>
/// <param name="policies">The policies, in their order.</param>
/// <param name="firstSeed">The first seed.</param>
/// <param name="results">What came out, of each policy and seed.</param>
internal sealed class TrialTable(
    string file,
    TrialKind kind,
    ImmutableArray<TrialPolicy> policies,
    ulong firstSeed,
    TrialResult[,] results)
{
    private const double Confidence = 0.95;
    private const int Columns = 80;

    /// <summary>What was compared.</summary>
    public TrialKind Kind => kind;

    /// <summary>The policies.</summary>
    public ImmutableArray<TrialPolicy> Policies => policies;

    /// <summary>How many seeds.</summary>
    public int Seeds => results.GetLength(1);

    /// <summary>Where the numbers come from and what the intervals are.</summary>
    public string Caption => string.Create(
        CultureInfo.InvariantCulture, $"{file}, seeds {firstSeed} to {SeedOf(Seeds - 1)}; mean and 95 % interval");

    /// <summary>The seed of a column of trials.</summary>
    public ulong SeedOf(int number) => unchecked(firstSeed + (ulong)number);

    /// <summary>The figure of one trial.</summary>
    public double? Figure(int policy, int seed, int metric) => results[policy, seed].Figures[metric];

    /// <summary>Tells of which policies runs have crashed.</summary>
    /// <returns>Whether any has.</returns>
    public bool ReportCrashes(Terminal error)
    {
        bool isAny = false;
        for (int policy = 0; policy < policies.Length; policy++)
        {
            int[] seeds = [.. Enumerable.Range(0, Seeds).Where(seed => results[policy, seed].IsCrashed)];
            if (seeds.Length > 0)
            {
                isAny = true;
                error.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{file}: {policies[policy].Name}: the machine crashed in {seeds.Length} of {Seeds} runs, first with seed {SeedOf(seeds[0])}; their figures end there"));
            }
        }

        return isAny;
    }

    /// <summary>Prints the tables.</summary>
    public void Write(Terminal output)
    {
        output.WriteLine(Caption, TextRole.Comment);
        WriteTable(output, metric => !metric.IsDetail);
        foreach (TrialMetric metric in kind.Metrics.Where(metric => !metric.IsDetail))
        {
            output.WriteLine($"{metric.Name}: {metric.Meaning}");
        }

        foreach (var detail in kind.Metrics.Where(metric => metric.IsDetail).GroupBy(metric => metric.Name))
        {
            output.WriteLine();
            output.WriteLine($"{detail.Key}: {detail.First().Meaning}");
            WriteTable(output, detail.Contains);
        }

        if (policies.Length > 1)
        {
            output.WriteLine($"*: differs from {policies[0].Name} on the same seeds (95 % interval of the difference)");
        }

        output.WriteLine("-: no run has this figure");
        output.WriteLine();
        output.WriteLine("What the policies are for, whatever came out above:");
        foreach (TrialPolicy policy in policies)
        {
            output.WriteLine();
            output.WriteLine(policy.Name, TextRole.Step);
            foreach (string line in policy.Notes.SelectMany(note => WordWrap.Lines(note, Columns - 2)))
            {
                output.WriteLine($"  {line}");
            }
        }
    }

    /// <summary>The same for a picture.</summary>
    public Comparison ToComparison() => new(
        $"{file}: {kind.Question}",
        [.. policies.Select(policy => policy.Name)],
        [
            .. Numbers(metric => !metric.IsDetail).Select(m => new Metric(
                kind.Metrics[m].Meaning,
                kind.Metrics[m].Unit.Length == 0 ? "number" : kind.Metrics[m].Unit,
                [.. policies.Select((_, policy) => EstimateOf(Values(policy, m)))])),
        ]);

    private IEnumerable<int> Numbers(Func<TrialMetric, bool> isIn) =>
        Enumerable.Range(0, kind.Metrics.Length).Where(m => isIn(kind.Metrics[m]));

    private void WriteTable(Terminal output, Func<TrialMetric, bool> isIn)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn("policy");
        int[] shown = [.. Numbers(isIn)];
        foreach (int m in shown)
        {
            TrialMetric metric = kind.Metrics[m];
            string head = metric.IsDetail ? metric.Unit : $"{metric.Name}\n{metric.Unit}";
            table.AddColumn(new TableColumn(Markup.Escape(head)).RightAligned().PadLeft(0));
        }

        for (int i = 0; i < policies.Length; i++)
        {
            int policy = i;
            table.AddRow([new Text(policies[i].Name), .. shown.Select(m => (IRenderable)new Text(Cell(policy, m)))]);
        }

        foreach (string line in Lines(table))
        {
            output.WriteLine(line.TrimEnd());
        }
    }

    private string Cell(int policy, int metric)
    {
        if (EstimateOf(Values(policy, metric)) is not { } estimate)
        {
            return "-";
        }

        string star = policy > 0 && Differs(policy, metric) ? "*" : "";
        string value = Text(estimate.Value, estimate.Value) + star;
        return estimate.High > estimate.Value
            ? $"{value}\n\u00b1{Text(estimate.High - estimate.Value, estimate.Value)}"
            : value;
    }

    // On the same seed two policies see the same tenants, so their difference says more than the two means.
    private bool Differs(int policy, int metric)
    {
        List<double> differences = [];
        for (int seed = 0; seed < Seeds; seed++)
        {
            if (Figure(policy, seed, metric) is { } one && Figure(0, seed, metric) is { } other)
            {
                differences.Add(one - other);
            }
        }

        return EstimateOf(differences) is { } estimate && (estimate.Low > 0 || estimate.High < 0);
    }

    private List<double> Values(int policy, int metric) =>
        [.. Enumerable.Range(0, Seeds).Select(seed => Figure(policy, seed, metric)).OfType<double>()];

    private static Estimate? EstimateOf(List<double> values)
    {
        if (values.Count == 0)
        {
            return null;
        }

        double mean = values.Mean();
        double half = values.Count < 2
            ? 0
            : StudentT.InvCDF(0, 1, values.Count - 1, (1 + Confidence) / 2)
                * values.StandardDeviation() / Math.Sqrt(values.Count);
        return new Estimate(mean - half, mean, mean + half);
    }

    // As many digits as the value has a use for, and the interval with as many as the value.
    private static string Text(double number, double value)
    {
        double size = Math.Abs(value);
        bool isWhole = number == Math.Truncate(number) && number == value;
        string format = size switch
        {
            _ when isWhole => "N0",
            >= 1000 => "N0",
            >= 100 => "F0",
            >= 10 => "F1",
            >= 1 => "F2",
            _ => "F3",
        };
        return number.ToString(format, CultureInfo.InvariantCulture);
    }

    private static string[] Lines(Table table)
    {
        using StringWriter text = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = Columns;
        console.Profile.Capabilities.Unicode = true;
        console.Write(table);
        return text.ToString().Trim('\n').Split('\n');
    }
}
