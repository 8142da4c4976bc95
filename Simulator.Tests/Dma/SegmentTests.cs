using DmaBufSim.Dma;
using DmaBufSim.Memory;
using DmaBufSim.Tests.Memory;
using NUnit.Framework;

namespace DmaBufSim.Tests.Dma;

/// <summary>How an IOMMU makes segments of runs.</summary>
[TestFixture]
public sealed class SegmentTests
{
    private const long TwoTo32 = 1L << 32;

    private static readonly int[] Chunks = [1, 1, 2, 16, 16, 256, 256];

    // Rows of whole pages of the golden vectors; chunks of 4 KiB, 64 KiB and 1 MiB in pages.
    [TestCase("2x256 15x16 13x1", 65536, "3133440")]
    [TestCase("3x16 13x1", 65536, "65536 65536 65536 53248")]
    [TestCase("20x1", 65536, "65536 16384")]
    [TestCase("4x256", uint.MaxValue, "4194304")]
    [TestCase("3x1", 4096, "4096 4096 4096")]
    public void SegmentsAreThoseOfTheGoldenVector(string chunks, long maxSegment, string lengths)
    {
        List<FrameRun> runs = [];
        foreach (string word in chunks.Split(' '))
        {
            int[] numbers = [.. word.Split('x').Select(number => int.Parse(number, null))];
            runs.AddRange(Enumerable.Repeat(new FrameRun(5, numbers[1]), numbers[0]));
        }

        DmaSegment[] segments = Map([.. runs], maxSegment);
        Assert.That(
            segments.Select(segment => segment.Length),
            Is.EqualTo(lengths.Split(' ').Select(length => long.Parse(length, null))));
    }

    [Test]
    public void SegmentsFollowEachOtherAndMergeAsTheModelSays() => Steps.Check(300, 60, steps =>
    {
        List<FrameRun> runs = [];
        foreach (int number in steps)
        {
            int step = number;
            runs.Add(new FrameRun(Steps.Below(ref step, 1 << 18), Chunks[Steps.Below(ref step, Chunks.Length)]));
        }

        foreach (long max in (long[])[4096, 65536, 100_000, 1 << 20, 3 << 20, uint.MaxValue, 1L << 40])
        {
            DmaSegment[] segments = Map([.. runs], max);
            long[] lengths = [.. segments.Select(segment => segment.Length)];
            Assert.That(lengths, Is.EqualTo(Expected(runs, Math.Min(max, uint.MaxValue))));
            for (int i = 1; i < segments.Length; i++)
            {
                ulong end = segments[i - 1].Address + (ulong)segments[i - 1].Length;
                Assert.That(segments[i].Address, Is.EqualTo(end));
            }
        }
    });

    [Test]
    public void NoSegmentIsLongerThanTheLimitWhereNoRunIs() => Steps.Check(200, 60, steps =>
    {
        FrameRun[] runs = [.. steps.Select(step => new FrameRun(step % 1000, (step % 16) + 1))];
        Assert.That(Map(runs, 65536).Select(segment => segment.Length), Is.All.LessThanOrEqualTo(65536));
    });

    [Test]
    public void FourGibibytesAreNotOneSegment()
    {
        DmaSegment[] segments = Map([new FrameRun(0, 0xfffff), new FrameRun(0xfffff, 0x11)], uint.MaxValue);
        Assert.That(segments.Select(segment => segment.Length), Is.EqualTo(new[] { 0xfffff000L, 0x11000L }));
    }

    private static DmaSegment[] Map(FrameRun[] runs, long maxSegment)
    {
        DmaDevice device = IommuTests.Device(40, maxSegment);
        SgTable table = new(runs);
        Assert.That(device.Iommu!.Map(device, table, DmaDirection.Bidirectional).IsOk);
        return table.Segments.ToArray();
    }

    // Linux counts in 32 bits: a run longer than the limit leaves a room that has wrapped around.
    private static List<long> Expected(List<FrameRun> runs, long max)
    {
        List<long> lengths = [];
        long soFar = 0;
        foreach (FrameRun run in runs)
        {
            long bytes = run.Count * 4096L;
            long room = (max - soFar + TwoTo32) % TwoTo32;
            if (soFar > 0 && room >= bytes)
            {
                lengths[^1] += bytes;
                soFar = (soFar + bytes) % TwoTo32;
            }
            else
            {
                lengths.Add(bytes);
                soFar = bytes;
            }
        }

        return lengths;
    }
}
