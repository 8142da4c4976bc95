using DmaBufSim.Abi;
using DmaBufSim.Devices;
using DmaBufSim.Dma;
using DmaBufSim.Engine;
using DmaBufSim.Files;
using DmaBufSim.Machines;
using DmaBufSim.Security;
using DmaBufSim.Tests.Support;

namespace DmaBufSim.Tests.Security;

/// <summary>Random steps of a CPU and several devices on buffers of several heaps, watched by a judge.</summary>
internal sealed class SecretStory
{
    private static readonly string[] Heaps = ["sys", "cma", "video", "pool", "carve", "tee", "rules"];

    private readonly RandomStream random;
    private readonly Machine machine;
    private readonly List<(int Descriptor, Secrets.Known Known)> files = [];
    private readonly List<(Import Import, Secrets.Known Known)> imports = [];
    private readonly List<CpuMapping> mappings = [];
    private readonly List<(KernelMapping Mapping, Secrets.Known Known)> kernel = [];
    private readonly List<Secrets.Known> live = [];

    public SecretStory(ulong seed, Func<MachineDescription, MachineDescription>? judgeBelieves = null)
    {
        random = new RandomStream(seed);
        MachineDescription description = Describe();
        machine = description.Build();
        Judge = new Secrets(judgeBelieves?.Invoke(description) ?? description);
    }

    public Secrets Judge { get; }

    /// <summary>How often each kind of step did something.</summary>
    public int[] Done { get; } = new int[14];

    public void Run(int steps)
    {
        for (int i = 0; i < steps && Judge.Leaks.Count == 0; i++)
        {
            int kind = Below(Done.Length);
            Done[kind] += Step(kind) ? 1 : 0;
            Bury();
        }
    }

    /// <summary>Lets go of everything; no range may stay protected and no buffer may live.</summary>
    public int End()
    {
        kernel.ForEach(held => held.Mapping.Vunmap());
        imports.ForEach(held => held.Import.Detach());
        machine.First.Exit();
        Bury();
        return machine.Buffers.Count + live.Count;
    }

    private bool Step(int kind) => kind switch
    {
        0 or 1 => Alloc(),
        2 => files.Count > 5 && Close(),
        3 => files.Count > 0 && Attach(),
        4 => imports.Count > 0 && imports[Below(imports.Count)].Import.Map((DmaDirection)Below(3)).IsOk,
        5 => imports.Count > 0 && Unmap(),
        6 => imports.Count > 3 && Detach(),
        7 or 8 => imports.Count > 0 && Device(),
        9 => files.Count > 0 && Mmap(),
        10 => mappings.Count > 0 && Cpu(),
        11 => mappings.Count > 0 && Protect(),
        12 => files.Count > 0 && Region(),
        _ => Kernel(),
    };

    private MachineDescription Describe()
    {
        MachineDescription made = Box.Empty with { Memory = 16 << 20 };
        made = made.On(((string[])["6.1", "6.12", "7.3"])[Below(3)]).Area("area", 2 << 20)
            .Heap("sys", "system").Heap("cma", "cma", on: "area")
            .Heap("video", "protected", on: "area", rules: Rules())
            .Heap("pool", "protected", on: "area", size: 128 << 10, rules: Rules())
            .Heap("carve", "carveout", size: 256 << 10, rules: Rules(), options: ("zero", "never"))
            .Heap("tee", "protected", size: 128 << 10).Heap("rules", "system", rules: Rules())
            .Device("decoder", "decoder").Device("display", "display").Device("gpu", "gpu").Device("codec", "cpu")
            .Device(new DeviceDescription("tz", "probe") { Secure = true })
            .Device(new DeviceDescription("probe", "probe") { Iommu = true, Mask = 32 });
        return made;
    }

    private AccessRule[] Rules()
    {
        string[] masters = ["cpu", "cpu", "decoder", "display", "gpu", "tz", "probe"];
        return [.. Enumerable.Range(0, Below(6) + 1).Select(_ => Box.Allow(
            masters[Below(masters.Length)],
            (AccessRights)(Below(3) + 1),
            ((string?[])[null, null, "text", "logo"])[Below(4)]))];
    }

    private bool Alloc()
    {
        string heap = Heaps[Below(Heaps.Length)];
        Result<int> made = machine.TryAlloc(heap, (Below(12) + 1) << 12);
        if (made.IsOk)
        {
            Secrets.Known known = Judge.Made(machine, machine.Buffer(made.Value), heap);
            files.Add((made.Value, known));
            live.Add(known);
        }

        return made.IsOk;
    }

    private bool Close()
    {
        int index = Below(files.Count);
        machine.First.Close(files[index].Descriptor);
        files.RemoveAt(index);
        return true;
    }

    private bool Attach()
    {
        (int descriptor, Secrets.Known known) = files[Below(files.Count)];
        Importer importer = machine.Importers[Below(machine.Importers.Count)];
        Result<Import> made = importer.Attach(machine.Buffer(descriptor), Below(4) == 0);
        if (made.IsOk)
        {
            imports.Add((made.Value, known));
        }

        return made.IsOk;
    }

    private bool Unmap()
    {
        Import import = imports[Below(imports.Count)].Import;
        bool mapped = import.IsMapped;
        import.Unmap();
        return mapped;
    }

