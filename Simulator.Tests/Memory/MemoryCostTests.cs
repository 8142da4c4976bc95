using DmaBufSim.Memory;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Memory;

/// <summary>What must stay cheap.</summary>
[TestFixture]
public sealed class MemoryCostTests
{
    [TestCase(512L << 20, 16 << 10)]
    [TestCase(64L << 30, 1 << 20)]
    public void AMachineStartsSmall(long bytes, long most)
    {
        Trace trace = new();
        GC.KeepAlive(new PhysicalMemory(4 << 20, 0, trace));
        long before = GC.GetAllocatedBytesForCurrentThread();
        PhysicalMemory memory = new(bytes, 0, trace);
        long after = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(after - before, Is.LessThan(most));
        GC.KeepAlive(memory);
    }

    [Test]
    public void LateReservationsOfALargeMachineAreCheap()
    {
        PhysicalMemory memory = new(64L << 30, 0, new Trace());
        long before = GC.GetAllocatedBytesForCurrentThread();
        FrameRun run = memory.Reserve(32L << 30).Value;
        memory.Renew(run.First, run.Count);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1024));
    }

    [Test]
    public void SteadyUseAllocatesNothing()
    {
        PhysicalMemory memory = new(64 << 20, 0, new Trace());
        CmaArea area = CmaTests.Area(new FrameRun(0, 4096), "6.12");
        GenPool pool = new("sram", memory.Reserve(2 << 20).Value, new Trace());
        Use();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            Use();
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        void Use()
        {
            for (int order = 0; order <= BuddyAllocator.MaxOrder; order++)
            {
                int frame = memory.Buddy.Allocate(order, MigrateType.Unmovable).Value;
                memory.Fill(frame, 0, 100, 1);
                memory.Buddy.Free(frame, order);
            }

            area.Release(area.Allocate(765, 8).Value, 765);
            pool.Free(pool.Allocate(3).Value, 3);
        }
    }
}
