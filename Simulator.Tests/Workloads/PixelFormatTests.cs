using DmaBufSim.Workloads;
using NUnit.Framework;

namespace DmaBufSim.Tests.Workloads;

[TestFixture]
public sealed class PixelFormatTests
{
    // Common sizes: 1080p and 4K decoders align lines to 16 or 32, cameras store full sensors.
    [TestCase("NV12", 1920, 1080, 1, 16, 3_133_440L, 765L)]
    [TestCase("P010", 1920, 1080, 1, 16, 6_266_880L, 1530L)]
    [TestCase("ARGB8888", 1920, 1080, 1, 1, 8_294_400L, 2025L)]
    [TestCase("NV12", 3840, 2160, 1, 1, 12_441_600L, 3038L)]
    [TestCase("NV12", 3840, 2160, 1, 32, 12_533_760L, 3060L)]
    [TestCase("P010", 3840, 2160, 1, 1, 24_883_200L, 6075L)]
    [TestCase("P010", 3840, 2160, 1, 64, 25_067_520L, 6120L)]
    [TestCase("ARGB8888", 3840, 2160, 1, 1, 33_177_600L, 8100L)]
    [TestCase("NV12", 4032, 3024, 1, 1, 18_289_152L, 4466L)]
    [TestCase("RAW16", 4032, 3024, 1, 1, 24_385_536L, 5954L)]
    [TestCase("RAW10", 4032, 3024, 1, 1, 15_240_960L, 3721L)]
    [TestCase("RAW10", 8160, 6144, 1, 1, 62_668_800L, 15300L)]
    [TestCase("RAW16", 8000, 6000, 1, 1, 96_000_000L, 23438L)]

    // A request of the log of an encoder of 720x576, Freescale/gstreamer-imx issue 30.
    [TestCase("NV12", 720, 576, 1, 1, 622_080L, 152L)]

    // The requests of vivid at 4K: 4050 pages each.
    [TestCase("YUYV", 3840, 2160, 1, 1, 16_588_800L, 4050L)]
    public void ABufferHasTheSizeThatIsKnown(
        string format, long width, long height, long strideAlign, long heightAlign, long bytes, long pages)
    {
        long size = PixelFormat.Find(format)!.Size(width, height, strideAlign, heightAlign);
        Assert.That((size, (size + 4095) / 4096), Is.EqualTo((bytes, pages)));
    }

    [TestCase("NV12", 1000, 64, 1024L)]
    [TestCase("RAW10", 1000, 1, 1250L)]
    [TestCase("RAW10", 1001, 1, 1252L)]
    [TestCase("RAW12", 1001, 16, 1504L)]
    [TestCase("RGB565", 100, 256, 256L)]
    [TestCase("RGB888", 101, 4, 304L)]
    [TestCase("XRGB2101010", 100, 1, 400L)]
    public void ALineIsRoundedUpToTheStride(string format, long width, long align, long stride) =>
        Assert.That(PixelFormat.Find(format)!.Stride(width, align), Is.EqualTo(stride));

    [Test]
    public void ChromaOfAnOddNumberOfLinesHasOneMoreLine() =>
        Assert.That(PixelFormat.Find("NV12")!.Size(10, 5), Is.EqualTo((10 * 5) + (10 * 3)));

    [Test]
    public void TheLargestPictureFitsTheNumbers() =>
        Assert.That(PixelFormat.All.Select(format => format.Size(65535, 65535, 65536, 65536)), Has.All.Positive);

    [Test]
    public void NamesAreDistinct() => Assert.That(PixelFormat.All.Select(format => format.Name), Is.Unique);
}
