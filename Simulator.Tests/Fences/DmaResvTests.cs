using DmaBufSim.Abi;
using DmaBufSim.Fences;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Fences;

[TestFixture]
public sealed class DmaResvTests
{
    private FenceCore core = null!;
    private DmaResv resv = null!;

    [SetUp]
    public void SetUp()
    {
        core = MockFence.NewCore();
        resv = new DmaResv(core);
        resv.Lock();
    }

    [Test]
    public void AQueryGivesEveryUsageUpToItsOwn()
    {
        resv.ReserveFences(4);
        foreach (DmaResvUsage usage in Enum.GetValues<DmaResvUsage>())
        {
            resv.AddFence(new MockFence(core), usage);
        }

        foreach (DmaResvUsage usage in Enum.GetValues<DmaResvUsage>())
        {
            Assert.That(resv.GetFences(usage), Has.Length.EqualTo((int)usage + 1));
        }

        Assert.That(DmaResv.UsageToWaitFor(write: true), Is.EqualTo(DmaResvUsage.Read));
        Assert.That(DmaResv.UsageToWaitFor(write: false), Is.EqualTo(DmaResvUsage.Write));
    }

    [Test]
    public void ReplacementFollowsContextUsageAndOrder()
    {
        // The recorded sequence of an older and a later fence of one timeline.
        MockFence c = new(core, 9, 50);
        MockFence d = new(core, 9, 60);
        resv.ReserveFences(4);
        resv.AddFence(d, DmaResvUsage.Read);
        resv.AddFence(c, DmaResvUsage.Read);
        Assert.That(Lines(), Is.EqualTo("read 60, read 50"));
        resv.AddFence(d, DmaResvUsage.Write);
        Assert.That(Lines(), Is.EqualTo("write 60, read 50"));
        resv.AddFence(c, DmaResvUsage.Read);
        Assert.That(Lines(), Is.EqualTo("write 60, read 50"));
        resv.AddFence(new MockFence(core, 9, 70), DmaResvUsage.Read);
        Assert.That(Lines(), Is.EqualTo("write 60, read 70"), "a weaker use does not replace a stronger");
        resv.AddFence(new MockFence(core, 9, 71), DmaResvUsage.Bookkeep);
        Assert.That(Lines(), Is.EqualTo("write 60, read 70, bookkeep 71"));
        d.Signal();
        resv.AddFence(new MockFence(core, 8, 1), DmaResvUsage.Read);
        Assert.That(Lines(), Is.EqualTo("read 1, read 70, bookkeep 71"), "a signalled fence gives its place to anyone");
    }

    [Test]
    public void SignaledFencesStayUntilTheListGrows()
    {
        MockFence[] fences = new MockFence[6];
        for (int i = 0; i < 6; i++)
        {
            fences[i] = new MockFence(core, (ulong)i + 10, (ulong)i);
            resv.ReserveFences(1);
            if (i < 5)
            {
                resv.AddFence(fences[i], DmaResvUsage.Read);
            }

            if (i == 4)
            {
                fences[1].Signal();
                fences[3].Signal();
                Assert.That(Lines(), Is.EqualTo("read 0, read 1, read 2, read 3, read 4"));
            }
        }

        Assert.That(Lines(), Is.EqualTo("read 0, read 2, read 4"));
        Assert.That((fences[1].References, fences[2].References), Is.EqualTo((1, 2)));
    }

    [Test]
    public void AddingWithoutASlotIsABug()
    {
        MockFence fence = new(core);
        Assert.Throws<KernelBugException>(() => resv.AddFence(fence, DmaResvUsage.Read));
        resv.ReserveFences(1);
        for (int i = 0; i < 5; i++)
        {
            resv.AddFence(new MockFence(core), DmaResvUsage.Read);
        }

        KernelBugException bug = Assert.Throws<KernelBugException>(() => resv.AddFence(fence, DmaResvUsage.Read))!;
        Assert.That(bug.KernelFunction, Is.EqualTo("dma_resv_add_fence"));
        Assert.That(fence.References, Is.EqualTo(1));
    }

