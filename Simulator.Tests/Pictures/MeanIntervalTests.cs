using DmaBufSim.Engine;
using DmaBufSim.Pictures;
using NUnit.Framework;

namespace DmaBufSim.Tests.Pictures;

[TestFixture]
public sealed class MeanIntervalTests
{
    private const int Experiments = 4000;

    // By hand, with Student's quantile 12.7062 for two runs: of 1 and 3 the mean is 2 and its variance 1, so that the
    // ends solve (2 - x)^2 = 80.724 x; of 20 % and 60 % they solve (0.4 - x)^2 = 26.908 x (1 - x).
    [Test]
    public void TheEndsSolveTheirEquation()
    {
        Estimate count = MeanInterval.Of([1, 3])!.Value;
        Assert.That(count.Low, Is.EqualTo(0.0472386).Within(1e-6));
        Assert.That(count.High, Is.EqualTo(84.67658).Within(1e-4));
        Estimate percent = MeanInterval.Of([20, 60], 100)!.Value;
        Assert.That(percent.Low, Is.EqualTo(0.58085).Within(1e-4));
        Assert.That(percent.High, Is.EqualTo(98.70250).Within(1e-4));
    }

    // With independent trials that are each a run, it is Wilson's interval with Student's quantile, up to n - 1 for n.
    [Test]
    public void OfProportionsItIsWilsons()
    {
        const int Runs = 41;
        const int Hits = 7;
        const double T = 2.0210753903;
        double[] values = [.. Enumerable.Range(0, Runs).Select(run => run < Hits ? 1.0 : 0)];
        double p = (double)Hits / Runs;
        double n = Runs - 1;
        double middle = (p + (T * T / (2 * n))) / (1 + (T * T / n));
        double half = T / (1 + (T * T / n)) * Math.Sqrt((p * (1 - p) / n) + (T * T / (4 * n * n)));
        Estimate interval = MeanInterval.Of(values, 1)!.Value;
        Assert.That(interval.Low, Is.EqualTo(middle - half).Within(1e-8));
        Assert.That(interval.High, Is.EqualTo(middle + half).Within(1e-8));
    }

    [Test]
    public void WhatIsNotPossibleIsNeverInside()
    {
        RandomStream random = new(5);
        for (int i = 0; i < Experiments; i++)
        {
            double[] values = [.. Enumerable.Range(0, (int)random.Between(2, 8)).Select(_ => (double)random.Below(4))];
            Estimate bounded = MeanInterval.Of(values, 3)!.Value;
            Estimate count = MeanInterval.Of(values)!.Value;
            Assert.That(bounded.Low, Is.GreaterThanOrEqualTo(0).And.EqualTo(values.Average()).Or.GreaterThan(0));
            Assert.That(bounded.High, Is.LessThanOrEqualTo(3));
            Assert.That(count.Low, Is.GreaterThan(0).Or.EqualTo(values.Average()));
        }
    }

    [Test]
    public void WhatIsTheSameInAllRunsHasNoInterval()
    {
        Assert.That(MeanInterval.Of([]), Is.Null);
        Assert.That(MeanInterval.OfDifferences([]), Is.Null);
        Assert.That(MeanInterval.Of([0, 0, 0], 100), Is.EqualTo(new Estimate(0, 0, 0)));
        Assert.That(MeanInterval.Of([100, 100], 100), Is.EqualTo(new Estimate(100, 100, 100)));
        Assert.That(MeanInterval.Of([7]), Is.EqualTo(new Estimate(7, 7, 7)));
        Assert.That(MeanInterval.OfDifferences([-2]), Is.EqualTo(new Estimate(-2, -2, -2)));
    }

    // How often the interval has the true mean in it, in many experiments whose truth is known. It should be 95 in 100;
    // few runs of a figure that is mostly zero cannot tell more than they have seen.
    [TestCase(5, 0.2, 93, 99)]
    [TestCase(5, 0.5, 93, 99)]
    [TestCase(20, 0.05, 93, 98)]
    [TestCase(20, 0.2, 93, 98)]
    [TestCase(100, 0.01, 93, 98)]
    public void PercentagesAreCovered(int runs, double part, double least, double most) => Covers(
        runs, 100 * part, 100, least, most, random => 100.0 * Count(random, 40, part) / 40);

    // The requests of one run stand and fall together: a run is a bad one or a good one.
    [TestCase(5, 91, 99)]
    [TestCase(20, 92, 98)]
    public void PercentagesOfRunsThatDifferAreCovered(int runs, double least, double most) => Covers(
        runs, 25, 100, least, most, random => 100.0 * Count(random, 40, random.Below(2) == 0 ? 0.1 : 0.4) / 40);

    [TestCase(5, 2, 93, 99)]
    [TestCase(20, 2, 93, 98)]
    [TestCase(20, 30, 93, 98)]
    public void CountsAreCovered(int runs, int mean, double least, double most) => Covers(
        runs, mean, double.PositiveInfinity, least, most, random => Count(random, 1000, mean / 1000.0));

    // Waits have long tails: the mean is far above most of them.
    [TestCase(5, 88, 98)]
    [TestCase(20, 91, 98)]
    public void TimesAreCovered(int runs, double least, double most) => Covers(
        runs, 1, double.PositiveInfinity, least, most, random => -Math.Log(1 - Part(random)));

    private static void Covers(
        int runs, double truth, double bound, double least, double most, Func<RandomStream, double> draw)
    {
        RandomStream random = new(2019);
        int covered = 0;
        for (int i = 0; i < Experiments; i++)
        {
            double[] values = [.. Enumerable.Range(0, runs).Select(_ => draw(random))];
            Estimate interval = MeanInterval.Of(values, bound)!.Value;
            covered += interval.Low <= truth && truth <= interval.High ? 1 : 0;
        }

        Assert.That(100.0 * covered / Experiments, Is.InRange(least, most));
    }

    private static int Count(RandomStream random, int tries, double part) =>
        Enumerable.Range(0, tries).Count(_ => Part(random) < part);

    private static double Part(RandomStream random) => random.Below(1 << 30) / (double)(1 << 30);
}