    private bool Detach()
    {
        int index = Below(imports.Count);
        imports[index].Import.Detach();
        imports.RemoveAt(index);
        return true;
    }

    private bool Device()
    {
        (Import import, Secrets.Known known) = imports[Below(imports.Count)];
        (long offset, long length) = Range(known.Bytes.Length);
        Master master = import.Importer.Device.Master;
        byte value = Tag();
        bool writes = Below(2) == 0;
        Result<ulong> seen = writes ? 0 : import.Read(offset, length);
        Result done = writes ? import.Fill(offset, length, value) : seen.Status;
        if (done.IsOk || done.Errno == Errno.EACCES)
        {
            Judge.Judge(
                known, master.Name, master.IsSecure, writes ? AccessRights.Write : AccessRights.Read, offset, length,
                done.IsOk);
        }

        if (done.IsOk)
        {
            Settle(known, known.Bytes, master.Name, writes ? value : null, seen.Value, offset, length);
        }

        return done.IsOk;
    }

    private bool Mmap()
    {
        (int descriptor, Secrets.Known known) = files[Below(files.Count)];
        MapType type = Below(4) == 0 ? MapType.Private : MapType.Shared;
        long pages = type == MapType.Private ? 1 : known.Bytes.Length >> 12;
        Result<long> address = machine.Mmap(descriptor, pages << 12, (MapProtection)Below(4), type);
        if (address.IsOk)
        {
            mappings.Add(new CpuMapping(address.Value, known, type == MapType.Private, pages << 12));
        }

        return address.IsOk;
    }

    private bool Protect()
    {
        CpuMapping mapping = mappings[Below(mappings.Count)];
        if (Below(3) > 0)
        {
            return machine.First.Mprotect(mapping.Address, (MapProtection)Below(4)).IsOk;
        }

        mappings.Remove(mapping);
        return machine.First.Munmap(mapping.Address).IsOk;
    }

    private bool Cpu()
    {
        CpuMapping mapping = mappings[Below(mappings.Count)];
        (long offset, long length) = Range(mapping.Length);
        byte value = Tag();
        bool writes = Below(2) == 0;
        Result<ulong> seen = writes ? 0 : machine.First.Hash(mapping.Address, offset, length);
        Result done = writes ? machine.First.Fill(mapping.Address, offset, length, value) : seen.Status;
        if (done.IsOk || done.Errno == Errno.EACCES)
        {
            mapping.Judge(Judge, writes, offset, length, done.IsOk);
        }

        if (done.IsOk)
        {
            Settle(mapping.Known, mapping.Visible, "cpu", writes ? value : null, seen.Value, offset, length);
        }

        return done.IsOk;
    }

    private bool Region()
    {
        (int descriptor, Secrets.Known known) = files[Below(files.Count)];
        (long offset, long length) = Range(known.Bytes.Length);
        string name = Below(2) == 0 ? "text" : "logo";
        bool named = machine.First.DefineRegion(descriptor, name, offset, length).IsOk;
        if (named)
        {
            known.Name(name, offset, length);
        }

        return named;
    }

    private bool Kernel()
    {
        if (kernel.Count > 3)
        {
            kernel[0].Mapping.Vunmap();
            kernel.RemoveAt(0);
        }
        else if (kernel.Count > 0 && Below(2) == 0)
        {
            return KernelBytes();
        }
        else if (files.Count > 0)
        {
            (int descriptor, Secrets.Known known) = files[Below(files.Count)];
            Result<KernelMapping> made = machine.Vmap(machine.First, descriptor);
            if (made.IsOk)
            {
                kernel.Add((made.Value, known));
            }
        }

        return false;
    }

    private bool KernelBytes()
    {
        (KernelMapping mapping, Secrets.Known known) = kernel[Below(kernel.Count)];
        (long offset, long length) = Range(known.Bytes.Length);
        byte value = Tag();
        bool writes = Below(2) == 0;
        Result<ulong> seen = writes ? 0 : mapping.Hash(offset, length);
        Result done = writes ? mapping.Fill(offset, length, value) : seen.Status;
        Judge.Judge(
            known, "cpu", false, writes ? AccessRights.Write : AccessRights.Read, offset, length, done.IsOk);
        if (done.IsOk)
        {
            Settle(known, known.Bytes, "cpu", writes ? value : null, seen.Value, offset, length);
        }

        return done.IsOk;
    }

    private void Settle(
        Secrets.Known known, byte[] bytes, string master, byte? written, ulong seen, long offset, long length)
    {
        Span<byte> touched = bytes.AsSpan((int)offset, (int)length);
        if (written is { } value)
        {
            touched.Fill(value);
        }
        else
        {
            Judge.Saw(known, master, seen, Box.HashOf(touched.ToArray()));
        }
    }

    private void Bury()
    {
        for (int i = live.Count - 1; i >= 0; i--)
        {
            if (live[i].Buffer.References == 0)
            {
                Judge.Gone(machine, live[i]);
                live.RemoveAt(i);
            }
        }
    }

    private (long Offset, long Length) Range(long size)
    {
        int cells = (int)(size / Secrets.Known.Cell);
        int first = Below(cells);
        return ((long)first * Secrets.Known.Cell, (long)(Below(Math.Min(8, cells - first)) + 1) * Secrets.Known.Cell);
    }

    private byte Tag() => (byte)(Below(255) + 1);

    private int Below(int bound) => (int)random.Below(bound);
}
