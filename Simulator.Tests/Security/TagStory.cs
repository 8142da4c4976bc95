using DmaBufSim.Abi;
using DmaBufSim.Devices;
using DmaBufSim.Dma;
using DmaBufSim.Engine;
using DmaBufSim.Files;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Security;
using DmaBufSim.Tests.Support;

namespace DmaBufSim.Tests.Security;

/// <summary>
/// Random steps of a hostile process and of devices. Whatever is written into a buffer of a use is the tag of that use,
/// so a byte says by itself where it comes from, however it was copied.
/// </summary>
internal sealed class TagStory
{
    private const int Size = 16 << 10;
    private const byte CpuTag = 1;

    private static readonly string[] Heaps = ["video", "ui", "record", "plain"];
    private static readonly byte[] Tags = [0x80, 0x40, 0x20, 2];
    private static readonly string[] Devices = ["decoder", "display", "camera", "gpu"];

    private readonly RandomStream random;
    private readonly Machine machine;
    private readonly List<(int Descriptor, byte Tag)> files = [];
    private readonly List<(Import Import, byte Tag)> imports = [];
    private readonly List<long> mappings = [];
    private readonly List<KernelMapping> kernel = [];

    public TagStory(ulong seed, SecurePolicy policy, GuardSettings guard)
    {
        random = new RandomStream(seed);
        MachineDescription description = (Box.Empty with { Policy = policy.Name, Guard = guard })
            .Area("area", 12 << 20)
            .Heap(Protected("video", Box.Allow("decoder", AccessRights.Write), Box.Allow("display", AccessRights.Read),
                Box.Allow("cpu", AccessRights.Write, "text")))
            .Heap(Protected("ui", Box.Allow("ta", AccessRights.ReadWrite), Box.Allow("display", AccessRights.Read)))
            .Heap(Protected("record", Box.Allow("camera", AccessRights.Write),
                Box.Allow("gpu", AccessRights.ReadWrite), Box.Allow("cpu", AccessRights.Read)))
            .Heap("plain", "cma", size: 4 << 20);
        foreach (string device in Devices)
        {
            description = description.Device(device, device);
        }

        machine = new MachineBuilder(HeapType.BuiltIn, [policy]).Build(description);
    }

    /// <summary>Who saw what it must not see.</summary>
    public List<string> Leaks { get; } = [];

    /// <summary>How often each kind of step did something.</summary>
    public int[] Done { get; } = new int[16];

    public ProtectionCounters Counters => machine.Firewall.Counters;

    public void Run(int steps)
    {
        for (int i = 0; i < steps && Leaks.Count == 0; i++)
        {
            int kind = Below(Done.Length);
            Done[kind] += Step(kind) ? 1 : 0;
        }
    }

    /// <summary>Everybody lets go; nothing may stay allocated.</summary>
    public int End()
    {
        kernel.ForEach(held => held.Vunmap());
        imports.ForEach(held => held.Import.Detach());
        machine.First.Exit();
        return machine.Buffers.Count + (int)machine.Areas[0].UsedPages;
    }

    private static HeapDescription Protected(string name, params AccessRule[] rules) =>
        new(name, "protected") { On = "area", Peak = 2 << 20, Rules = [.. rules] };

    private bool Step(int kind) => kind switch
    {
        0 => Alloc(),
        1 => files.Count > 6 && Take(files, file => machine.First.Close(file.Descriptor)),
        2 or 3 => files.Count > 0 && Attach(),
        4 => imports.Count > 0 && Any(imports).Import.Map((DmaDirection)Below(3)).IsOk,
        5 => imports.Count > 0 && Any(imports).Import is { IsMapped: true } import && Unmap(import),
        6 => imports.Count > 8 && Take(imports, held => held.Import.Detach()),
        7 => imports.Count > 0 && Write(),
        8 => imports.Count > 0 && Read(),
        9 => imports.Count > 0
            && Any(imports).Import.CopyTo(Any(imports).Import, Place(), Place(), 4096).IsOk,
        10 => files.Count > 0 && Mmap(),
        11 => mappings.Count > 0 && Cpu(),
        12 => files.Count > 0 && Region(),
        13 => files.Count > 0 && Ta(),
        14 => Stale(),
        _ => Kernel(),
    };

    private bool Alloc()
    {
        int heap = Below(Heaps.Length);
        Result<int> made = machine.TryAlloc(Heaps[heap], Size);
        if (made.IsOk)
        {
            files.Add((made.Value, Tags[heap]));
        }

        return made.IsOk;
    }

