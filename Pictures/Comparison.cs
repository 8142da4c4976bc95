using System.Collections.Immutable;

namespace DmaBufSim.Pictures;

/// <summary>What several series, policies for example, came to in several metrics. Pure data.</summary>
public sealed class Comparison
{
    /// <summary>A comparison.</summary>
    /// <param name="title">What is compared.</param>
    /// <param name="series">The names of the series.</param>
    /// <param name="metrics">The metrics.</param>
    /// <exception cref="ArgumentException">
    /// There is no series or no metric, or a metric has not one estimate for each series.
    /// </exception>
    public Comparison(string title, ImmutableArray<string> series, ImmutableArray<Metric> metrics)
    {
        if (series.IsEmpty || metrics.IsEmpty)
        {
            throw new ArgumentException("a comparison needs a series and a metric");
        }

        Title = title;
        Series = series;
        Metrics = metrics;
        Check(metrics);
    }

    /// <summary>What is compared.</summary>
    public string Title { get; }

    /// <summary>The names of the series.</summary>
    public ImmutableArray<string> Series { get; }

    /// <summary>The metrics.</summary>
    public ImmutableArray<Metric> Metrics { get; }

    /// <summary>Figures that belong beside each other: the same thing, counted by where it happened.</summary>
    /// <exception cref="ArgumentException">
    /// A group has no metric, or a metric has not one estimate for each series.
    /// </exception>
    public ImmutableArray<MetricGroup> Groups
    {
        get;
        init
        {
            foreach (MetricGroup group in value)
            {
                if (group.Metrics.IsEmpty)
                {
                    throw new ArgumentException($"the group '{group.Name}' has no metric");
                }

                Check(group.Metrics);
            }

            field = value;
        }
    } = [];

    private void Check(ImmutableArray<Metric> metrics)
    {
        foreach (Metric metric in metrics)
        {
            if (metric.Estimates.Length != Series.Length)
            {
                throw new ArgumentException(
                    $"the metric '{metric.Name}' has {metric.Estimates.Length} estimates for {Series.Length} series");
            }
        }
    }
}

/// <summary>Metrics with one unit that are drawn side by side, to one scale.</summary>
/// <param name="Name">What they count.</param>
/// <param name="Metrics">The metrics, named by where each was counted.</param>
public sealed record MetricGroup(string Name, ImmutableArray<Metric> Metrics);

/// <summary>A metric and what each series came to in it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Estimates">One for each series; null where the series has no value.</param>
public sealed record Metric(string Name, string Unit, ImmutableArray<Estimate?> Estimates);

/// <summary>A value and the interval that it lies in with some confidence.</summary>
public readonly record struct Estimate
{
    /// <summary>An estimate.</summary>
    /// <exception cref="ArgumentException">The three are no finite numbers in order.</exception>
    public Estimate(double low, double value, double high)
    {
        if (!(double.IsFinite(low) && double.IsFinite(high) && low <= value && value <= high))
        {
            throw new ArgumentException("an estimate lies inside its interval, and all three numbers are finite");
        }

        Low = low;
        Value = value;
        High = high;
    }

    /// <summary>The lower end of the interval.</summary>
    public double Low { get; }

    /// <summary>The value.</summary>
    public double Value { get; }

    /// <summary>The upper end of the interval.</summary>
    public double High { get; }
}
