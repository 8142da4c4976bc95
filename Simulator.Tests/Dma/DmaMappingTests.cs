using DmaBufSim.Abi;
using DmaBufSim.Dma;
using DmaBufSim.Memory;
using DmaBufSim.Security;
using DmaBufSim.Tests.Memory;
using DmaBufSim.Tests.Support;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Dma;

[TestFixture]
public sealed class DmaMappingTests
{
    private const long Base = 0xfe000000;

    private readonly Trace trace = new();

    [Test]
    public void WithoutAnIommuAddressesArePhysicalAndNothingMerges() => Steps.Check(200, 20, steps =>
    {
        FrameRun[] runs = [.. steps.Select(step => new FrameRun(step % 16000, (step % 7) + 1))];
        foreach (int bits in (int[])[32, 33, 64])
        {
            DmaDevice device = Device(bits);
            SgTable table = new(runs);
            Result mapped = Mapping().Map(device, table, DmaDirection.ToDevice);
            int beyond = Array.FindIndex(
                runs, run => bits == 32 && Base + ((run.First + run.Count) * 4096L) > 1L << 32);
            if (beyond >= 0)
            {
                Assert.That(mapped.Why(), Is.EqualTo((Errno.EIO, Reason.AddressBeyondMask)));
                long offset = runs[..beyond].Sum(run => run.Count * 4096L);
                Assert.That(
                    trace.LastRefusal,
                    Is.EqualTo(new Refusal(
                        Errno.EIO, Reason.AddressBeyondMask, "dev", null, offset, runs[beyond].Count * 4096L)));
                Assert.That(table.SegmentCount, Is.Zero);
                continue;
            }

            Assert.That(mapped.IsOk);
            Assert.That(
                table.Segments.ToArray(),
                Is.EqualTo(runs.Select(run =>
                    new DmaSegment((ulong)(Base + (run.First * 4096L)), run.Count * 4096L))));
        }
    });

    [Test]
    public void TheLastByteBelowTheMaskIsReached()
    {
        SgTable fits = new(new FrameRun(0x1fff, 1));
        SgTable beyond = new(new FrameRun(0x1fff, 2));
        Assert.That(Mapping().Map(Device(32), fits, DmaDirection.Bidirectional).IsOk);
        Assert.That(Mapping().Map(Device(32), beyond, DmaDirection.Bidirectional).Errno, Is.EqualTo(Errno.EIO));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void ADirectionIsNeeded(bool behindIommu)
    {
        DmaDevice device = behindIommu ? IommuTests.Device(32) : Device(64);
        Assert.That(
            () => Mapping().Map(device, new SgTable(new FrameRun(0, 1)), DmaDirection.None),
            Throws.TypeOf<KernelBugException>());
    }

    [TestCase(1, false)]
    [TestCase(9, false)]
    [TestCase(1, true)]
    [TestCase(9, true)]
    public void MappingAgainAllocatesNothing(int runs, bool behindIommu)
    {
        DmaMapping mapping = Mapping();
        DmaDevice device = behindIommu ? IommuTests.Device(32) : Device(64);
        SgTable table = new([.. Enumerable.Range(0, runs).Select(i => new FrameRun(i * 3, 2))]);
        Use();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            Use();
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        void Use()
        {
            mapping.Map(device, table, DmaDirection.Bidirectional);
            DmaMapping.Unmap(device, table);
        }
    }

    [TestCase(DmaDirection.Bidirectional, 0, AccessRights.ReadWrite)]
    [TestCase(DmaDirection.ToDevice, 1, AccessRights.Read)]
    [TestCase(DmaDirection.FromDevice, 2, AccessRights.Write)]
    [TestCase(DmaDirection.None, 3, AccessRights.None)]
    public void DirectionsHaveTheNumbersAndRightsOfLinux(DmaDirection direction, int number, AccessRights rights) =>
        Assert.That(((int)direction, direction.DeviceRights()), Is.EqualTo((number, rights)));

    private DmaMapping Mapping() => new(new PhysicalMemory(64 << 20, Base, trace), trace);

    private static DmaDevice Device(int bits) =>
        new("dev.0", new Master("dev")) { Mask = bits == 64 ? ulong.MaxValue : (1UL << bits) - 1 };
}
