using DmaBufSim.Abi;
using DmaBufSim.Memory;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Memory;

[TestFixture]
public sealed class PhysicalMemoryTests
{
    private const int Frames = 2048;

    [Test]
    public void BytesAreThoseOfAPlainArray() => Steps.Check(100, 150, steps =>
    {
        PhysicalMemory memory = new((long)Frames << 12, 0, new Trace());
        byte[] bytes = new byte[Frames << 12];
        bool[] written = new bool[Frames];
        foreach (int number in steps)
        {
            // Places crowd around the border of two 4 MiB blocks, where pieces meet.
            int step = number;
            int what = Steps.Below(ref step, 5);
            int frame = 1024 - 40 + Steps.Below(ref step, 80);
            if (what < 3)
            {
                int offset = Steps.Below(ref step, 4096);
                int length = 1 + Steps.Below(ref step, 4096 - offset);
                if (what == 0)
                {
                    memory.Fill(frame, offset, length, unchecked((byte)number));
                    bytes.AsSpan((frame << 12) + offset, length).Fill(unchecked((byte)number));
                }
                else
                {
                    byte[] data = new byte[length];
                    new Random(number).NextBytes(data);
                    memory.Write(frame, offset, data);
                    data.CopyTo(bytes, (frame << 12) + offset);
                }

                written[frame] = true;
            }
            else
            {
                int count = Steps.Below(ref step, 100);
                if (what == 3)
                {
                    memory.Renew(frame, count);
                }
                else
                {
                    memory.Wipe(frame, count);
                }

                Array.Clear(bytes, frame << 12, count << 12);
                Array.Clear(written, frame, count);
            }
        }

        for (int frame = 0; frame < Frames; frame++)
        {
            Assert.That(memory.IsWritten(frame), Is.EqualTo(written[frame]), $"frame {frame}");
            Assert.That(memory.Page(frame).SequenceEqual(bytes.AsSpan(frame << 12, 4096)), $"frame {frame}");
        }
    });

    [Test]
    public void AFirstWriteAfterRenewShowsNothingOld()
    {
        PhysicalMemory memory = new(4 << 20, 0, new Trace());
        memory.Fill(5, 0, 4096, 0xee);
        memory.Renew(5, 1);
        Assert.That(memory.Page(5).ContainsAnyExcept((byte)0), Is.False);
        memory.Fill(5, 100, 10, 0x11);
        Assert.That(memory.Page(5)[..100].ContainsAnyExcept((byte)0), Is.False);
        Assert.That(memory.Page(5)[100..110].ContainsAnyExcept((byte)0x11), Is.False);
        Assert.That(memory.Page(5)[110..].ContainsAnyExcept((byte)0), Is.False);
    }

    [Test]
    public void AnAllocatedBlockReadsAsZeros()
    {
        PhysicalMemory memory = new(4 << 20, 0, new Trace());
        int frame = memory.Buddy.Allocate(4, MigrateType.Unmovable).Value;
        memory.Fill(frame + 15, 4095, 1, 1);
        memory.Buddy.Free(frame, 4);
        Assert.That(memory.Page(frame + 15)[4095], Is.EqualTo(1), "freeing clears nothing");
        Assert.That(memory.Buddy.Allocate(4, MigrateType.Unmovable).Value, Is.EqualTo(frame));
        Assert.That(memory.Page(frame + 15)[4095], Is.Zero);
    }

    [Test]
    public void WipingIsNoted()
    {
        Recorder recorder = new();
        PhysicalMemory memory = new(4 << 20, 0, new Trace { Sink = recorder });
        memory.Renew(0, 4);
        memory.Wipe(3, 7);
        Assert.That(recorder.Records, Is.EqualTo(new[] { new TraceRecord(TraceEvent.PagesWiped, 3, 7, 0, null) }));
    }

