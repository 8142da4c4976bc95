using DmaBufSim.Abi;
using DmaBufSim.Dma;
using DmaBufSim.Engine;
using DmaBufSim.Fences;
using DmaBufSim.Files;
using DmaBufSim.Machines;
using DmaBufSim.Scenarios;
using DmaBufSim.Security;

namespace DmaBufSim.Tests.Scenarios;

/// <summary>Makes up stories: any verb, on a few names, so that most steps meet something that is there.</summary>
internal sealed class RandomStory(ulong seed)
{
    private static readonly string[] Heaps = ["system", "cma", "pool", "video", "lent"];
    private static readonly string[] Devices = ["decoder", "display", "gpu", "cpu", "probe0", "probe1"];
    private static readonly string?[] Actors = [null, null, null, "p1", "p2"];

    private readonly RandomStream random = new(seed);

    /// <summary>A small machine with a heap and a device of each type.</summary>
    public static MachineDescription Machine(KernelProfile kernel) => new()
    {
        Memory = 64L << 20,
        Kernel = kernel,
        MaxDescriptors = 40,
        Areas = [new AreaDescription("cma0", 8L << 20)],
        Heaps =
        [
            new HeapDescription("system", "system"),
            new HeapDescription("cma", "cma") { On = "cma0" },
            new HeapDescription("pool", "carveout") { Size = 2L << 20 },
            new HeapDescription("video", "protected")
            {
                On = "cma0",
                Rules =
                [
                    new AccessRule("decoder", AccessRights.Write, null),
                    new AccessRule("display", AccessRights.Read, null),
                    new AccessRule("cpu", AccessRights.Write, "top"),
                ],
            },
            new HeapDescription("lent", "protected") { On = "cma0", Size = 1L << 20 },
        ],
        Devices =
        [
            new DeviceDescription("decoder", "decoder"),
            new DeviceDescription("display", "display") { Contiguous = false },
            new DeviceDescription("gpu", "gpu") { Secure = true },
            new DeviceDescription("cpu", "cpu"),
            new DeviceDescription("probe0", "probe"),
            new DeviceDescription("probe1", "probe") { Mask = 25 },
        ],
    };

    /// <summary>Plays a number of steps, or fewer where the machine crashes.</summary>
    public Story Play(MachineDescription machine, int steps, Action<Story>? after = null)
    {
        Story story = new(machine);
        for (int i = 0; i < steps && !story.Last.IsCrash; i++)
        {
            story.Process = Actors[random.Below(Actors.Length)];
            Step(story);
            after?.Invoke(story);
        }

        story.Process = null;
        return story;
    }

    /// <summary>Lets everything go that a story may hold; no buffer can live after it.</summary>
    public static void LetGo(Story story)
    {
        // The process that they were given to may be dead.
        story.Process = null;
        story.GivenMappings.Unmap("w");
        story.GivenMappings.Unmap("u");
        foreach (string process in (string[])["p1", "p2"])
        {
            while (story.Kill(process).IsOk)
            {
            }
        }

        foreach (DmaBufSim.Processes.Process process in story.Machine.Processes)
        {
            process.Exit();
        }

        foreach (DmaBufSim.Devices.Importer importer in story.Machine.Importers)
        {
            while (importer.Imports.Count > 0)
            {
                importer.Imports[0].Detach();
            }
        }

        while (story.Machine.KernelMappings.Count > 0)
        {
            story.Machine.KernelMappings[0].Vunmap();
        }
    }

    private void Step(Story story)
    {
        if (random.Below(8) == 0)
        {
            MemfdStep(story);
            return;
        }

        switch (random.Below(36))
        {
            case 0 or 1 or 2:
                story.Alloc(Name('b'), Pick(Heaps), Length(), (OpenFlags)Pick([2L, 2, 2, 0, 1, 3, 0x80002]));
                break;
            case 3:
                story.Dup(Name('b'), Name('b'));
                break;
            case 4 or 5:
                story.Close(Name('b'));
                break;
            case 6:
                story.Sync(Name('b'), (DmaBufSyncFlags)random.Below(9));
                break;
            case 7:
                story.SetName(Name('b'), new string('n', 1 + (int)random.Below(40)));
                break;
            case 8:
                story.Region(Name('b'), "top", random.Below(3) * 4096, Length());
                break;
            case 9 or 10:
                story.Mmap(
                    Name('m'), Name('b'), random.Below(4) * 4096, Length(),
                    (MapProtection)random.Below(8), (MapType)(1 + random.Below(3)));
                break;
            case 11:
                story.Munmap(Name('m'));
                break;
            case 12:
                story.Mprotect(Name('m'), (MapProtection)random.Below(8));
                break;
            case 13:
                story.Fill(Name(Pick("mv")), random.Below(9000), random.Below(9000), (byte)random.Below(256));
                break;
            case 14:
                story.Hash(Name(Pick("mv")), random.Below(9000), random.Below(9000));
                break;
            case > 25:
                FenceStep(story);
                break;
            default:
                DeviceStep(story);
                break;
        }
    }

