using System.Collections.Immutable;
using System.Globalization;
using DmaBufSim.Abi;
using DmaBufSim.Pictures;
using DmaBufSim.Scenarios;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace DmaBufSim.Cli;

/// <summary>The figures of all trials, and what they say together.</summary>
/// <param name="file">The scenario.</param>
/// <param name="choice">What was compared.</param>
/// <param name="firstSeed">The first seed.</param>
/// <param name="hasDraws">Whether anything may be drawn from the seed.</param>
/// <param name="results">What came out, of each series and seed.</param>
internal sealed class TrialTable(
    string file,
    TrialChoice choice,
    ulong firstSeed,
    bool hasDraws,
    TrialResult[,] results)
{
    private const int Columns = 80;
    private const int KnowsColumn = 8;

    private readonly TrialKind kind = choice.Kind;
    private readonly ImmutableArray<TrialSeries> series = choice.Series;

    /// <summary>What was compared.</summary>
    public TrialKind Kind => kind;

    /// <summary>The policies, each with what importers know.</summary>
    public ImmutableArray<TrialSeries> Series => series;

    /// <summary>Whether they differ in what importers know.</summary>
    public bool HasKnows => series[0].Knows is not null;

    /// <summary>How many seeds.</summary>
    public int Seeds => results.GetLength(1);

    /// <summary>Where the numbers come from and what the intervals are.</summary>
    public string Caption => string.Create(
        CultureInfo.InvariantCulture, $"{file}, seeds {firstSeed} to {SeedOf(Seeds - 1)}; mean and 95 % interval");

    /// <summary>The seed of a column of trials.</summary>
    public ulong SeedOf(int number) => unchecked(firstSeed + (ulong)number);

    /// <summary>The figure of one trial.</summary>
    public double? Figure(int one, int seed, int metric) => results[one, seed].Figures[metric];

    /// <summary>Tells of which policies runs have crashed.</summary>
    /// <returns>Whether any has.</returns>
    public bool ReportCrashes(Terminal error)
    {
        bool isAny = false;
        for (int one = 0; one < series.Length; one++)
        {
            int[] seeds = [.. Enumerable.Range(0, Seeds).Where(seed => results[one, seed].IsCrashed)];
            if (seeds.Length > 0)
            {
                isAny = true;
                error.WriteSentences(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{file}: {series[one].Name}: the machine crashed in {seeds.Length} of {Seeds} runs, first with seed {SeedOf(seeds[0])}; their figures end there"));
            }
        }

        return isAny;
    }

    /// <summary>Prints the tables.</summary>
    public void Write(Terminal output)
    {
        if (choice.Reason is { } reason)
        {
            output.WriteSentences(reason, TextRole.Comment);
        }

        output.WriteLine(Caption, TextRole.Comment);
        if (!hasDraws)
        {
            output.WriteSentences(
                "nothing in this file is drawn from the seed: every seed gives the same run", TextRole.Comment);
        }

        WriteTable(output, metric => !metric.IsDetail);
        output.WriteLine();
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

        if (kind.Metrics.Any(metric => metric.IsDetail))
        {
            output.WriteLine();
        }

        if (series.Length > 1)
        {
            output.WriteSentences($"*: differs from {series[0].Name} on the same seeds (95 % interval of the difference)");
        }

        output.WriteLine("-: no run has this figure");
        output.WriteLine();
        output.WriteLine("What the policies are for, whatever came out above:");
        foreach (TrialPolicy policy in series.Select(one => one.Policy).Distinct())
        {
            WriteNotes(output, policy.Name, policy.Notes);
        }

        foreach (string word in series.Select(one => one.Knows).OfType<string>().Distinct())
        {
            WriteNotes(output, $"knows={word}", [KnowledgeWords.Meaning(word)]);
        }
    }

    /// <summary>The same for a picture; of what is told by step only what is not zero throughout.</summary>
    public Comparison ToComparison() => new(
        $"{file}: {kind.Question}",
        [.. series.Select(one => one.Name)],
        [.. Numbers(metric => !metric.IsDetail).Select(m => MetricOf(kind.Metrics[m].Meaning, m))])
    {
        Groups =
        [
            .. Numbers(metric => metric.IsDetail).Where(IsAnywhere).GroupBy(m => kind.Metrics[m].Name).Select(group =>
                new MetricGroup(
                    $"{group.Key}: {kind.Metrics[group.First()].Meaning}",
                    [.. group.Select(m => MetricOf(kind.Metrics[m].Unit, m))])),
        ],
    };

    private Metric MetricOf(string name, int metric)
    {
        string unit = kind.Metrics[metric].Unit;
        return new Metric(
            name,
            unit.Length == 0 ? "number" : unit,
            [.. Enumerable.Range(0, series.Length).Select(one => EstimateOf(one, metric))]);
    }

    private bool IsAnywhere(int metric) =>
        Enumerable.Range(0, series.Length).Any(one => Values(one, metric).Exists(value => value != 0));

    private static void WriteNotes(Terminal output, string name, ImmutableArray<string> notes)
    {
        output.WriteLine();
        output.WriteLine(name, TextRole.Step);
        foreach (string line in notes.SelectMany(note => WordWrap.Lines(note, Columns - 2)))
        {
            output.WriteLine($"  {line}");
        }
    }

    private IEnumerable<int> Numbers(Func<TrialMetric, bool> isIn) =>
        Enumerable.Range(0, kind.Metrics.Length).Where(m => isIn(kind.Metrics[m]));

    private void WriteTable(Terminal output, Func<TrialMetric, bool> isIn)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn("policy");
        if (HasKnows)
        {
            table.AddColumn("knows");
        }

        int[] shown = [.. Numbers(isIn)];
        foreach (int m in shown)
        {
            TrialMetric metric = kind.Metrics[m];
            string head = metric.IsDetail ? metric.Unit : $"{metric.Name}\n{metric.Unit}";
            table.AddColumn(new TableColumn(Markup.Escape(head)).RightAligned().PadLeft(0));
        }

        for (int i = 0; i < series.Length; i++)
        {
            int one = i;
            IEnumerable<string> words = HasKnows ? [series[i].Policy.Name, series[i].Knows!] : [series[i].Policy.Name];
            table.AddRow(words.Concat(shown.Select(m => Cell(one, m))).Select(text => (IRenderable)new Text(text)));
        }

        foreach (string line in Lines(table, Columns + (HasKnows ? KnowsColumn : 0)))
        {
            output.WriteLine(line.TrimEnd());
        }
    }

    // The interval need not be symmetric.
    private string Cell(int one, int metric)
    {
        if (EstimateOf(one, metric) is not { } estimate)
        {
            return "-";
        }

        string star = one > 0 && Differs(one, metric) ? "*" : "";
        string value = Text(estimate.Value, estimate.Value) + star;
        string above = Text(estimate.High - estimate.Value, estimate.Value);
        string below = Text(estimate.Value - estimate.Low, estimate.Value);
        return estimate.High == estimate.Low ? value
            : above == below ? $"{value}\n\u00b1{above}"
            : $"{value}\n+{above}\n-{below}";
    }

    // On the same seed two policies see the same tenants, so their difference says more than the two means.
    private bool Differs(int one, int metric)
    {
        List<double> differences = [];
        for (int seed = 0; seed < Seeds; seed++)
        {
            if (Figure(one, seed, metric) is { } here && Figure(0, seed, metric) is { } there)
            {
                differences.Add(here - there);
            }
        }

        return MeanInterval.OfDifferences(differences) is { } estimate && (estimate.Low > 0 || estimate.High < 0);
    }

    private List<double> Values(int one, int metric) =>
        [.. Enumerable.Range(0, Seeds).Select(seed => Figure(one, seed, metric)).OfType<double>()];

    private Estimate? EstimateOf(int one, int metric)
    {
        IEnumerable<int> known = Enumerable.Range(0, Seeds).Where(seed => Figure(one, seed, metric) is not null);
        double most = known.Select(seed => results[one, seed].Bounds[metric]).DefaultIfEmpty().Average();
        return MeanInterval.Of(Values(one, metric), most);
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

    private static string[] Lines(Table table, int width)
    {
        using StringWriter text = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = width;
        console.Profile.Capabilities.Unicode = true;
        console.Write(table);
        return text.ToString().Trim('\n').TrimEnd().Split('\n');
    }
}
