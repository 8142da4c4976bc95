using DmaBufSim.Abi;
using NUnit.Framework;

namespace DmaBufSim.Tests.Abi;

[TestFixture]
public sealed class KernelProfileTests
{
    [Test]
    public void TheKernelsAreTheRecordedOnes()
    {
        Assert.That(
            KernelProfile.All.Select(kernel => (kernel.Name, kernel.Release)),
            Is.EqualTo(new[] { ("6.1", "6.1.192"), ("6.12", "6.12.117"), ("7.3", "7.3.4") }));
        Assert.That(KernelProfile.Default, Is.SameAs(KernelProfile.Find("6.12")));
        Assert.That(KernelProfile.Find("6.13"), Is.Null);
        Assert.That(KernelProfile.All, Is.All.Matches<KernelProfile>(k => KernelProfile.Find(k.Name) == k));
    }

    // What the three kernels answer differently.
    [TestCase("6.1", false, false, true, false, false, Errno.ENOMEM, "cma_alloc", 0x00080004u)]
    [TestCase("6.12", false, false, true, false, false, Errno.ENOMEM, "__cma_alloc", 0x00080004u)]
    [TestCase("7.3", true, true, false, true, true, Errno.EBUSY, "__cma_alloc_frozen", 0x02080004u)]
    public void TheDifferencesAreTheRecordedOnes(
        string name,
        bool chunk,
        bool noExec,
        bool atAttach,
        bool named,
        bool counts,
        Errno log,
        string where,
        uint mode)
    {
        KernelProfile kernel = KernelProfile.Find(name)!;
        Assert.That((kernel.PrivateMapsWholeChunk, kernel.NoExec), Is.EqualTo((chunk, noExec)));
        Assert.That(
            (kernel.MapsDynamicImporterAtAttach, kernel.NamesDefaultCmaRegion), Is.EqualTo((atAttach, named)));
        Assert.That((kernel.CmaCountsAvailable, kernel.CmaExhausted), Is.EqualTo((counts, log)));
        Assert.That((kernel.CmaAllocFunction, kernel.FileModeBits), Is.EqualTo((where, mode)));
    }
}