    private bool Attach()
    {
        (int descriptor, byte tag) = Any(files);
        Result<Import> made = machine.TryAttach(Devices[Below(Devices.Length)], descriptor);
        if (made.IsOk)
        {
            imports.Add((made.Value, tag));
        }

        return made.IsOk;
    }

    private static bool Unmap(Import import)
    {
        import.Unmap();
        return true;
    }

    private bool Write()
    {
        (Import import, byte tag) = Any(imports);
        return import.Fill(Place(), 4096, tag).IsOk;
    }

    private bool Read()
    {
        Import import = Any(imports).Import;
        int place = Place();
        bool read = import.Read(place, 4096).IsOk;
        if (read)
        {
            See(import.Importer.Name, import.Peek(place).Value);
        }

        return read;
    }

    private bool Mmap()
    {
        MapType type = Below(4) == 0 ? MapType.Private : MapType.Shared;
        Result<long> made = machine.Mmap(
            Any(files).Descriptor, type == MapType.Private ? 4096 : Size, (MapProtection)Below(4), type);
        if (made.IsOk)
        {
            mappings.Add(made.Value);
        }

        return made.IsOk;
    }

    private bool Cpu()
    {
        long mapping = Any(mappings);
        machine.First.Mprotect(mapping, (MapProtection)Below(4));
        int place = Below(3) == 0 ? Place() : 0;
        if (Below(3) == 0)
        {
            return machine.First.Fill(mapping, place, 64, CpuTag).IsOk;
        }

        Result<byte> seen = machine.First.Peek(mapping, place);
        if (seen.IsOk)
        {
            See("cpu", seen.Value);
        }

        return seen.IsOk;
    }

    private bool Region() => machine.First.DefineRegion(Any(files).Descriptor, "text", Place(), 4096).IsOk;

    private bool Ta()
    {
        (int descriptor, byte tag) = Any(files);
        var buffer = machine.Buffer(descriptor);
        switch (Below(3))
        {
            case 0:
                return machine.Ta.Write(buffer, Place(), 4096, tag).IsOk;
            case 1:
                return machine.Ta.Copy(buffer, Place(), machine.Buffer(Any(files).Descriptor), Place(), 4096).IsOk;
            default:
                bool read = machine.Ta.Read(buffer, 0, 64).IsOk;
                See("ta", read ? machine.Ta.Peek(buffer, 0) : (byte)0);
                return read;
        }
    }

    private bool Stale()
    {
        Importer importer = machine.FindImporter(Devices[Below(Devices.Length)])!;
        Result<StaleBytes> seen = machine.StaleRead(importer, Place(), 64);
        if (seen.IsOk)
        {
            See(importer.Name, seen.Value.First ?? 0);
        }

        return seen.IsOk;
    }

    private bool Kernel()
    {
        if (kernel.Count > 2)
        {
            return Take(kernel, held => held.Vunmap());
        }

        if (kernel.Count > 0 && Below(2) == 0)
        {
            Result<byte> seen = Any(kernel).Peek(Place());
            if (seen.IsOk)
            {
                See("cpu", seen.Value);
            }

            return seen.IsOk;
        }

        if (Below(8) == 0)
        {
            machine.FindImporter("display")!.SetLink(Below(2) == 0);
        }

        Result<KernelMapping> made = files.Count == 0
            ? default(Result).As<KernelMapping>()
            : machine.Vmap(machine.First, Any(files).Descriptor);
        if (made.IsOk && files.Count > 0)
        {
            kernel.Add(made.Value);
        }

        return made.IsOk;
    }

    private void See(string master, byte value)
    {
        int use = Array.IndexOf(Tags, value);
        if (use < 0 || Heaps[use] == "plain")
        {
            return;
        }

        AccessPolicy rules = new(machine.Description.Heaps.Single(heap => heap.Name == Heaps[use]).Rules);
        Master who = machine.Firewall.Masters.Single(known => known.Name == master);
        if ((rules.Granted(who) & AccessRights.Read) == 0)
        {
            Leaks.Add($"{master} saw a byte of {Heaps[use]}");
        }
    }

    private bool Take<T>(List<T> from, Action<T> letGo)
    {
        int index = Below(from.Count);
        letGo(from[index]);
        from.RemoveAt(index);
        return true;
    }

    private T Any<T>(List<T> of) => of[Below(of.Count)];

    private int Place() => Below(Size >> 12) << 12;

    private int Below(int bound) => (int)random.Below(bound);
}
