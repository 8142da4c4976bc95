using DmaBufSim.Abi;
using DmaBufSim.Machines;
using DmaBufSim.Memory;
using DmaBufSim.Tests.Support;

namespace DmaBufSim.Tests.Pictures;

/// <summary>A machine on which a random story was played: buffers of all heaps, movable and pinned pages.</summary>
internal sealed class BusyMachine
{
    private const int AreaPages = 2048;

    /// <summary>Plays a story.</summary>
    /// <param name="seed">The seed of its draws.</param>
    /// <param name="steps">How many steps it has.</param>
    /// <param name="inPieces">Whether every other 4 MiB are a hole, so that the area has two ranges.</param>
    public BusyMachine(int seed, int steps = 40, bool inPieces = false)
    {
        Machine = (inPieces ? Pieces : Box.Empty.Area("cma0", AreaPages * PhysicalMemory.PageSize))
            .Heap("system", "system")
            .Heap("cma", "cma", on: "cma0")
            .Heap("safe", "protected", on: "cma0")
            .Heap("pool", "carveout", size: 4 << 20)
            .Build();
        Area = Machine.Areas[0];
        Tenant = new MovableMemory("browser", Area);
        Random random = new(seed);
        Lend(random);
        List<int> open = [];
        for (int i = 0; i < steps; i++)
        {
            if (random.Next(3) == 0 && open.Count > 0)
            {
                int at = random.Next(open.Count);
                Machine.First.Close(open[at]);
                open.RemoveAt(at);
            }
            else if (random.Next(6) == 0)
            {
                int order = random.Next(4);
                int frame = Machine.Memory.Buddy.Allocate(order, MigrateType.Unmovable).Value;
                Kernel.UnionWith(Enumerable.Range(frame, 1 << order));
            }
            else
            {
                string heap = random.GetItems(["system", "cma", "safe", "pool"], 1)[0];
                Result<int> made = Machine.TryAlloc(heap, random.Next(1, 200) * 4096L);
                if (made.IsOk)
                {
                    open.Add(made.Value);
                }
            }
        }
    }

    private static MachineDescription Pieces { get; } = Box.Empty with
    {
        Base = 4L << 30,
        Kernel = KernelProfile.Find("7.3")!,
        Holes = [.. Enumerable.Range(0, 8).Select(i => new MemoryHole((4L << 30) + (i * (8L << 20)), 4 << 20))],
        Areas = [new AreaDescription("cma0", AreaPages * PhysicalMemory.PageSize, Multi: true)],
    };

    public Machine Machine { get; }

    public CmaArea Area { get; }

    public MovableMemory Tenant { get; }

    /// <summary>Frames that are pinned.</summary>
    public HashSet<int> Pinned { get; } = [];

    /// <summary>Frames that something unmovable has.</summary>
    public HashSet<int> Kernel { get; } = [];

    private void Lend(Random random)
    {
        int first = random.Next(AreaPages / 2);
        int count = random.Next(1, AreaPages / 2);
        Tenant.Hold([.. Area.FramesOf(first, count)]);
        for (int i = 0; i < 5; i++)
        {
            int page = first + random.Next(count);
            Tenant.Pin(page);
            Pinned.Add(Area.FrameOf(page));
        }
    }
}
