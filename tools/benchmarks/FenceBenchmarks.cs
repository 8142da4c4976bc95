using BenchmarkDotNet.Attributes;
using DmaBufSim.Abi;
using DmaBufSim.Engine;
using DmaBufSim.Fences;
using DmaBufSim.Files;
using DmaBufSim.Tracing;

namespace DmaBufSim.Benchmarks;

/// <summary>Fences: making one and signalling it, with and without a waiter, reservations and merges.</summary>
[MemoryDiagnoser]
public class FenceBenchmarks
{
    private const int Merged = 64;

    private readonly FenceCore core = new(KernelProfile.Default, new Trace(), new SimClock());
    private readonly CountingCallback callback = new();
    private DmaResv resv = null!;
    private DmaFence[] held = null!;
    private FileTable files = null!;
    private SyncFile one = null!;
    private int other;
    private ulong context;
    private ulong number;

    /// <summary>A reservation with eight fences, and two sync files with 64 fences each.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        context = core.AllocateContexts();
        resv = new DmaResv(core);
        held = [.. Enumerable.Range(0, 8).Select(_ => new PlainFence(core, core.AllocateContexts(), 1))];
        resv.Lock();
        foreach (DmaFence fence in held)
        {
            resv.ReserveFences(1);
            resv.AddFence(fence, DmaResvUsage.Read);
        }

        files = new FileTable(core.Trace, 1024);
        one = (SyncFile)files.Find(SyncFile.Install(files, Array()).Value)!;
        other = SyncFile.Install(files, Array()).Value;
    }

    /// <summary>memfd_create, ftruncate and close on the host.</summary>
    [Benchmark(Baseline = true)]
    public void HostMemfd() => Host.MakeAndDropMemfd(4096);

    /// <summary>Makes a fence, signals it with nobody waiting and drops it.</summary>
    [Benchmark]
    public void MakeAndSignal()
    {
        PlainFence fence = new(core, context, ++number);
        fence.Signal();
        fence.Put();
    }

    /// <summary>The same with one callback, which is added before and runs.</summary>
    [Benchmark]
    public void MakeAddCallbackAndSignal()
    {
        PlainFence fence = new(core, context, ++number);
        fence.AddCallback(callback);
        fence.Signal();
        fence.Put();
    }

    /// <summary>Reserves a slot and adds a fence to a reservation of eight, where it replaces the older of its context.</summary>
    [Benchmark]
    public void AddToReservationOfEight()
    {
        resv.ReserveFences(1);
        resv.AddFence(held[3], DmaResvUsage.Read);
    }

    /// <summary>Merges two sync files of 64 fences each and closes what came out.</summary>
    [Benchmark]
    public void MergeSixtyFourAndSixtyFour() =>
        files.Close(one.Merge(files, new SyncMergeData("merged", other)).Value);

    private DmaFence Array()
    {
        DmaFence[] fences =
            [.. Enumerable.Range(0, Merged).Select(_ => new PlainFence(core, core.AllocateContexts(), 1))];
        return DmaFenceMerge.Merge(core, fences);
    }

    private sealed class PlainFence(FenceCore core, ulong context, ulong number) : DmaFence(core, context, number)
    {
        protected override string GetDriverName() => "benchmark";

        protected override string GetTimelineName() => "benchmark";
    }

    private sealed class CountingCallback : DmaFenceCallback
    {
        public int Runs { get; private set; }

        protected internal override void Signaled(DmaFence fence) => Runs++;
    }
}
