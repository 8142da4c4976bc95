using DmaBufSim.Abi;
using DmaBufSim.Memory;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Memory;

[TestFixture]
public sealed class CmaTests
{
    private const long Base = 0x40000000;

    [TestCase("6.1", "cma: cma_alloc: cma0: alloc failed, req-size: 765 pages, ret: -12")]
    [TestCase("6.12", "cma: __cma_alloc: cma0: alloc failed, req-size: 765 pages, ret: -12")]
    public void ASixthBufferDoesNotFit(string kernel, string firstLine)
    {
        CmaArea area = FiveBuffers(kernel);
        Result<int> sixth = area.Allocate(765, 8);
        Assert.That((sixth.Errno, sixth.Reason), Is.EqualTo((Errno.ENOMEM, Reason.NoContiguousRun)));
        Assert.That(area.Log, Is.EqualTo(new[]
        {
            firstLine,
            "cma: number of available pages: 3@765+3@1533+3@2301+3@3069+259@3837=> 271 free of 4096 total pages",
        }));
        Assert.That((area.UsedPages, area.FreePages, area.MaxChunk), Is.EqualTo((3825L, 271L, 259)));
        Assert.That(
            (area.AllocatedPagesSucceeded, area.AllocatedPagesFailed, area.ReleasedPages), Is.EqualTo((3825L, 765L, 0L)));
    }

    [Test]
    public void TheNewestKernelLogsRangesAndBusy()
    {
        CmaArea area = FiveBuffers("7.3");
        Assert.That(area.Allocate(765, 8).Errno, Is.EqualTo(Errno.ENOMEM));
        Assert.That(area.Log, Is.EqualTo(new[]
        {
            "cma: __cma_alloc_frozen: cma0: alloc failed, req-size: 765 pages, ret: -16",
            "cma: number of available pages: ",
            "cma: range 0: +3@765+3@1533+3@2301+3@3069+259@3837",
            "cma: ",
            "=> 271 free of 4096 total pages",
        }));
    }

    [Test]
    public void PhysicalAddressesAreAlignedAndNotBitNumbers()
    {
        CmaArea area = Area(new FrameRun(0x80, 4096), "6.12");
        int[] bits =
        [
            .. new[] { (16, 4), (765, 8), (100, 7), (1, 0), (300, 8) }.Select(r => area.Allocate(r.Item1, r.Item2).Value - 0x80),
        ];
        Assert.That(bits, Is.EqualTo(new[] { 0, 128, 896, 16, 1152 }));
        area.Allocate(4000, 0);
        Assert.That(
            area.Log[1], Does.EndWith(": 111@17+3@893+156@996+2644@1452=> 2914 free of 4096 total pages"));
    }

    [Test]
    public void CoarseBitsRoundRequestsUp()
    {
        CmaArea area = Area(new FrameRun(0, 16384), "6.12", orderPerBit: 2);
        Assert.That(
            Enumerable.Range(0, 3).Select(_ => area.Allocate(765, 8).Value / 4), Is.EqualTo(new[] { 0, 192, 384 }));
        Assert.That((area.UsedPages, area.MaxChunk), Is.EqualTo((3L * 192 * 4, 16384 - (3 * 192 * 4))));
    }

    [TestCase("6.12", 0, 0L)]
    [TestCase("7.3", 5, 4097L)]
    public void ARequestLargerThanTheAreaIsRefused(string kernel, int logged, long counted)
    {
        CmaArea area = Area(new FrameRun(0, 4096), kernel);
        Result<int> refused = area.Allocate(4097, 8);
        Assert.That((refused.Errno, refused.Reason), Is.EqualTo((Errno.ENOMEM, Reason.LargerThanArea)));
        Assert.That((area.Log.Count, area.AllocatedPagesFailed), Is.EqualTo((logged, counted)));
    }

    [TestCase(1, 0)]
    [TestCase(2, 1)]
    [TestCase(3, 2)]
    [TestCase(256, 8)]
    [TestCase(257, 8)]
    public void AlignmentIsTheOrderThatCoversThePagesUpToEight(int pages, int order) =>
        Assert.That(Area(new FrameRun(0, 4096), "6.12").AlignmentFor(pages), Is.EqualTo(order));

    [Test]
    public void APartOfAnAllocationCanBeReleased()
    {
        CmaArea area = Area(new FrameRun(0, 4096), "6.12");
        int frame = area.Allocate(100, 0).Value;
        area.Release(frame + 10, 20);
        Assert.That((area.UsedPages, area.ReleasedPages), Is.EqualTo((80L, 20L)));
        Assert.That((area.IsAllocated(frame + 9), area.IsAllocated(frame + 10)), Is.EqualTo((true, false)));
        Assert.That(area.Allocate(20, 0).Value, Is.EqualTo(frame + 10));
    }

