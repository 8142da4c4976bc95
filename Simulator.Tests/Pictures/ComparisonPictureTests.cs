using DmaBufSim.Pictures;
using NUnit.Framework;

namespace DmaBufSim.Tests.Pictures;

[TestFixture]
public sealed class ComparisonPictureTests
{
    private static readonly Comparison Policies = new(
        "Three policies",
        ["first fit", "best fit", new string('W', 80)],
        [
            new Metric("failure rate", "% of requests", [new(1.5, 2, 2.5), new(0, 0.25, 0.5), null]),
            new Metric("pages moved", "pages", [new(0, 0, 0), new(1_000_000, 2_345_678, 3_000_000), new(5, 6, 7)]),
            new Metric("change", "ns", [new(-5, -2, 1), new(0, 1, 2), new(1, 1, 1)]),
        ])
    {
        Groups =
        [
            new MetricGroup("refused: at this step",
            [
                new Metric("attach", "number", [new(1, 1, 1), new(0, 0, 0), null]),
                new Metric("access", "number", [new(1, 2, 4), new(1_000, 3_000, 3_500), new(3, 3, 3)]),
            ]),
        ],
    };

    [Test]
    public void EverythingIsReadable()
    {
        Drawing drawing = ComparisonPicture.Draw(Policies, "100 seeds, 95 % intervals");
        Drawings.TextIsReadable(drawing);
        Drawings.FilesAreSound(() => ComparisonPicture.Draw(Policies));
        Assert.That(Drawings.Texts(drawing), Is.SupersetOf((string[])
            ["first fit", "failure rate (% of requests)", "2  (1.5 to 2.5)", "no value",
                "2,345,678  (1,000,000 to 3,000,000)", "refused: at this step", "attach", "access", "3,000"]));
    }

    // The longest interval of a group fills its column but for the number, so 3,000 of 3,500 are six sevenths of it.
    [Test]
    public void TheBarsOfAGroupHaveOneScale()
    {
        BoxMark[] boxes = [.. ComparisonPicture.Draw(Policies).Marks.OfType<BoxMark>().Where(box => box.Part == "bars")];
        Assert.That(
            boxes.Where(box => box.Height > 1).Select(box => box.Width), Is.EqualTo(new[] { 1, 1, (int)Math.Round((220 - 70) * 6 / 7.0), 1 }));
    }

    [Test]
    public void ADotLiesInItsInterval()
    {
        BoxMark[] boxes = [.. ComparisonPicture.Draw(Policies).Marks.OfType<BoxMark>()
            .Where(box => box.Part == "series")];
        Assert.That(boxes, Has.Length.EqualTo(4 * 8));
        for (int i = 0; i < boxes.Length; i += 4)
        {
            int middle = boxes[i + 3].X + (boxes[i + 3].Width / 2);
            Assert.That(middle, Is.InRange(boxes[i + 1].X, boxes[i + 2].X));
        }
    }

    [Test]
    public void WhatCannotBeComparedIsRefused()
    {
        Assert.That(() => new Comparison("x", [], []), Throws.ArgumentException);
        Assert.That(
            () => new Comparison("x", ["a", "b"], [new Metric("m", "u", [null])]),
            Throws.ArgumentException.With.Message.EqualTo("the metric 'm' has 1 estimates for 2 series"));
        Assert.That(
            () => new Comparison("x", ["a", "b"], [new Metric("m", "u", [null, null])])
            {
                Groups = [new MetricGroup("g", [])],
            },
            Throws.ArgumentException.With.Message.EqualTo("the group 'g' has no metric"));
        Assert.That(() => new Estimate(2, 1, 3), Throws.ArgumentException);
        Assert.That(() => new Estimate(0, double.NaN, 1), Throws.ArgumentException);
        Assert.That(() => new Estimate(0, 1, double.PositiveInfinity), Throws.ArgumentException);
    }
}
