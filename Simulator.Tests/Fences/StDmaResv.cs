using DmaBufSim.Fences;
using NUnit.Framework;

namespace DmaBufSim.Tests.Fences;

/// <summary>The cases of the kernel's suite <c>dma-buf-resv</c> (st-dma-resv), under their names.</summary>
[TestFixture]
public sealed class StDmaResv
{
    private FenceCore core = null!;
    private DmaResv resv = null!;
    private MockFence fence = null!;

    [SetUp]
    public void SetUp()
    {
        core = MockFence.NewCore();
        resv = new DmaResv(core);
        fence = new MockFence(core);
    }

    [TearDown]
    public void NothingIsLeft()
    {
        fence.Put();
        resv.Finish();
        Assert.That(core.LiveFences, Is.Zero);
        Assert.That(core.Trace.Warnings, Is.Empty);
    }

    [Test]
    public void sanitycheck()
    {
        Assert.That(resv.Lock().IsOk);
        Assert.That(resv.IsLocked);
        resv.Unlock();
        Assert.That(resv.IsLocked, Is.False);
    }

    [Test]
    public void test_signaling([Values] DmaResvUsage usage)
    {
        Add(usage);
        Assert.That(resv.TestSignaled(usage), Is.False);
        fence.Signal();
        Assert.That(resv.TestSignaled(usage));
    }

    [Test]
    public void test_for_each([Values] DmaResvUsage usage)
    {
        Add(usage);
        resv.Lock();
        List<DmaResvEntry> visited = [];
        foreach (DmaResvEntry entry in resv.Fences(usage))
        {
            visited.Add(entry);
        }

        resv.Unlock();
        Assert.That(visited, Is.EqualTo(new[] { new DmaResvEntry(fence, usage) }));
    }

    [Test]
    public void test_for_each_unlocked([Values] DmaResvUsage usage)
    {
        Add(usage);
        using DmaResvCursor cursor = resv.FencesUnlocked(usage);
        Assert.That(cursor.MoveNext());
        Assert.That(cursor.IsRestarted);
        Assert.That(cursor.Current, Is.EqualTo(new DmaResvEntry(fence, usage)));

        // More slots than there are: the list is exchanged.
        resv.Lock();
        Assert.That(resv.ReserveFences(100).IsOk);
        resv.Unlock();
        Assert.That(cursor.MoveNext());
        Assert.That(cursor.IsRestarted);
        Assert.That(cursor.Current, Is.EqualTo(new DmaResvEntry(fence, usage)));
        Assert.That(cursor.MoveNext(), Is.False);
    }

    [Test]
    public void test_get_fences([Values] DmaResvUsage usage)
    {
        Add(usage);
        DmaFence[] fences = resv.GetFences(usage);
        Assert.That(fences, Is.EqualTo(new[] { fence }));
        fences[0].Put();
    }

    private void Add(DmaResvUsage usage)
    {
        resv.Lock();
        Assert.That(resv.ReserveFences(1).IsOk);
        resv.AddFence(fence, usage);
        resv.Unlock();
    }
}