    [TestCase(-1, 1)]
    [TestCase(4095, 2)]
    [TestCase(99, 2)]
    [TestCase(200, 1)]
    public void ReleasingWhatIsNotHeldIsAKernelBug(int offset, int pages)
    {
        CmaArea area = Area(new FrameRun(1024, 4096), "6.12");
        area.Allocate(100, 0);
        Assert.That(() => area.Release(1024 + offset, pages), Throws.TypeOf<KernelBugException>());
    }

    [Test]
    public void PlacementIsThatOfANaiveSearch() => Steps.Check(300, 100, steps =>
    {
        int step = steps[0];
        int orderPerBit = Steps.Below(ref step, 3);
        int first = Steps.Below(ref step, 700);
        int count = (1 + Steps.Below(ref step, 1500)) << orderPerBit;
        string kernel = Steps.Below(ref step, 2) == 0 ? "6.1" : "6.12";
        CmaArea area = Area(new FrameRun(first, count), kernel, orderPerBit);
        bool[] used = new bool[count >> orderPerBit];
        List<(int Frame, int Pages)> held = [];
        foreach (int number in steps)
        {
            step = number;
            if (Steps.Below(ref step, 3) == 0 && held.Count > 0)
            {
                int index = Steps.Below(ref step, held.Count);
                (int frame, int pages) = held[index];
                held.RemoveAt(index);
                area.Release(frame, pages);
                Array.Clear(used, (frame - first) >> orderPerBit, Bits(pages, orderPerBit));
            }
            else
            {
                int pages = 1 + Steps.Below(ref step, 200);
                int align = Steps.Below(ref step, 9);
                int expected = NaivePlace(used, first, orderPerBit, Bits(pages, orderPerBit), align);
                Result<int> frame = area.Allocate(pages, align);
                Assert.That(frame.IsOk ? frame.Value : -1, Is.EqualTo(expected));
                if (expected >= 0)
                {
                    held.Add((expected, pages));
                    used.AsSpan((expected - first) >> orderPerBit, Bits(pages, orderPerBit)).Fill(true);
                }
            }

            Assert.That(area.UsedPages, Is.EqualTo((long)used.Count(bit => bit) << orderPerBit));
            Assert.That(area.FreePages, Is.EqualTo(count - area.UsedPages));
            Assert.That(area.MaxChunk, Is.EqualTo(LongestClear(used) << orderPerBit));
        }

        for (int bit = 0; bit < used.Length; bit++)
        {
            Assert.That((area.Bitmap[bit / 64] >> (bit % 64)) & 1, Is.EqualTo(used[bit] ? 1 : 0));
            Assert.That(area.IsAllocated(first + (bit << orderPerBit)), Is.EqualTo(used[bit]));
        }
    });

    [Test]
    public void PagesReadAsZerosToTheNextOwner()
    {
        PhysicalMemory memory = new(16 << 20, Base, new Trace());
        CmaArea area = new("cma0", memory, new FrameRun(0, 4096), Kernel("6.12"), new Trace());
        int frame = area.Allocate(4, 0).Value;
        memory.Fill(frame + 3, 0, 4096, 0xff);
        area.Release(frame, 4);
        Assert.That(memory.Page(frame + 3)[17], Is.EqualTo(0xff));
        Assert.That(area.Allocate(4, 0).Value, Is.EqualTo(frame));
        Assert.That(memory.Page(frame + 3).ContainsAnyExcept((byte)0), Is.False);
    }

    internal static KernelProfile Kernel(string name) => KernelProfile.Find(name)!;

    internal static CmaArea Area(FrameRun range, string kernel, int orderPerBit = 0)
    {
        PhysicalMemory memory = new(128 << 20, Base, new Trace());
        return new CmaArea("cma0", memory, range, Kernel(kernel), new Trace(), orderPerBit);
    }

    private static CmaArea FiveBuffers(string kernel)
    {
        CmaArea area = Area(new FrameRun(0, 4096), kernel);
        Assert.That(
            Enumerable.Range(0, 5).Select(_ => area.Allocate(765, 8).Value), Is.EqualTo(new[] { 0, 768, 1536, 2304, 3072 }));
        return area;
    }

    private static int Bits(int pages, int orderPerBit) => (pages + (1 << orderPerBit) - 1) >> orderPerBit;

    private static int NaivePlace(bool[] used, int first, int orderPerBit, int bits, int align)
    {
        // Bits are steps of 2^orderPerBit pages from the first page on, so an area that starts off such a step is aligned
        // as well as its bits can be.
        int groups = (int)(((Base >> 12) + first) & ((1 << align) - 1)) >> orderPerBit;
        for (int bit = 0; bit + bits <= used.Length; bit++)
        {
            bool aligned = align <= orderPerBit || (bit + groups) % (1 << (align - orderPerBit)) == 0;
            if (aligned && !used.AsSpan(bit, bits).Contains(true))
            {
                return first + (bit << orderPerBit);
            }
        }

        return -1;
    }

    private static int LongestClear(bool[] used)
    {
        int longest = 0, run = 0;
        foreach (bool bit in used)
        {
            run = bit ? 0 : run + 1;
            longest = Math.Max(longest, run);
        }

        return longest;
    }
}
