using DmaBufSim.Abi;
using DmaBufSim.Files;
using DmaBufSim.Processes;
using DmaBufSim.Tests.Machines;
using NUnit.Framework;

namespace DmaBufSim.Tests.Processes;

/// <summary>What must stay cheap.</summary>
[TestFixture]
public sealed class CostTests
{
    [Test]
    public void SyncDupAndCloseAllocateNothing()
    {
        Process process = TestMachine.Build().First;
        int b = process.Make("system", 65536);
        int dead = process.Make("system", 65536);
        process.Close(dead);
        long address = process.Mmap(b, 0, 65536, MapProtection.Read | MapProtection.Write, 1).Value;
        Assert.That(Use(), Is.True);
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool good = true;
        for (int i = 0; i < 200; i++)
        {
            good &= Use();
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
        Assert.That(good, Is.True);

        bool Use() =>
            process.Sync(b, 3).IsOk
            && process.Fill(address, 100, 5000, 7).IsOk
            && process.Sync(b, 7).IsOk
            && process.Sync(b, 0).Errno == Errno.EINVAL
            && process.Sync(dead, 1).Errno == Errno.EBADF
            && process.Poll(b, PollEvents.In | PollEvents.Out).Value == (PollEvents.In | PollEvents.Out)
            && process.Seek(b, 0, SeekWhence.End).Value == 65536
            && process.Close(process.Duplicate(b).Value).IsOk;
    }

    [Test]
    public void ABufferThatNobodyWaitsForCostsItsObjectsOnly()
    {
        const int Rounds = 1000;
        Process process = TestMachine.Build().First;
        Assert.That(Use(), Is.True);
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool good = true;
        for (int i = 0; i < Rounds; i++)
        {
            good &= Use();
        }

        long bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / Rounds;
        Assert.That(good, Is.True);
        Assert.That(bytes, Is.LessThanOrEqualTo(240));

        bool Use() => process.Close(process.Make("system", 4096)).IsOk;
    }
}
