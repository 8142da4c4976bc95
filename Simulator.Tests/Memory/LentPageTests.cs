using DmaBufSim.Abi;
using DmaBufSim.Memory;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Memory;

[TestFixture]
public sealed class LentPageTests
{
    [Test]
    public void AThousandStepsAgreeWithASlowModel() => Steps.Check(150, 1000, steps =>
    {
        AreaStory story = new(steps[0]);
        for (int i = 1; i < steps.Length; i++)
        {
            story.Play(steps[i]);
            if (i % 25 == 0)
            {
                story.Check();
            }
        }

        story.Check();
        story.ReleaseAll();
        int longest = story.Area.Ranges.Max(range => range.Frames.Count);
        Assert.That((story.Area.MaxChunk, story.Area.IdlePages), Is.EqualTo((longest, (long)story.Area.TotalPages)));
        Assert.That((story.Area.LentPages, story.Area.PinnedPages), Is.EqualTo((0, 0)));
        Assert.That(story.Memory.Buddy.FreeFrames, Is.EqualTo(story.StartRoom));
        Assert.That(story.Area.Allocate(longest, 0).IsOk, Is.True);
    });

    // A pinned page at 300 and a request of 765 pages: at 0 and at 256 it is in the way, at 512 it is not.
    [TestCase(8, 2, 512)]
    [TestCase(0, 301, 301)]
    public void ARetryGoesOneAlignmentStepOn(int align, int busy, int page)
    {
        CmaArea area = Reserved(4096);
        MovableMemory tenant = new("w", area);
        Assert.That(tenant.Hold([Pages(area, 300, 1)]).IsOk, Is.True);
        Assert.That(tenant.Pin(300).IsOk, Is.True);
        Assert.That(area.Allocate(765, align).Value, Is.EqualTo(area.Range.First + page));
        Assert.That(area.BusyWindows, Is.EqualTo(busy));
    }

    [TestCase("6.1", "-12", "-16")]
    [TestCase("6.12", "-12", "-16")]
    [TestCase("7.3", "-16", "-16")]
    public void TheLogTellsAPinFromALackOfRuns(string kernel, string full, string pinned)
    {
        CmaArea area = Reserved(512, kernel);
        MovableMemory tenant = new("w", area);
        tenant.Hold([Pages(area, 250, 20)]);
        tenant.Pin(255);
        tenant.Pin(256);
        Result<int> refused = area.Allocate(256, 8);
        Assert.That((refused.Errno, refused.Reason), Is.EqualTo((Errno.ENOMEM, Reason.PagesPinned)));
        Assert.That(area.Log[0], Does.EndWith($"ret: {pinned}"));
        Assert.That((area.LentPages, tenant.PagesOutside, area.IdlePages), Is.EqualTo((2, 18, 510L)));
        area.Allocate(16, 4);
        Assert.That(area.Allocate(512, 8).Reason, Is.EqualTo(Reason.NoContiguousRun));
        Assert.That(area.Log.Last(line => line.Contains("ret:", StringComparison.Ordinal)), Does.EndWith($"ret: {full}"));
    }

    [Test]
    public void AFullMemoryStopsTheSearch()
    {
        PhysicalMemory memory = new(8 << 20, 0, new Trace());
        CmaArea area = new("cma0", memory, memory.Reserve(4 << 20).Value, CmaTests.Kernel("6.12"), new Trace());
        while (memory.Buddy.FreeFrames > 5)
        {
            memory.Buddy.Allocate(0, MigrateType.Unmovable);
        }

        MovableMemory tenant = new("w", area);
        tenant.Hold([new FrameRun(area.Range.First, 6)]);
        Assert.That(CmaDiagnosis.Of(area, 8).Reason, Is.EqualTo(Reason.NoRoomToMigrate));
        Assert.That(area.Allocate(8, 3).Reason, Is.EqualTo(Reason.NoRoomToMigrate));
        Assert.That(area.Log[0], Does.EndWith("ret: -12"));
        Assert.That((tenant.Pages, tenant.PagesOutside, memory.Buddy.FreeFrames), Is.EqualTo((6, 5, 0L)));
    }

    [Test]
    public void APinKeepsAPageThatItsOwnerLeft()
    {
        CmaArea area = Reserved(64);
        MovableMemory tenant = new("w", area);
        tenant.Hold([Pages(area, 10, 1)]);
        PagePin pin = tenant.Pin(10).Value;
        tenant.Unmap();
        Assert.That((area.LentPages, tenant.Pages), Is.EqualTo((1, 0)));
        Assert.That(area.Allocate(64, 0).Reason, Is.EqualTo(Reason.PagesPinned));
        pin.Release();
        pin.Release();
        Assert.That(area.LentPages, Is.Zero);
        Assert.That(area.Allocate(64, 0).IsOk, Is.True);
        Assert.That(tenant.Hold([Pages(area, 10, 1)]).Reason, Is.EqualTo(Reason.PageNotIdle));
    }

    [Test]
    public void APageHas255Pins()
    {
        CmaArea area = Reserved(64);
        MovableMemory tenant = new("w", area);
        tenant.Hold([Pages(area, 10, 1)]);
        for (int i = 0; i < 255; i++)
        {
            Assert.That(tenant.Pin(10).IsOk, Is.True);
        }

        Assert.That(tenant.Pin(10).Errno, Is.EqualTo(Errno.ENOMEM));
        Assert.That(tenant.Pin(64).Errno, Is.EqualTo(Errno.EINVAL));
        Assert.That(tenant.Hold([Pages(area, 60, 5)]).Reason, Is.EqualTo(Reason.PageOutsideArea));
    }

    internal static CmaArea Reserved(int pages, string kernel = "6.12", int first = 0)
    {
        Trace trace = new();
        PhysicalMemory memory = new(64L << 20, 0x40000000, trace);
        FrameRun range = memory.Reserve(16L << 20).Value;
        return new CmaArea("cma0", memory, new FrameRun(range.First + first, pages), CmaTests.Kernel(kernel), trace);
    }

    private static FrameRun Pages(CmaArea area, int first, int count) => new(area.Range.First + first, count);
}
