using DmaBufSim.Machines;
using DmaBufSim.Memory;
using DmaBufSim.Pictures;
using DmaBufSim.Tests.Support;
using NUnit.Framework;

namespace DmaBufSim.Tests.Pictures;

[TestFixture]
public sealed class CurvesPictureTests
{
    // mm/vmstat.c by hand: three free pages in blocks of 1 and 2, asked for a block of 4.
    [Test]
    public void TheIndicesAreThoseOfTheKernel()
    {
        BuddyAllocator buddy = Box.Empty.Build().Memory.Buddy;
        Assert.That(MachineSampler.FragmentationIndex(buddy, 9), Is.EqualTo(-1000));
        Assert.That(MachineSampler.UnusableIndex(buddy, 10), Is.Zero);
        List<int> all = [];
        while (buddy.FreeFrames > 0)
        {
            all.Add(buddy.Allocate(2, MigrateType.Unmovable).Value);
        }

        Assert.That(MachineSampler.FragmentationIndex(buddy, 2), Is.Zero);
        Assert.That(MachineSampler.UnusableIndex(buddy, 2), Is.EqualTo(1000));
        buddy.Free(all[0], 2);
        buddy.Allocate(0, MigrateType.Unmovable);
        Assert.That((buddy.FreeBlocks(0), buddy.FreeBlocks(1), buddy.FreeBlocks(2)), Is.EqualTo((1, 1, 0)));
        Assert.That(MachineSampler.FragmentationIndex(buddy, 2), Is.EqualTo(1000 - ((1000 + (3 * 1000 / 4)) / 2)));
        Assert.That(MachineSampler.UnusableIndex(buddy, 1), Is.EqualTo((3 - 2) * 1000 / 3));
        Assert.That(MachineSampler.UnusableIndex(buddy, 2), Is.EqualTo(1000));
    }

    [Test]
    public void SamplesTellWhatHappened()
    {
        Machine machine = Box.Empty.Area("cma0", 16 << 20).Heap("cma", "cma", on: "cma0").Build();
        MachineSampler sampler = new("cma0", 9);
        MovableMemory tenant = new("browser", machine.Areas[0]);
        tenant.Hold([new FrameRun(machine.Areas[0].Range.First, 1000)]);
        sampler.Take(machine, 0);
        machine.Alloc("cma", 8 << 20);
        sampler.Take(machine, 1);
        sampler.CountFailure();
        sampler.Take(machine, 2);
        Assert.That(
            sampler.Samples.Select(one => (one.Area!.Value, one.FreePages, one.MovedPages, one.DroppedPages, one.Failures)),
            Is.EqualTo(new[]
            {
                (new AreaSample(4096, 3096, 4096), 15384L, 0L, 0L, 0L),
                (new AreaSample(2048, 2048, 2048), 13336, 1000, 0, 0),
                (new AreaSample(2048, 2048, 2048), 13336, 1000, 0, 1),
            }));
    }

    // What is dropped is not copied: it is counted apart, as by `background` and `compare`.
    [Test]
    public void DroppedPagesAreNotMoved()
    {
        Machine machine = Box.Empty.Area("cma0", 48 << 20).Heap("cma", "cma", on: "cma0").Build();
        MovableMemory clean = new("clean", machine.Memory, PageKind.CleanFile);
        MovableMemory dirty = new("dirty", machine.Memory, PageKind.DirtyFile);
        clean.Grow(3000);
        dirty.Grow(500);
        int[] lent = [.. new[] { clean, dirty }.Select(file => file.Frames.Count(machine.Areas[0].Contains))];
        Assert.That(lent, Has.All.Positive);
        machine.Alloc("cma", 48 << 20);
        MachineSampler[] samplers = [new("cma0", 9), new(null, 9)];
        foreach (MachineSampler sampler in samplers)
        {
            sampler.Take(machine, 1);
            MachineSample sample = sampler.Samples[0];
            Assert.That((sample.DroppedPages, sample.MovedPages), Is.EqualTo(((long)lent[0], (long)lent[1])));
        }
    }

    [TestCase(1)]
    [TestCase(3)]
    [TestCase(100)]
    [TestCase(20_000)]
    public void APictureOfARunOfAnyLength(int count)
    {
        MachineSampler sampler = Sampler("cma0", count);
        Drawing drawing = CurvesPicture.Draw(sampler, new string('x', 400));
        Drawings.TextIsReadable(drawing);
        Drawings.FilesAreSound(() => CurvesPicture.Draw(sampler));
        Assert.That(Drawings.Texts(drawing), Is.SupersetOf((string[])
            ["area cma0", "not handed out", "longest run not handed out", "moved", "dropped", "steps played", "pages", "index"]));
        int points = drawing.Marks.OfType<LineMark>().Max(line => line.Points.Count);
        Assert.That(points, Is.LessThan(5 * drawing.Width));
    }

    [Test]
    public void WithoutAnAreaItsPanelIsLeftOut()
    {
        string[] texts = Drawings.Texts(CurvesPicture.Draw(Sampler(null, 5)));
        Assert.That(texts, Does.Not.Contain("not handed out"));
        Assert.That(texts, Does.Contain("moved"));
        Assert.That(() => CurvesPicture.Draw(new MachineSampler(null, 9)), Throws.ArgumentException);
    }

    [Test]
    public void ACurveKeepsItsPeaks()
    {
        MachineSample[] samples = [.. Enumerable.Range(0, 10_000).Select(i => new MachineSample(
            i, 0, i == 4321 ? 900 : i == 8000 ? 100 : 500, null, 0, 0, 0, 0, 0))];
        Axis steps = new(0, 10_000, 0, 1000, Steps.Whole);
        Axis values = new(0, 1000, 1000, 0, Steps.Decimal);
        double[] places = [.. samples.Select(one => Math.Round(steps.At(one.Step)))];
        List<Spot> spots = Panel.Stairs(samples, one => one.FreePages, places, values);
        Assert.That(spots.Min(spot => spot.Y), Is.EqualTo(100));
        Assert.That(spots.Max(spot => spot.Y), Is.EqualTo(900));
        Assert.That(spots.First(spot => spot.Y == 100).X, Is.EqualTo(432));
        Assert.That(spots[0], Is.EqualTo(new Spot(0, 500)));
        Assert.That(spots[^1], Is.EqualTo(new Spot(1000, 500)));
        Assert.That(spots, Has.Count.LessThan(20));
    }

    private static MachineSampler Sampler(string? area, int count)
    {
        Machine machine = Box.Empty.Area("cma0", 16 << 20).Heap("cma", "cma", on: "cma0").Build();
        MachineSampler sampler = new(area, 4);
        for (int i = 0; i < count; i++)
        {
            if (i % 3 == 0)
            {
                sampler.CountFailure();
            }
            else if (i < 60)
            {
                machine.Alloc("cma", 4096 * (i + 1));
            }

            sampler.Take(machine, i);
        }

        return sampler;
    }
}
