using DmaBufSim.Dma;
using DmaBufSim.Memory;
using DmaBufSim.Tests.Memory;
using NUnit.Framework;

namespace DmaBufSim.Tests.Dma;

[TestFixture]
public sealed class SgTableTests
{
    [Test]
    public void EveryPageIsWhereAFlatListSays() => Steps.Check(300, 40, steps =>
    {
        FrameRun[] runs = RunsOf(steps);
        SgTable table = new(runs);
        int[] frames = [.. runs.SelectMany(run => Enumerable.Range(run.First, run.Count))];
        Assert.That(table.Runs.ToArray(), Is.EqualTo(runs));
        Assert.That(table.Pages, Is.EqualTo(frames.Length));
        int page = 0;
        for (int run = 0; run < runs.Length; run++)
        {
            for (int i = 0; i < runs[run].Count; i++, page++)
            {
                FrameRun rest = new(frames[page], runs[run].Count - i);
                Assert.That((table.FrameAt(page), table.RunOf(page)), Is.EqualTo((frames[page], run)));
                Assert.That(table.RunFrom(page), Is.EqualTo(rest));
            }
        }
    });

    [Test]
    public void ATableNeedsARun() =>
        Assert.That(() => new SgTable(ReadOnlySpan<FrameRun>.Empty), Throws.InstanceOf<ArgumentException>());

    [Test]
    public void ADuplicateHasTheRunsAndNoAddresses()
    {
        SgTable table = new([new FrameRun(1, 2), new FrameRun(9, 1)]);
        table.SetSegments([new DmaSegment(1, 2), new DmaSegment(3, 4)], 2);
        SgTable copy = table.Duplicate();
        Assert.That(copy.Runs.ToArray(), Is.EqualTo(table.Runs.ToArray()));
        Assert.That((copy.Pages, copy.SegmentCount, copy.Segments.Length), Is.EqualTo((3, 0, 0)));
        copy.SetSegments([new DmaSegment(5, 6)], 1);
        Assert.That(table.Segments.ToArray(), Is.EqualTo(new[] { new DmaSegment(1, 2), new DmaSegment(3, 4) }));
        table.ClearSegments();
        Assert.That(table.Segments.Length, Is.Zero);
    }

    private static FrameRun[] RunsOf(int[] steps)
    {
        List<FrameRun> runs = [];
        foreach (int number in steps)
        {
            int step = number;
            runs.Add(new FrameRun(Steps.Below(ref step, 1000), Steps.Below(ref step, 6) + 1));
        }

        return [.. runs];
    }
}