    [TestCase(false, false)]
    [TestCase(true, true)]
    public void UnlockingDropsSpareSlotsWhereMutexesAreDebugged(bool debugs, bool isBug)
    {
        FenceCore strict = new(KernelProfile.Default, new Trace(), new DmaBufSim.Engine.SimClock()) { DropsSpareSlots = debugs };
        DmaResv checkedResv = new(strict);
        checkedResv.Lock();
        checkedResv.ReserveFences(1);
        checkedResv.Unlock();
        checkedResv.Lock();
        Assert.That(
            () => checkedResv.AddFence(new MockFence(strict), DmaResvUsage.Read),
            isBug ? Throws.TypeOf<KernelBugException>() : Throws.Nothing);
    }

    [TestCase("6.1", Errno.OK, 0)]
    [TestCase("6.12", Errno.EINVAL, 1)]
    [TestCase("7.3", Errno.EINVAL, 1)]
    public void ReservingNoSlots(string kernel, Errno errno, int warnings)
    {
        FenceCore other = MockFence.NewCore(kernel);
        DmaResv locked = new(other);
        locked.Lock();
        Assert.That(locked.ReserveFences(0).Errno, Is.EqualTo(errno));
        Assert.That(other.Trace.Warnings, Has.Count.EqualTo(warnings));
    }

    [Test]
    public void WithoutTheLockEveryChangeWarns()
    {
        MockFence fence = new(core);
        resv.Unlock();
        resv.ReserveFences(1);
        resv.AddFence(fence, DmaResvUsage.Read);
        resv.ReplaceFences(1, fence, DmaResvUsage.Read);
        resv.CopyFences(new DmaResv(core));
        foreach (DmaResvEntry _ in resv.Fences(DmaResvUsage.Read))
        {
        }

        Assert.That(core.Trace.Warnings.Select(warning => warning.KernelFunction), Is.EqualTo(new[]
        {
            "dma_resv_reserve_fences", "dma_resv_add_fence", "dma_resv_replace_fences", "dma_resv_copy_fences",
            "dma_resv_iter_next",
        }));
    }

    [Test]
    public void AContainerWarnsAndIsAdded()
    {
        DmaFence[] members = [new MockFence(core)];
        DmaFenceArray array = DmaFenceArray.Create(core, members, core.AllocateContexts(), 1);
        resv.ReserveFences(1);
        resv.AddFence(array, DmaResvUsage.Read);
        Assert.That(resv.Count, Is.EqualTo(1));
        Assert.That(core.Trace.Warnings, Has.Count.EqualTo(1));
    }

    [Test]
    public void ReplacingPutsTheFenceInEveryPlaceOfTheContext()
    {
        resv.ReserveFences(3);
        resv.AddFence(new MockFence(core, 9, 2), DmaResvUsage.Write);
        resv.AddFence(new MockFence(core, 8, 3), DmaResvUsage.Read);
        resv.AddFence(new MockFence(core, 9, 5), DmaResvUsage.Bookkeep);
        MockFence flush = new(core, 9, 1);
        resv.ReplaceFences(9, flush, DmaResvUsage.Bookkeep);
        Assert.That(Lines(), Is.EqualTo("bookkeep 1, read 3, bookkeep 1"));
        Assert.That(flush.References, Is.EqualTo(3));
    }

    [TestCase(1, 5)]
    [TestCase(5, 9)]
    [TestCase(6, 9)]
    [TestCase(9, 21)]
    [TestCase(30, 61)]
    public void ANewListIsAsLongAsItsPieceOfMemory(int asked, int slots) =>
        Assert.That(DmaResvList.GrownCapacity(null, asked), Is.EqualTo(slots));

    private string Lines()
    {
        List<string> lines = [];
        foreach (DmaResvEntry entry in resv.Fences(DmaResvUsage.Bookkeep))
        {
            lines.Add($"{entry.Usage.ToString().ToLowerInvariant()} {entry.Fence.SequenceNumber}");
        }

        return string.Join(", ", lines);
    }
}
