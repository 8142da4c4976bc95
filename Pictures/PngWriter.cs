using System.Buffers.Binary;
using System.Text;
using ICSharpCode.SharpZipLib.Checksum;
using ICSharpCode.SharpZipLib.Zip.Compression;
using ICSharpCode.SharpZipLib.Zip.Compression.Streams;
using SkiaSharp;

namespace DmaBufSim.Pictures;

/// <summary>Writes drawings as PNG files.</summary>
/// <remarks>
/// The file is written here because native encoders compress differently on different processors. Boxes have sharp
/// edges; letters are filled as outlines, so no setting of a screen reaches them.
/// </remarks>
internal static class PngWriter
{
    private const byte FilterUp = 2;
    private const int BytesPerPixel = 3;

    /// <summary>The bytes of the file: eight bits for each of red, green and blue.</summary>
    public static byte[] Write(Drawing drawing)
    {
        using SKBitmap bitmap = Paint(drawing);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, drawing.Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), drawing.Height);
        header[8] = 8;
        header[9] = 2;
        using MemoryStream file = new();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        WriteChunk(file, "IHDR", header);
        WriteChunk(file, "IDAT", Compress(bitmap));
        WriteChunk(file, "IEND", []);
        return file.ToArray();
    }

    private static SKBitmap Paint(Drawing drawing)
    {
        SKBitmap bitmap = new(drawing.Width, drawing.Height, SKColorType.Rgba8888, SKAlphaType.Premul);
        using SKCanvas canvas = new(bitmap);
        canvas.Clear(SKColors.White);
        foreach (Mark mark in drawing.Marks)
        {
            using SKPaint paint = new() { Color = new SKColor(0xFF000000 | mark.Colour) };
            switch (mark)
            {
                case BoxMark box:
                    canvas.DrawRect(SKRect.Create(box.X, box.Y, box.Width, box.Height), paint);
                    break;
                case LineMark line:
                    DrawLine(canvas, line, paint);
                    break;
                case TextMark text:
                    paint.IsAntialias = true;
                    using (SKFont font = Lettering.Font(text.Size))
                    using (SKPath outline = font.GetTextPath(text.Text, new SKPoint(text.X, text.Y)))
                    {
                        canvas.DrawPath(outline, paint);
                    }

                    break;
            }
        }

        return bitmap;
    }

    private static void DrawLine(SKCanvas canvas, LineMark line, SKPaint paint)
    {
        using SKPath path = new();
        path.AddPoly([.. line.Points.Select(spot => new SKPoint((float)spot.X, (float)spot.Y))], close: false);
        using SKPathEffect? dashes = line.Dash > 0 ? SKPathEffect.CreateDash([line.Dash, line.Dash], 0) : null;
        paint.IsAntialias = true;
        paint.Style = SKPaintStyle.Stroke;
        paint.StrokeWidth = (float)line.Thickness;
        paint.StrokeJoin = SKStrokeJoin.Round;
        paint.PathEffect = dashes;
        canvas.DrawPath(path, paint);
    }

    // Each line as its difference to the one above, since most lines repeat it.
    private static byte[] Compress(SKBitmap bitmap)
    {
        ReadOnlySpan<byte> pixels = bitmap.GetPixelSpan();
        byte[] above = new byte[bitmap.Width * BytesPerPixel];
        byte[] line = new byte[1 + above.Length];
        line[0] = FilterUp;
        using MemoryStream packed = new();
        using (DeflaterOutputStream deflater = new(packed, new Deflater(Deflater.DEFAULT_COMPRESSION)))
        {
            for (int y = 0; y < bitmap.Height; y++)
            {
                ReadOnlySpan<byte> row = pixels.Slice(y * bitmap.RowBytes, bitmap.Width * 4);
                for (int i = 0; i < above.Length; i++)
                {
                    byte value = row[(i / BytesPerPixel * 4) + (i % BytesPerPixel)];
                    line[i + 1] = unchecked((byte)(value - above[i]));
                    above[i] = value;
                }

                deflater.Write(line, 0, line.Length);
            }
        }

        return packed.ToArray();
    }

    private static void WriteChunk(MemoryStream file, string type, byte[] data)
    {
        byte[] chunk = [.. Encoding.ASCII.GetBytes(type), .. data];
        Crc32 crc = new();
        crc.Update(chunk);
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(chunk);
        BinaryPrimitives.WriteUInt32BigEndian(number, (uint)crc.Value);
        file.Write(number);
    }
}
