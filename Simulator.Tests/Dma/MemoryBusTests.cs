using DmaBufSim.Dma;
using DmaBufSim.Memory;
using DmaBufSim.Security;
using DmaBufSim.Tests.Memory;
using DmaBufSim.Tests.Support;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Dma;

/// <summary>Bytes on the bus against a plain array.</summary>
[TestFixture]
public sealed class MemoryBusTests
{
    private const int Frames = 6;

    [Test]
    public void BytesAreThoseOfAPlainArray() => Steps.Check(100, 40, steps =>
    {
        Trace trace = new();
        MemoryBus bus = new(new PhysicalMemory(4 << 20, 0, trace), new Firewall(trace));
        byte[] model = new byte[Frames << 12];
        foreach (int number in steps)
        {
            int step = number;
            int start = Steps.Below(ref step, model.Length);
            int length = Steps.Below(ref step, Math.Min(3 << 12, model.Length - start + 1));
            if (Steps.Below(ref step, 2) == 0)
            {
                byte value = (byte)Steps.Below(ref step, 5);
                bus.Fill(Master.Ta, start >> 12, start & 4095, length, value);
                Array.Fill(model, value, start, length);
            }

            ulong hash = bus.Hash(
                Master.Ta, 0xcbf29ce484222325, start >> 12, start & 4095, length);
            Assert.That(hash, Is.EqualTo(Box.HashOf(model.Skip(start).Take(length))));
        }

        for (int frame = 0; frame < Frames; frame++)
        {
            Assert.That(bus.Page(frame).SequenceEqual(model.AsSpan(frame << 12, 4096)));
        }
    });
}
