using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;

namespace DmaBufSim.Pictures;

/// <summary>The mean of figures that come from runs with different seeds, and the interval that it lies in.</summary>
/// <remarks>
/// <para>A figure that cannot be negative gets the score interval: that of Wilson (1927) where it has a largest value,
/// as a percentage has, and that of a count where it has none. The variance that they assume is scaled to what the runs
/// show, since the requests of one run are not independent, and the quantile is Student's, since there are few runs. So
/// the interval is not symmetric, and never reaches what is not possible. Where all runs have the same figure there is
/// nothing to estimate, and the interval is that figure.</para>
/// <para>A difference may be negative; it gets Student's interval.</para>
/// </remarks>
public static class MeanInterval
{
    private const double Confidence = 0.95;

    /// <summary>The mean of figures that are not negative.</summary>
    /// <param name="values">The figures, one of each run.</param>
    /// <param name="most">The largest value that the mean can have; infinite where there is none.</param>
    /// <returns>Null where there is no figure.</returns>
    public static Estimate? Of(IReadOnlyCollection<double> values, double most = double.PositiveInfinity)
    {
        if (values.Count == 0)
        {
            return null;
        }

        double mean = values.Mean();
        double spread = values.Count < 2 ? 0 : values.Variance() / values.Count;
        if (spread == 0 || mean <= 0 || mean >= most)
        {
            return new Estimate(mean, mean, mean);
        }

        // Both ends are where (mean - x)^2 = a x (1 - x / most), the squared quantile times the variance at x.
        double a = Math.Pow(Quantile(values.Count), 2) * spread / (mean * (1 - (mean / most)));
        double middle = mean + (a / 2);
        double scale = 1 + (a / most);
        double half = Math.Sqrt(Math.Max(0, (middle * middle) - (mean * mean * scale)));
        double high = Math.Min(most, (middle + half) / scale);
        return new Estimate(Math.Min(mean, mean * mean / (middle + half)), mean, Math.Max(mean, high));
    }

    /// <summary>The mean of differences.</summary>
    /// <returns>Null where there is none.</returns>
    public static Estimate? OfDifferences(IReadOnlyCollection<double> values)
    {
        if (values.Count == 0)
        {
            return null;
        }

        double mean = values.Mean();
        double half = values.Count < 2
            ? 0
            : Quantile(values.Count) * values.StandardDeviation() / Math.Sqrt(values.Count);
        return new Estimate(mean - half, mean, mean + half);
    }

    private static double Quantile(int count) => StudentT.InvCDF(0, 1, count - 1, (1 + Confidence) / 2);
}