    [Test]
    public void BytesAreCommittedInPiecesOf64KiB()
    {
        PhysicalMemory memory = new(1L << 40, 0, new Trace());
        Assert.That(memory.Page(memory.FrameCount - 1)[0], Is.Zero);
        Assert.That(memory.BytesCommitted, Is.Zero);
        memory.Fill(0, 0, 1, 1);
        memory.Fill(15, 0, 1, 1);
        Assert.That(memory.BytesCommitted, Is.EqualTo(64 << 10));
        memory.Fill(memory.FrameCount - 1, 4095, 1, 1);
        Assert.That(memory.BytesCommitted, Is.EqualTo(128 << 10));
    }

    [Test]
    public void ReservationsComeFromTheTop()
    {
        PhysicalMemory memory = new(32 << 20, 0x80000000, new Trace());
        Assert.That(memory.Reserve(1).Value, Is.EqualTo(new FrameRun(7 * 1024, 512)));
        Assert.That(memory.Reserve(6 << 20).Value, Is.EqualTo(new FrameRun(5 * 1024, 1536)));
        Assert.That(memory.Reserve(8 << 20).Value, Is.EqualTo(new FrameRun(3 * 1024, 2048)));
        Assert.That(memory.Address(3 * 1024), Is.EqualTo(0x80000000 + (12 << 20)));
        Assert.That(memory.Buddy.FreeFrames, Is.EqualTo((3 * 1024) + 512 + 512));
        Assert.That(memory.Buddy.IsFree(7 * 1024), Is.False);
        Assert.That(memory.Buddy.IsFree((7 * 1024) + 512), Is.True);
        Result<FrameRun> refused = memory.Reserve(16 << 20);
        Assert.That((refused.Errno, refused.Reason), Is.EqualTo((Errno.ENOMEM, Reason.OutOfMemory)));
        memory.Buddy.Allocate(0, MigrateType.Movable);
        Assert.That(() => memory.Reserve(1), Throws.InvalidOperationException);
    }

    [Test]
    public void ReservedFramesAreNeverAllocated()
    {
        PhysicalMemory memory = new(16 << 20, 0, new Trace());
        FrameRun reserved = memory.Reserve(6 << 20).Value;
        List<int> frames = [];
        for (Result<int> frame; (frame = memory.Buddy.Allocate(0, MigrateType.Unmovable)).IsOk;)
        {
            frames.Add(frame.Value);
        }

        Assert.That(frames.Any(f => f >= reserved.First && f < reserved.First + reserved.Count), Is.False);
        Assert.That(frames.Distinct().Count(), Is.EqualTo(4096 - 1536));
        frames.ForEach(frame => memory.Buddy.Free(frame, 0));
        Assert.That(memory.Buddy.FreeBlocks(10), Is.EqualTo(2));
        Assert.That(memory.Buddy.FreeBlocks(9), Is.EqualTo(1));
        Assert.That(memory.Buddy.FreeFrames, Is.EqualTo(4096 - 1536));
    }

    [TestCase(0L, 0L)]
    [TestCase(-4194304L, 0L)]
    [TestCase(4194305L, 0L)]
    [TestCase((1L << 40) + 4194304, 0L)]
    [TestCase(4194304L, 4096L)]
    public void OddSizesAndAddressesAreMisuse(long bytes, long at) =>
        Assert.That(() => new PhysicalMemory(bytes, at, new Trace()), Throws.InstanceOf<ArgumentException>());

    [TestCase(4096, 1)]
    [TestCase(1, 4096)]
    [TestCase(0, 4097)]
    [TestCase(-1, 1)]
    public void BytesStayInsideOneFrame(int offset, int length)
    {
        PhysicalMemory memory = new(4 << 20, 0, new Trace());
        Assert.That(() => memory.Fill(0, offset, length, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => memory.Write(0, offset, new byte[length]), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(memory.IsWritten(0), Is.False);
    }

    private sealed class Recorder : TraceSink
    {
        public List<TraceRecord> Records { get; } = [];

        public override void Write(in TraceRecord record) => Records.Add(record);
    }
}