    // A name of b may be a memfd or a buffer, so that each meets the calls of the other.
    private void MemfdStep(Story story)
    {
        switch (random.Below(9))
        {
            case 0 or 1 or 2:
                story.Memfd(Name('b'), Length(), Pick([MemfdSeals.Shrink, MemfdSeals.Shrink, Seals()]));
                break;
            case 3 or 4:
                story.Udmabuf(Name('b'), Name('b'), Page(), Page(), (UdmabufFlags)random.Below(3));
                break;
            case 5:
                story.UdmabufList(Name('b'), [(Name('b'), Page(), Page()), (Name('b'), Page(), Page())]);
                break;
            case 6:
                story.AddSeals(Name('b'), Seals());
                break;
            case 7:
                story.Truncate(Name('b'), Length());
                break;
            default:
                story.EndCpu(Name('b'), (DmaDirection)random.Below(3));
                break;
        }
    }

    private MemfdSeals Seals() => (MemfdSeals)random.Below(32);

    private long Page() => Pick([0L, 4096, 4096, 8192, 8192, 40960, 1 << 20, 100]);

    private void DeviceStep(Story story)
    {
        switch (random.Below(14))
        {
            case 0 or 1:
                story.Attach(Name('a'), Pick(Devices), Name('b'), random.Below(3) == 0);
                break;
            case 2 or 3:
                story.Map(Name('a'), (DmaDirection)random.Below(3));
                break;
            case 4:
                story.Unmap(Name('a'));
                break;
            case 5:
                story.Detach(Name('a'));
                break;
            case 6:
                story.Read(Name('a'), random.Below(9000), random.Below(9000));
                break;
            case 7:
                story.Write(Name('a'), random.Below(9000), random.Below(9000), (byte)random.Below(256));
                break;
            case 8:
                story.Vmap(Name('v'), Name('b'));
                break;
            case 9:
                story.Vunmap(Name('v'));
                break;
            case 10:
                story.BeginCpu(Name('b'), (DmaDirection)random.Below(3));
                break;
            case 11:
                story.Cat("/sys/kernel/debug/dma_buf/bufinfo");
                break;
            default:
                ProcessStep(story);
                break;
        }
    }

    private void FenceStep(Story story)
    {
        switch (random.Below(16))
        {
            case 0 or 1:
                story.Timeline(Name('t'));
                break;
            case 2 or 3:
                story.Fence(Name('f'), Name('t'), (uint)random.Below(6));
                break;
            case 4:
                story.Merge(Name('f'), Name('f'), Name('f'));
                break;
            case 5:
                story.ExportSync(Name('f'), Name('b'), (DmaBufSyncFlags)random.Below(5));
                break;
            case 6 or 7:
                story.ImportSync(Name('b'), (DmaBufSyncFlags)random.Below(5), Name('f'));
                break;
            case 8 or 9:
                story.Poll(Name(Pick("bbft")), (PollEvents)random.Below(8));
                break;
            case 10:
                story.Inc(Name('t'), (uint)random.Below(4));
                break;
            case 11:
                story.Close(Name(Pick("ft")));
                break;
            case 12:
                story.Info(Name('f'), random.Below(2) == 0 ? null : (uint)random.Below(3));
                break;
            case 13:
                story.Fences(Name('b'), (DmaResvUsage)random.Below(4));
                break;
            case 14:
                story.AddFence(Name('b'), (DmaResvUsage)random.Below(4), Name('f'));
                break;
            default:
                DriverStep(story);
                break;
        }
    }

    private void DriverStep(Story story)
    {
        switch (random.Below(9))
        {
            case 0 or 1:
                story.Acquire(Name('c'));
                break;
            case 2 or 3:
                story.Lock(Name('b'), random.Below(3) == 0 ? null : Name('c'));
                break;
            case 4 or 5:
                story.Unlock(Name('b'));
                break;
            case 6:
                story.LockSlow(Name('b'), Name('c'));
                break;
            case 7:
                story.Wait(Name('b'), (DmaResvUsage)random.Below(4));
                break;
            default:
                story.Waits();
                break;
        }
    }

    private void ProcessStep(Story story)
    {
        string other = Pick(["p1", "p2"]);
        switch (random.Below(11))
        {
            case 7:
                story.Given(Pick(["w", "u"]), Pick(["none", "0+3", "1+1,5+90", "600+700", "2040+8", "2040+9"]));
                break;
            case 8:
                story.PinPage(Name('p'), Pick(["w", "u"]), Pick([0L, 1, 6, 620, 2047, -1]));
                break;
            case 9:
                story.Unpin(Name(Pick("pa")));
                break;
            case 10:
                story.Why(Pick(Heaps), Length());
                break;
            case 0:
                story.Fork(other);
                break;
            case 1:
                story.Kill(other);
                break;
            case 2:
                story.Send(other, Name('b'));
                break;
            case 3:
                story.Give(Name('b'));
                break;
            case 4:
                story.Take(Name('b'));
                break;
            case 5:
                story.Take(Name('b'), other);
                break;
            default:
                story.Holders(Name('b'));
                break;
        }
    }

    private string Name(char kind) => $"{kind}{random.Below(4)}";

    private char Pick(string of) => of[(int)random.Below(of.Length)];

    private T Pick<T>(T[] of) => of[random.Below(of.Length)];

    private long Length() => Pick([1L, 4096, 5000, 8192, 40960, 65536, 70000, 300_000, 1 << 20, 3_000_000, 0, 9L << 20]);
}
