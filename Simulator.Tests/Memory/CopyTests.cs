using DmaBufSim.Memory;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Memory;

/// <summary>Copies between frames against one array of bytes.</summary>
[TestFixture]
public sealed class CopyTests
{
    private const int Pages = 40;

    [Test]
    public void MemoryAgreesWithAnArray() => Steps.Check(150, 30, steps =>
    {
        PhysicalMemory memory = new(4 << 20, 0, new Trace());
        byte[] model = new byte[Pages << 12];
        foreach (int number in steps)
        {
            int step = number;
            int kind = Steps.Below(ref step, 6);
            int from = Place(ref step);
            int to = Place(ref step);
            int longest = model.Length - Math.Max(from, to);
            int length = kind < 3
                ? longest / (Steps.Below(ref step, 4) + 1)
                : Math.Min(longest, Steps.Below(ref step, 9000));
            if (kind == 0)
            {
                int first = to >> 12;
                memory.Renew(first, 2);
                model.AsSpan(first << 12, Math.Min(2 << 12, model.Length - (first << 12))).Clear();
            }
            else if (kind == 1)
            {
                int inPage = Math.Min(length, 4096 - (to & 4095));
                memory.Fill(to >> 12, to & 4095, inPage, unchecked((byte)number));
                model.AsSpan(to, inPage).Fill(unchecked((byte)number));
            }
            else if (Math.Abs(from - to) >= length)
            {
                memory.Copy(from >> 12, from & 4095, to >> 12, to & 4095, length);
                model.AsSpan(from, length).CopyTo(model.AsSpan(to, length));
            }
        }

        for (int page = 0; page < Pages; page++)
        {
            Assert.That(memory.Page(page).SequenceEqual(model.AsSpan(page << 12, 4096)), $"page {page}");
        }
    });

    private static int Place(ref int step) =>
        Steps.Below(ref step, 2) == 0 ? Steps.Below(ref step, Pages) << 12 : Steps.Below(ref step, Pages << 12);
}
