using DmaBufSim.Memory;
using NUnit.Framework;

namespace DmaBufSim.Tests.Memory;

[TestFixture]
public sealed class FreeBlockIndexTests
{
    // Computed by hand from mm/vmstat.c for 572 free pages.
    private static readonly long[] Blocks = [100, 50, 25, 10, 4, 2, 1, 0, 0, 0, 0];

    [Test]
    public void TheIndicesOfAZoneInPieces()
    {
        IEnumerable<int> orders = Enumerable.Range(0, Blocks.Length);
        Assert.That(
            orders.Select(order => FreeBlockIndices.Unusable(order, Blocks)),
            Is.EqualTo(new[] { 0, 174, 349, 524, 664, 776, 888, 1000, 1000, 1000, 1000 }));
        Assert.That(
            orders.Select(order => FreeBlockIndices.Fragmentation(order, Blocks)),
            Is.EqualTo(new[] { -1000, -1000, -1000, -1000, -1000, -1000, -1000, 972, 984, 989, 992 }));
    }

    [Test]
    public void AZoneWithoutFreeMemory()
    {
        long[] none = new long[11];
        Assert.That((FreeBlockIndices.Unusable(3, none), FreeBlockIndices.Fragmentation(3, none)), Is.EqualTo((1000, 0)));
    }

    [Test]
    public void ALargerRequestCanUseLess() => Steps.Check(200, 11, steps =>
    {
        long[] blocks = [.. steps.Select(step => (long)(step & 0xffff) >> 8)];
        int[] unusable = [.. blocks.Select((_, order) => FreeBlockIndices.Unusable(order, blocks))];
        Assert.That(unusable, Is.Ordered.Ascending.And.All.InRange(0, 1000));
        for (int order = 0; order < blocks.Length; order++)
        {
            bool fits = blocks.Skip(order).Any(count => count > 0);
            bool isFragmented = FreeBlockIndices.Fragmentation(order, blocks) >= 0;
            Assert.That(isFragmented, Is.EqualTo(!fits));
        }
    });
}
