using DmaBufSim.Machines;
using DmaBufSim.Memory;
using DmaBufSim.Tests.Support;

namespace DmaBufSim.Tests.Pictures;

/// <summary>A machine on which a random story was played: buffers of all heaps, movable and pinned pages.</summary>
internal sealed class BusyMachine
{
    private const int AreaPages = 2048;

    public BusyMachine(int seed, int steps = 40)
    {
        Machine = Box.Empty
            .Area("cma0", AreaPages * PhysicalMemory.PageSize)
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
                DmaBufSim.Abi.Result<int> made = Machine.TryAlloc(heap, random.Next(1, 200) * 4096L);
                if (made.IsOk)
                {
                    open.Add(made.Value);
                }
            }
        }
    }

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
        Tenant.Hold([new FrameRun(Area.Range.First + first, count)]);
        for (int i = 0; i < 5; i++)
        {
            int page = first + random.Next(count);
            Tenant.Pin(page);
            Pinned.Add(Area.Range.First + page);
        }
    }
}
