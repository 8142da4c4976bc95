using DmaBufSim.Memory;
using NUnit.Framework;

namespace DmaBufSim.Tests.Memory;

[TestFixture]
public sealed class CmaPlanTests
{
    // An area of the planned size is the model: the workload fits into it, and into none that is smaller.
    [Test]
    public void TheSmallestAreaIsTheSmallest() => Steps.Check(200, 40, steps =>
    {
        CmaPlan plan = new();
        int[] places = Play(steps, plan.Take, plan.Return);
        Assert.That(plan.LostPages, Is.Not.Negative);
        Assert.That((plan.TopPage, plan.UsedPages <= plan.PeakPages), Is.EqualTo((plan.SmallestArea(1), true)));
        Assert.That(OnArea(plan.TopPage, steps), Is.EqualTo(places));
        if (plan.TopPage > 1)
        {
            Assert.That(OnArea(plan.TopPage - 1, steps), Does.Contain(-1));
        }
    });

    [TestCase(1, 6)]
    [TestCase(4, 8)]
    [TestCase(1024, 1024)]
    public void ASizeIsAMultipleOfItsUnit(int unit, int size)
    {
        CmaPlan plan = new();
        plan.Take(1, 0);
        plan.Take(2, 2);
        Assert.That((plan.TopPage, plan.PeakPages, plan.LostPages, plan.SmallestArea(unit)), Is.EqualTo((6, 3, 3, size)));
    }

    [TestCase(-1, 1)]
    [TestCase(0, 0)]
    [TestCase(2, 1)]
    [TestCase(0, int.MaxValue)]
    public void WhatIsNotHandedOutCannotGoBack(int page, int pages)
    {
        CmaPlan plan = new();
        plan.Take(2, 0);
        Assert.That(() => plan.Return(page, pages), Throws.ArgumentException.With.Message.Contains("not handed out"));
    }

    private static int[] OnArea(int pages, int[] steps)
    {
        CmaArea area = CmaTests.Area(new FrameRun(0, pages), "6.12");
        return Play(
            steps,
            (count, align) => area.Allocate(count, align) is { IsOk: true } got ? got.Value : -1,
            area.Release);
    }

    // The first that does not fit ends the story.
    private static int[] Play(int[] steps, Func<int, int, int> take, Action<int, int> give)
    {
        List<int> places = [];
        List<(int Page, int Pages)> held = [];
        foreach (int number in steps)
        {
            int step = number;
            int pages = 1 + Steps.Below(ref step, 700);
            if (Steps.Below(ref step, 3) == 0 && held.Count > 0)
            {
                int index = Steps.Below(ref step, held.Count);
                give(held[index].Page, held[index].Pages);
                held.RemoveAt(index);
                continue;
            }

            int page = take(pages, Steps.Below(ref step, 9));
            places.Add(page);
            if (page < 0)
            {
                break;
            }

            held.Add((page, pages));
        }

        return [.. places];
    }
}
