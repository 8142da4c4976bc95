using System.Collections.Immutable;

namespace DmaBufSim.Workloads;

/// <summary>How a picture lies in memory, and so how many bytes it has.</summary>
/// <param name="Name">The name, as in drm_fourcc.h or V4L2; of raw Bayer data the bits of a pixel.</param>
/// <param name="LineBits">Bits of a pixel in a line of the first plane.</param>
/// <param name="ChromaLines">
/// How many lines of further planes, of the same length, there are for two lines of the first.
/// </param>
/// <remarks>
/// <para><b>Kernel:</b> <c>v4l2_fill_pixfmt()</c>, <c>drm_format_info()</c>: a line is rounded up to the stride
/// alignment, the lines to the height alignment. Planes follow each other in one buffer.</para>
/// </remarks>
public sealed record PixelFormat(string Name, int LineBits, int ChromaLines = 0)
{
    private const int BitsPerByte = 8;

    /// <summary>The known formats.</summary>
    public static ImmutableArray<PixelFormat> All { get; } =
    [
        new("NV12", 8, 1), new("NV21", 8, 1), new("YUV420", 8, 1), new("YVU420", 8, 1), new("NV16", 8, 2),
        new("P010", 16, 1), new("YUYV", 16), new("UYVY", 16),
        new("RGB565", 16), new("RGB888", 24), new("XRGB8888", 32), new("ARGB8888", 32), new("XBGR8888", 32),
        new("ABGR8888", 32), new("XRGB2101010", 32),
        new("R8", 8), new("RAW8", 8), new("RAW10", 10), new("RAW12", 12), new("RAW14", 14), new("RAW16", 16),
    ];

    /// <summary>The format of that name, or null.</summary>
    public static PixelFormat? Find(string name) => All.FirstOrDefault(format => format.Name == name);

    /// <summary>Bytes of a line of the first plane.</summary>
    /// <param name="width">Pixels.</param>
    /// <param name="alignment">Its bytes are a multiple of this.</param>
    public long Stride(long width, long alignment = 1) =>
        RoundUp(((width * LineBits) + BitsPerByte - 1) / BitsPerByte, alignment);

    /// <summary>Bytes of a picture.</summary>
    /// <param name="width">Pixels in a line.</param>
    /// <param name="height">Lines.</param>
    /// <param name="strideAlignment">The bytes of a line are a multiple of this.</param>
    /// <param name="heightAlignment">The lines of the first plane are a multiple of this.</param>
    public long Size(long width, long height, long strideAlignment = 1, long heightAlignment = 1)
    {
        long lines = RoundUp(height, heightAlignment);
        return Stride(width, strideAlignment) * (lines + (((lines * ChromaLines) + 1) / 2));
    }

    private static long RoundUp(long value, long multiple) => (value + multiple - 1) / multiple * multiple;
}
