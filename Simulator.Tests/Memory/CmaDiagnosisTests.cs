using System.Numerics;
using DmaBufSim.Abi;
using DmaBufSim.Memory;
using NUnit.Framework;

namespace DmaBufSim.Tests.Memory;

[TestFixture]
public sealed class CmaDiagnosisTests
{
    [Test]
    public void ItSaysWhatTheAreaWouldDo() => Steps.Check(600, 60, steps =>
    {
        AreaStory Replay()
        {
            AreaStory story = new(steps[0]);
            foreach (int step in steps[1..])
            {
                story.Play(step);
            }

            return story;
        }

        AreaStory story = Replay();
        int pages = 1 + (steps[^1] % 30);
        int? align = steps[^1] % 3 == 0 ? steps[^1] % 6 : null;
        CmaDiagnosis why = CmaDiagnosis.Of(story.Area, pages, align);
        int AlignmentOf(int count) => align ?? story.Area.AlignmentFor(count);
        AreaStory other = Replay();
        long busy = other.Area.BusyWindows;
        Result<int> got = other.Area.Allocate(pages, AlignmentOf(pages));
        Assert.That(why.Reason, Is.EqualTo(got.Reason));
        Assert.That(why.Page, Is.EqualTo(got.IsOk ? other.Area.PageOf(got.Value) : -1));
        Assert.That(why.BusyWindows, Is.EqualTo(other.Area.BusyWindows - busy));
        Assert.That(why.FirstBusy, Has.Length.EqualTo(Math.Min(why.BusyWindows, CmaDiagnosis.MostBusy)));
        Assert.That(why.FirstBusy.Select(why.PinnedIn), Has.None.Zero);
        Assert.That(why.Moves, Is.EqualTo(story.Memory.Buddy.FreeFrames - other.Memory.Buddy.FreeFrames));
        Assert.That(why.LargestFit == 0 || Replay().Area.Allocate(why.LargestFit, AlignmentOf(why.LargestFit)).IsOk, Is.True);
        Assert.That(Replay().Area.Allocate(why.LargestFit + 1, AlignmentOf(why.LargestFit + 1)).IsOk, Is.False);
        int count = 0;
        for (AreaStory full = Replay(); full.Area.Allocate(pages, AlignmentOf(pages)).IsOk; count++)
        {
        }

        Assert.That(why.HowMany, Is.EqualTo(count));
        Assert.That(why.FewestPages == 0, Is.EqualTo(why.Fits));
    });

    [Test]
    public void TheFewestPagesAreEnoughAndNoFewerAre() => Steps.Check(400, 14, steps =>
    {
        int step = steps[0];
        int first = Steps.Below(ref step, 16);
        int count = 1 + Steps.Below(ref step, 12);
        (CmaArea area, List<PagePin> pins) = Tiny(first, count, steps);
        first = area.Range.First;
        int pages = 1 + Steps.Below(ref step, count + 1);
        int align = Steps.Below(ref step, 4);
        CmaDiagnosis why = CmaDiagnosis.Of(area, pages, align);
        int fewest = -1;
        for (int set = 0; set < 1 << count; set++)
        {
            int size = BitOperations.PopCount((uint)set);
            if ((fewest < 0 || size < fewest) && FitsWithout(area, first, pages, align, set))
            {
                fewest = size;
            }
        }

        Assert.That(why.FewestPages, Is.EqualTo(fewest));
        Assert.That(why.Fewest.Sum(hold => hold.Count), Is.EqualTo(Math.Max(0, fewest)));
        foreach (CmaHold hold in why.Fewest)
        {
            if (hold.Owner is null)
            {
                area.Release(first + hold.First, hold.Count);
                continue;
            }

            PagePin[] those = [.. pins.Where(pin => pin.Page == hold.First)];
            Assert.That((those.Length, hold.Owner.Name), Is.EqualTo((hold.Pins, "w")));
            Array.ForEach(those, pin => pin.Release());
        }

        Assert.That(area.Allocate(pages, align).IsOk, Is.EqualTo(fewest >= 0));
    });

    [Test]
    public void AMillionPagesAreExplainedWithoutAllocatingMuch()
    {
        CmaArea area = Million(out _);
        CmaDiagnosis.Of(area, 4096);
        long before = GC.GetAllocatedBytesForCurrentThread();
        CmaDiagnosis why = CmaDiagnosis.Of(area, 4096);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1 << 20));
        Assert.That((why.Fits, why.BusyWindows, why.FewestPages), Is.EqualTo((false, 4081, 13)));
        Assert.That(why.LargestFit, Is.EqualTo(288));
    }

    // A pin every 304 pages, and runs of 303 between them.
    private static CmaArea Million(out MovableMemory tenant)
    {
        DmaBufSim.Tracing.Trace trace = new();
        PhysicalMemory memory = new(8L << 30, 0, trace);
        CmaArea area = new("cma0", memory, memory.Reserve(4L << 30).Value, CmaTests.Kernel("6.12"), trace);
        tenant = new MovableMemory("w", area);
        List<FrameRun> runs = [];
        for (int page = 0; page < area.Range.Count; page += 304)
        {
            runs.Add(new FrameRun(area.Range.First + page, 1));
        }

        tenant.Hold(runs.ToArray());
        foreach (FrameRun run in runs)
        {
            tenant.Pin(run.First - area.Range.First);
        }

        return area;
    }

    private static (CmaArea Area, List<PagePin> Pins) Tiny(int first, int count, int[] steps)
    {
        CmaArea area = LentPageTests.Reserved(count, "6.12", first);
        first = area.Range.First;
        area.Allocate(count, 0);
        List<FrameRun> lent = [];
        for (int page = 0; page < count; page++)
        {
            int what = page + 1 < steps.Length ? steps[page + 1] % 4 : 0;
            if (what > 0)
            {
                area.Release(first + page, 1);
            }

            if (what == 3)
            {
                lent.Add(new FrameRun(first + page, 1));
            }
        }

        MovableMemory tenant = new("w", area);
        Assert.That(tenant.Hold(lent.ToArray()).IsOk, Is.True);
        List<PagePin> pins = [];
        foreach (FrameRun run in lent.Where((_, i) => i % 3 != 2))
        {
            pins.Add(tenant.Pin(run.First - first).Value);
            pins.Add(tenant.Pin(run.First - first).Value);
        }

        return (area, pins);
    }

    private static bool FitsWithout(CmaArea area, int first, int pages, int align, int gone)
    {
        int basePfn = (0x40000000 >> 12) + first;
        for (int start = 0; start + pages <= area.Range.Count; start++)
        {
            bool isFree = (basePfn + start) % (1 << align) == 0;
            for (int page = start; isFree && page < start + pages; page++)
            {
                bool isHeld = area.IsAllocated(first + page)
                    || (area.Loans is { } loans && loans.Pinned.AreSet(page, 1));
                isFree = !isHeld || (gone & (1 << page)) != 0;
            }

            if (isFree)
            {
                return true;
            }
        }

        return false;
    }
}
