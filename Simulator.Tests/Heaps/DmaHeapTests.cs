using System.Numerics;
using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Files;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Security;
using DmaBufSim.Tests.Support;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace DmaBufSim.Tests.Heaps;

/// <summary>What every heap checks, and what it costs.</summary>
[TestFixture]
public sealed class DmaHeapTests
{
    private static readonly string[] Names = ["system", "cma", "carve", "video", "lent"];

    [Test]
    public void TheFieldsAreCheckedInTheOrderOfLinux([ValueSource(nameof(Names))] string name)
    {
        DmaHeap heap = Machine().Heaps.Open(name).Value;
        HeapAllocation request = new(0, 1, OpenFlags.NonBlock, 1);
        Assert.That(heap.Allocate(request).Why(), Is.EqualTo((Errno.EINVAL, Reason.FdFieldNotZero)));
        request = request with { Fd = 0 };
        Assert.That(heap.Allocate(request).Why(), Is.EqualTo((Errno.EINVAL, Reason.FdFlagsUnknown)));
        request = request with { FdFlags = OpenFlags.AccessMode | OpenFlags.CloseOnExec };
        Assert.That(heap.Allocate(request).Why(), Is.EqualTo((Errno.EINVAL, Reason.HeapFlagsNotZero)));
        request = request with { HeapFlags = 0 };
        Assert.That(heap.Allocate(request).Why(), Is.EqualTo((Errno.EINVAL, Reason.LengthZero)));
        request = request with { Length = 1 };
        Assert.That(heap.Allocate(request).Value.Size, Is.EqualTo(4096));
    }

    [TestCase(0x1u)]
    [TestCase(0x80000000u)]
    [TestCase(0xffffffffu)]
    public void AnyFdInTheRequestIsRefused(uint fd) =>
        Assert.That(
            Machine().Heaps.Open("system").Value.Allocate(new HeapAllocation(1, fd, 0, 0)).Reason,
            Is.EqualTo(Reason.FdFieldNotZero));

    [Test]
    public void OnlyTheAccessModeAndCloseOnExecAreFdFlags()
    {
        DmaHeap heap = Machine().Heaps.Open("system").Value;
        for (int bit = 0; bit < 32; bit++)
        {
            bool isKnown = bit is 0 or 1 or 19;
            Result<DmaBuf> made = heap.Allocate(new HeapAllocation(1, 0, (OpenFlags)(1u << bit), 0));
            Assert.That(made.IsOk, Is.EqualTo(isKnown), $"bit {bit}");
        }
    }

    [Test]
    public void SizesAreRoundedUpInSixtyFourBits() =>
        Prop.ForAll(
            Arb.From(Gen.OneOf(
                Gen.Choose(0, 1 << 24).Select(n => (ulong)n),
                Gen.Choose(0, 20000).Select(n => ulong.MaxValue - (ulong)n))),
            length =>
            {
                BigInteger rounded = (((BigInteger)length + 4095) / 4096 * 4096) % (BigInteger.One << 64);
                DmaHeap heap = Machine().Heaps.Open("system").Value;
                Result<DmaBuf> made = heap.Allocate(new HeapAllocation(length, 0, 0, 0));
                if (rounded == 0)
                {
                    return made.Reason == Reason.LengthZero;
                }

                return rounded > 64 << 20 ? made.Errno == Errno.ENOMEM : made.Value.Size == rounded;
            }).QuickCheckThrowOnFailure();

    [TestCase("system", Reason.OutOfMemory)]
    [TestCase("cma", Reason.LargerThanArea)]
    [TestCase("carve", Reason.OutOfMemory)]
    [TestCase("video", Reason.LargerThanArea)]
    [TestCase("lent", Reason.PoolFull)]
    public void AbsurdRequestsAreOutOfMemory(string name, Reason reason)
    {
        DmaHeap heap = Machine().Heaps.Open(name).Value;
        foreach (ulong length in new[] { ulong.MaxValue - 4095, 1UL << 62, 1UL << 44 })
        {
            Assert.That(
                heap.Allocate(new HeapAllocation(length, 0, 0, 0)).Why(), Is.EqualTo((Errno.ENOMEM, reason)));
        }
    }

    [Test]
    public void AHeapIsFoundByItsName()
    {
        Machine machine = Machine();
        Assert.That(machine.Heaps.Open("cma").Value.Name, Is.EqualTo("cma"));
        Assert.That(machine.Heaps.Open("CMA").Why(), Is.EqualTo((Errno.ENOENT, Reason.HeapUnknown)));
        Assert.That(machine.Heaps.Heaps.Select(heap => heap.Name), Is.EqualTo(Names));
    }

    [Test]
    public void TheRegistryRefusesWhatLinuxRefuses()
    {
        Machine machine = Machine();
        HeapContext context = machine.Heaps.Heaps[0].Context;
        Assert.That(
            machine.Heaps.Add(new SystemHeap(context with { Name = "" })).Errno, Is.EqualTo(Errno.EINVAL));
        Assert.That(
            machine.Heaps.Add(new SystemHeap(context)).Why(), Is.EqualTo((Errno.EEXIST, Reason.HeapNameTaken)));
        for (int i = machine.Heaps.Heaps.Count; i < 128; i++)
        {
            Assert.That(machine.Heaps.Add(new SystemHeap(context with { Name = $"heap{i}" })).IsOk);
        }

        Assert.That(
            machine.Heaps.Add(new SystemHeap(context with { Name = "one more" })).Why(),
            Is.EqualTo((Errno.EBUSY, Reason.TooManyHeaps)));
    }

    [TestCase("system", 4096)]
    [TestCase("cma", 4096)]
    [TestCase("cma", 8 << 20)]
    [TestCase("carve", 1 << 20)]
    public void ABufferInOnePieceCostsThreeSmallObjects(string name, int bytes)
    {
        DmaHeap heap = Machine().Heaps.Open(name).Value;
        HeapAllocation request = new((ulong)bytes, 0, OpenFlags.ReadWrite, 0);
        heap.Allocate(request).Value.Put();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            heap.Allocate(request).Value.Put();
        }

        Assert.That((GC.GetAllocatedBytesForCurrentThread() - before) / 100, Is.InRange(1, 400));
    }

    [Test]
    public void ARefusedRequestCostsNoMemory()
    {
        DmaHeap heap = Machine().Heaps.Open("carve").Value;
        HeapAllocation tooLarge = new(32 << 20, 0, 0, 0);
        heap.Allocate(tooLarge);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            heap.Allocate(tooLarge);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private static Machine Machine() => Box.Empty.Area("area", 16 << 20)
        .Heap("system", "system")
        .Heap("cma", "cma", on: "area")
        .Heap("carve", "carveout", size: 4 << 20)
        .Heap("video", "protected", on: "area", rules: [Box.Allow("gpu", AccessRights.Read)])
        .Heap("lent", "protected", on: "area", size: 1 << 20)
        .Build();
}
