using System.Diagnostics;
using DmaBufSim.Files;
using DmaBufSim.Machines;

namespace DmaBufSim.Benchmarks;

/// <summary>A million live 4 KiB buffers on a machine of 64 GiB, and what the process needs for them.</summary>
internal static class MillionBuffers
{
    private const int Count = 1_000_000;

    public static int Run()
    {
        Stopwatch watch = Stopwatch.StartNew();
        Machine machine = new MachineBuilder().Build(new MachineDescription
        {
            Memory = 64L << 30,
            MaxDescriptors = Count + 16,
            Heaps = [new HeapDescription("system", "system")],
        });
        Console.WriteLine($"machine of 64 GiB: {watch.Elapsed.TotalMilliseconds:F2} ms");
        watch.Restart();
        for (int i = 0; i < Count; i++)
        {
            if (!machine.First.Allocate("system", 4096, OpenFlags.ReadWrite).IsOk)
            {
                Console.WriteLine($"allocation {i} failed");
                return 1;
            }
        }

        TimeSpan elapsed = watch.Elapsed;
        using Process self = Process.GetCurrentProcess();
        Console.WriteLine($"{machine.Buffers.Count} live buffers: {elapsed.TotalMilliseconds:F0} ms, {elapsed.TotalNanoseconds / Count:F0} ns each");
        Console.WriteLine($"managed heap {GC.GetTotalMemory(forceFullCollection: true) >> 20} MiB, process {self.WorkingSet64 >> 20} MiB, peak {self.PeakWorkingSet64 >> 20} MiB");
        GC.KeepAlive(machine);
        return 0;
    }
}
