using BenchmarkDotNet.Attributes;
using DmaBufSim.Devices;
using DmaBufSim.Dma;
using DmaBufSim.Files;
using DmaBufSim.Machines;
using DmaBufSim.Processes;
using DmaBufSim.Scenarios;

namespace DmaBufSim.Benchmarks;

/// <summary>The hot calls, as ratios to what the host's own kernel needs to make and drop an empty memfd of one page.</summary>
[MemoryDiagnoser]
public class HeapBenchmarks
{
    private const int Page = 4096;
    private const ulong SyncStartRead = 1;

    private static readonly MachineDescription Small = new()
    {
        Memory = 512L << 20,
        Heaps =
        [
            new HeapDescription("system", "system"),
            new HeapDescription("reserved", "cma") { Size = 64L << 20 },
        ],
        Devices = [new DeviceDescription("probe0", "probe")],
    };

    private readonly MachineBuilder builder = new();
    private Process process = null!;
    private Import import = null!;
    private int descriptor;

    /// <summary>A machine with one buffer and one attachment.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        Machine machine = builder.Build(Small);
        process = machine.First;
        descriptor = process.Allocate("system", Page, OpenFlags.ReadWrite).Value;
        import = machine.Importers[0].Attach(process.Buffer(descriptor).Value).Value;
    }

    /// <summary>memfd_create, ftruncate and close on the host.</summary>
    [Benchmark(Baseline = true)]
    public void HostMemfd() => Host.MakeAndDropMemfd(Page);

    /// <summary>Allocates a 4 KiB buffer from the system heap and closes it.</summary>
    [Benchmark]
    public void AllocateAndClose() => process.Close(process.Allocate("system", Page, OpenFlags.ReadWrite).Value);

    /// <summary>Maps and unmaps an attachment.</summary>
    [Benchmark]
    public void MapAndUnmap()
    {
        import.Map(DmaDirection.Bidirectional);
        import.Unmap();
    }

    /// <summary>DMA_BUF_IOCTL_SYNC.</summary>
    [Benchmark]
    public void Sync() => process.Sync(descriptor, SyncStartRead);

    /// <summary>Duplicates a descriptor and closes the copy.</summary>
    [Benchmark]
    public void DuplicateAndClose() => process.Close(process.Duplicate(descriptor).Value);

    /// <summary>Builds a machine of 512 MiB, tells it a story of twenty steps and drops it: a property suite does this.</summary>
    [Benchmark]
    public Story TellStory()
    {
        Story story = new(Small, builder);
        for (int i = 0; i < 4; i++)
        {
            story.Alloc("b", "system", 40960);
            story.Attach("a", "probe0", "b");
            story.Map("a", DmaDirection.Bidirectional);
            story.Detach("a");
            story.Close("b");
        }

        return story;
    }

    /// <summary>Builds a machine of 512 MiB and drops it.</summary>
    [Benchmark]
    public Machine BuildMachine() => builder.Build(Small);
}
