using System.Globalization;

namespace DmaBufSim.Pictures;

/// <summary>An axis: where a value lies on it, and which values are written beside it.</summary>
internal sealed class Axis
{
    private const double Tolerance = 1e-9;
    private const int Narrowest = 32;
    private const int Wide = 84;

    private readonly double low;
    private readonly double high;
    private readonly double step;
    private readonly int from;
    private readonly int to;

    /// <summary>An axis over values, made longer to round numbers.</summary>
    /// <param name="low">The lowest value.</param>
    /// <param name="high">The highest value.</param>
    /// <param name="from">The pixel of the lower end.</param>
    /// <param name="to">The pixel of the upper end.</param>
    /// <param name="steps">Which numbers are round.</param>
    public Axis(double low, double high, int from, int to, Steps steps)
    {
        this.from = from;
        this.to = to;
        int apart = steps is Steps.Whole or Steps.Wide ? Wide : Narrowest;
        step = RoundStep((high - low) * apart / Math.Abs(to - from), steps);
        this.low = Math.Floor((low / step) + Tolerance) * step;
        this.high = Math.Max(this.low + step, Math.Ceiling((high / step) - Tolerance) * step);
    }

    /// <summary>The values that are written beside it, each with its text.</summary>
    public IEnumerable<(double Value, string Text)> Ticks
    {
        get
        {
            int count = (int)Math.Round((high - low) / step);
            int digits = step >= 1 ? 0 : (int)Math.Ceiling(-Math.Log10(step) - Tolerance);
            string format = string.Create(CultureInfo.InvariantCulture, $"N{digits}");
            for (int i = 0; i <= count; i++)
            {
                double value = low + (i * step);
                yield return (value, value.ToString(format, CultureInfo.InvariantCulture));
            }
        }
    }

    /// <summary>The pixel of a value.</summary>
    public double At(double value) => from + ((value - low) / (high - low) * (to - from));

    private static double RoundStep(double wanted, Steps steps)
    {
        if (wanted <= 0 || (wanted <= 1 && steps is (Steps.Whole or Steps.Binary)))
        {
            return 1;
        }

        if (steps == Steps.Binary)
        {
            return Math.Pow(2, Math.Ceiling(Math.Log2(wanted) - Tolerance));
        }

        double power = Math.Pow(10, Math.Floor(Math.Log10(wanted)));
        double times = wanted / power;
        return power * (times <= 1 + Tolerance ? 1 : times <= 2 + Tolerance ? 2 : times <= 5 + Tolerance ? 5 : 10);
    }
}

/// <summary>Which numbers are round: those that the values beside an axis are multiples of.</summary>
internal enum Steps
{
    /// <summary>One, two or five times a power of ten.</summary>
    Decimal,

    /// <summary>The same, with room for long numbers beside each other.</summary>
    Wide,

    /// <summary>The same, but at least 1.</summary>
    Whole,

    /// <summary>Powers of two.</summary>
    Binary,
}
