using DmaBufSim.Abi;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Tests.Memory;
using DmaBufSim.Tests.Support;
using NUnit.Framework;

namespace DmaBufSim.Tests.Heaps;

[TestFixture]
public sealed class SystemHeapTests
{
    [TestCase((5 << 20) + 4096, "256 256 256 256 256 1")]
    [TestCase((1 << 20) + (68 << 10), "256 16 1")]
    [TestCase(61440, "1 1 1 1 1 1 1 1 1 1 1 1 1 1 1")]
    [TestCase(65536, "16")]
    [TestCase(1044480, "16 16 16 16 16 16 16 16 16 16 16 16 16 16 16 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1")]
    public void AnIdleMachineGivesTheLargestChunks(long bytes, string pages)
    {
        Machine machine = Box.Empty.Heap("system", "system").Build();
        Assert.That(string.Join(" ", Chunks(machine, machine.Alloc("system", bytes))), Is.EqualTo(pages));
    }

    [Test]
    public void ChunksNeverGrowAndGiveEverythingBack() => Steps.Check(150, 60, steps =>
    {
        Machine machine = (Box.Empty with { Memory = 8 << 20 }).Heap("system", "system").Build();
        List<int> live = [];
        foreach (int number in steps)
        {
            int step = number;
            if (live.Count > 0 && Steps.Below(ref step, 3) == 0)
            {
                int index = Steps.Below(ref step, live.Count);
                machine.First.Close(live[index]);
                live.RemoveAt(index);
                continue;
            }

            int pages = Steps.Below(ref step, Steps.Below(ref step, 3) == 0 ? 900 : 40) + 1;
            long free = machine.Memory.Buddy.FreeFrames;
            Result<int> made = machine.TryAlloc("system", pages * 4096L);
            if (!made.IsOk)
            {
                Assert.That(made.Why(), Is.EqualTo((Errno.ENOMEM, Reason.OutOfMemory)));
                Assert.That((machine.Memory.Buddy.FreeFrames, pages > free), Is.EqualTo((free, true)));
                continue;
            }

            live.Add(made.Value);
            int[] chunks = [.. Chunks(machine, made.Value)];
            Assert.That(chunks.Sum(), Is.EqualTo(pages));
            Assert.That(chunks, Is.Ordered.Descending);
            Assert.That(chunks, Is.All.AnyOf(256, 16, 1));
            Assert.That(machine.Memory.Buddy.FreeFrames, Is.EqualTo(free - pages));
        }

        live.ForEach(descriptor => machine.First.Close(descriptor));
        Assert.That(machine.Memory.Buddy.FreeFrames, Is.EqualTo(2048));
    });

    [Test]
    public void AfterASmallerChunkALargerOneIsNotTriedAgain()
    {
        Machine machine = (Box.Empty with { Memory = 4 << 20 }).Heap("system", "system").Build();
        machine.Alloc("system", 3 << 20);
        machine.Alloc("system", 4096);
        int chunks = machine.Alloc("system", 0x10000 * 3);
        Assert.That(Chunks(machine, chunks), Is.EqualTo(new[] { 16, 16, 16 }));
        Result<int> rest = machine.TryAlloc("system", (1 << 20) - (4 * 4096) - (3 * 0x10000));
        Assert.That(rest.IsOk);
        Assert.That(Chunks(machine, rest.Value).Max(), Is.LessThanOrEqualTo(16));
    }

    [Test]
    public void ChunksAreWhatTheDeviceSees()
    {
        Machine machine = Box.Empty.Heap("system", "system").Device("probe0", "probe").Build();
        int buffer = machine.Alloc("system", (1 << 20) + 65536 + 4096);
        var import = machine.Attach("probe0", buffer);
        Assert.That(import.Map(DmaBufSim.Dma.DmaDirection.FromDevice).IsOk);
        Assert.That(
            import.Segments.ToArray().Select(segment => segment.Length), Is.EqualTo(new[] { 1L << 20, 65536, 4096 }));
    }

    internal static IEnumerable<int> Chunks(Machine machine, int descriptor) =>
        ((HeapBuffer)machine.Buffer(descriptor).Exporter).Table.Runs.ToArray().Select(run => run.Count);
}
