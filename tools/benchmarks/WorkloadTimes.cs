using DmaBufSim.Engine;
using DmaBufSim.Machines;
using DmaBufSim.Workloads;

namespace DmaBufSim.Benchmarks;

/// <summary>
/// Workloads of 10,000 events, as ratios to what the host's own kernel needs to make and drop an empty memfd.
/// </summary>
internal static class WorkloadTimes
{
    private const int Events = 10_000;
    private const int Rounds = 40;
    private const long Millisecond = 1_000_000;

    private static readonly TenantDescription Shells = new TenantDescription("shells", "anonymous")
        .With("processes", 8).With("grow", (4096, 8 * 4096)).With("life", (100 * Millisecond, 2000 * Millisecond));

    private static readonly TenantDescription Cache = new TenantDescription("cache", "cache")
        .With("file", (4096, 16 * 4096)).With("limit", 16 << 20);

    private static readonly TenantDescription Camera = new TenantDescription("camera", "buffers")
        .With("heap", "cma").With("format", "NV12").With("resolution", (1920, 1080)).With("every", 33 * Millisecond);

    private static readonly TenantDescription Pins = new TenantDescription("pins", "pins")
        .With("on", "shells").With("every", Millisecond);

    public static int Run()
    {
        double memfd = Best(Memfds) / Events;
        Console.WriteLine($"make and drop a memfd on the host: {memfd:F0} ns");
        Console.WriteLine("10,000 events of   ns each  events/s   ratio  pages/event");
        Print("the queue alone", Best(Queue), 0, memfd);
        Measure("anonymous", memfd, Shells);
        Measure("cache", memfd, Cache);
        Measure("buffers", memfd, Camera);
        Measure("anonymous, pins", memfd, Shells, Pins);
        Measure("all of them", memfd, Shells, Cache, Camera, Pins);
        return 0;
    }

    private static void Measure(string what, double memfd, params ReadOnlySpan<TenantDescription> tenants)
    {
        MachineDescription description = new()
        {
            Memory = 512L << 20,
            Areas = [new AreaDescription("area", 64L << 20)],
            Heaps = [new HeapDescription("cma", "cma") { On = "area" }],
            Tenants = [.. tenants],
        };
        Workload workload = new(new MachineBuilder().Build(description));
        workload.Play(Events);
        double best = Best(() => workload.Play(Events));
        Print(what, best, (double)workload.Total.Pages / workload.Total.Events, memfd);
    }

    private static void Print(string what, double nanoseconds, double pages, double memfd)
    {
        double each = nanoseconds / Events;
        Console.WriteLine($"{what,-17}  {each,7:F0}  {1e9 / each,8:F0}  1/{memfd / each,-5:F1}  {pages,6:F1}");
    }

    private static void Memfds()
    {
        for (int i = 0; i < Events; i++)
        {
            Host.MakeAndDropMemfd(4096);
        }
    }

    // A hundred events are to come at any time, as with a hundred tenants.
    private static void Queue()
    {
        EventQueue<int> queue = new(new SimClock());
        RandomStream random = new(1);
        for (int i = 0; i < 100; i++)
        {
            queue.Add(random.Below(Millisecond), i);
        }

        for (int i = 0; i < Events; i++)
        {
            queue.Add(random.Below(Millisecond), queue.Take());
        }
    }

    private static double Best(Action action) => Timing.Best(Rounds, 1, action);
}
