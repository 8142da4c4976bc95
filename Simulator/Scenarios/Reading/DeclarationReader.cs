using System.Collections.Immutable;
using DmaBufSim.Abi;
using DmaBufSim.Devices;
using DmaBufSim.Machines;
using DmaBufSim.Memory;
using DmaBufSim.Security;

namespace DmaBufSim.Scenarios.Reading;

/// <summary>Reads the lines that describe the machine, except those of heaps.</summary>
internal sealed partial class DeclarationReader(
    DiagnosticBag bag, LineWords words, MachineDraft draft, DeclaredNames declared, Vocabulary vocabulary)
{
    private const long MaxMemory = 1L << 40;
    private const long MemoryUnit = 4L << 20;
    private const long MaxBase = 1L << 52;
    private const string MemoryShape = "a multiple of 4MiB, up to 1024GiB";
    private const string BaseShape = "a multiple of 4MiB, up to 4194304GiB";

    private static readonly ImmutableArray<string> MachineKeys =
        [
            "memory", "kernel", "seed", "base", "holes", "nofile", "udmabuf_size", "udmabuf_list", "policy", "knows",
            "cma_policy", "cma_lock", "ftrace",
        ];
    private static readonly ImmutableArray<string> LockWords =
        [.. Enum.GetNames<CmaLock>().Select(name => name.ToLowerInvariant())];
    private static readonly ImmutableArray<string> AreaKeys = ["size", "order_per_bit", "max_align", "policy", "multi"];
    private static readonly ImmutableArray<string> DeviceKeys =
        ["type", "mask", "contiguous", "max_segment", "iommu", "secure", "knows", "link"];
    private static readonly ImmutableArray<string> Kernels = [.. KernelProfile.All.Select(kernel => kernel.Name)];
    private static readonly ImmutableArray<string> DeviceTypes = [.. DeviceType.All.Select(type => type.Name)];

    private readonly DeclarationKeys keys = new(bag, words);
    private readonly HashSet<string> areas = new(StringComparer.Ordinal);
    private bool sawMachine;

    /// <summary>Reads a machine line.</summary>
    public void ReadMachine()
    {
        if (sawMachine)
        {
            bag.Add(words.At(0), "the machine is described twice");
            return;
        }

        sawMachine = true;
        keys.Read(1);
        keys.Allow(MachineKeys);
        MachineDescription machine = draft.Machine;
        draft.Machine = machine with
        {
            Memory = Multiple("memory", MemoryUnit, MaxMemory, MemoryShape) ?? machine.Memory,
            Base = Multiple("base", 0, MaxBase, BaseShape) ?? machine.Base,
            MaxDescriptors = (int?)keys.Number("nofile", 1, 1 << 20, "1 to 1048576") ?? machine.MaxDescriptors,
            UdmabufSizeLimit = UdmabufSize() ?? machine.UdmabufSizeLimit,
            UdmabufListLimit = (int?)keys.Number("udmabuf_list", 0, int.MaxValue, "0 to 2147483647")
                ?? machine.UdmabufListLimit,
            CmaPolicy = keys.OneOf("cma_policy", "policy", vocabulary.CmaPolicies) ?? machine.CmaPolicy,
            CmaLock = keys.OneOf("cma_lock", "lock", LockWords) is { } word
                ? (CmaLock)LockWords.IndexOf(word)
                : machine.CmaLock,
            Ftrace = keys.YesOrNo("ftrace") ?? machine.Ftrace,
            Seed = Seed() ?? machine.Seed,
            Kernel = Kernel() ?? machine.Kernel,
            Policy = keys.OneOf("policy", "policy", vocabulary.Policies) ?? machine.Policy,
            Knows = Knows() ?? machine.Knows,
        };
        draft.Machine = draft.Machine with { Holes = Holes(draft.Machine) };
    }

    /// <summary>Reads an area line.</summary>
    public void ReadArea()
    {
        if (words.Count < 2)
        {
            bag.Add(words.After(0), "the area has no name", "area NAME size=BYTES [order_per_bit=N] [max_align=N]");
            return;
        }

        string name = words[1].ToString();
        keys.Read(2);
        keys.Allow(AreaKeys);
        if (!areas.Add(name))
        {
            bag.Add(words.At(1), $"the area {QuotedText.Of(name)} is declared twice");
            return;
        }

        if (!keys.Has("size"))
        {
            bag.Add(words.After(words.Count - 1), "the area has no size", "size=BYTES");
        }

        long size = keys.Number("size", 1, MaxMemory, "1 byte to 1024GiB") ?? 0;
        int order = (int)(keys.Number("order_per_bit", 0, 9, "0 to 9") ?? 0);
        int alignment = (int)(keys.Number("max_align", 0, CmaArea.LargestAlignment, "0 to 12") ?? 8);
        string? policy = keys.OneOf("policy", "policy", vocabulary.CmaPolicies);
        bool multi = keys.YesOrNo("multi") ?? false;
        draft.Areas.Add(
            (new AreaDescription(name, size, order, alignment, policy, multi), words.At(1), keys.At("multi")));
    }

    /// <summary>Reads a device line.</summary>
    public void ReadDevice()
    {
        if (words.Count < 2)
        {
            bag.Add(words.After(0), "the device has no name", "device NAME [type=TYPE]");
            return;
        }

        string name = words[1].ToString();
        keys.Read(2);
        keys.Allow(DeviceKeys);
        if (!declared.AddDevice(name))
        {
            bag.Add(words.At(1), $"the device {QuotedText.Of(name)} is declared twice");
            return;
        }

        if (name == Master.Ta.Name)
        {
            bag.Add(words.At(1), "the trusted application is called 'ta'", "another name");
        }

        string? type = keys.Has("type") ? keys.Text("type") : DeviceNames.DefaultType(name);
        if (!keys.Has("type") && type is null)
        {
            bag.Add(words.After(1), $"the name {QuotedText.Of(name)} does not tell the device's type",
                "type=" + string.Join('|', DeviceTypes), bag.Suggest(name, DeviceTypes));
        }
        else if (type is not null && DeviceType.Find(type) is null)
        {
            bag.AddUnknown(keys.At("type"), "device type", type, DeviceTypes);
        }

        if (keys.Has("link") && type is ("decoder" or "camera" or "cpu"))
        {
            bag.Add(keys.At("link"), $"a device of type {type} has no link to a screen", "type=display, gpu or probe");
        }

        if (type == "cpu" && keys.Has("secure"))
        {
            bag.Add(
                keys.At("secure"),
                "a device of type cpu moves bytes with the CPU, which is not secure",
                "another type");
        }

        draft.DevicePlaces.Add(words.At(1));
        draft.Devices.Add(new DeviceDescription(name, type ?? "")
        {
            Mask = (int?)keys.Number("mask", 1, 64, "1 to 64 bits"),
            Contiguous = keys.YesOrNo("contiguous"),
            MaxSegment = keys.Number("max_segment", 1, long.MaxValue, "at least 1 byte"),
            Iommu = keys.YesOrNo("iommu"),
            Secure = keys.YesOrNo("secure"),
            Knows = Knows(),
            LinkIsProtected = keys.OneOf("link", "state of a link", LinkStates) is { } link
                ? link == "protected"
                : null,
        });
    }

    private long? Multiple(string key, long min, long max, string shape)
    {
        long? value = keys.Number(key, min, max, shape);
        if (value is null or 0 || value % MemoryUnit == 0)
        {
            return value;
        }

        bag.Add(keys.At(key), $"{key}={keys.Text(key)} is not a multiple of 4MiB", shape);
        return null;
    }

    private ImmutableArray<MemoryHole> Holes(MachineDescription machine)
    {
        const string Shape = "ADDRESS+BYTES,... in ascending order, multiples of 4MiB";
        if (keys.Text("holes") is not { } text)
        {
            return [];
        }

        List<MemoryHole> holes = [];
        long free = machine.Base;
        long top = machine.Base + machine.Memory;
        foreach (string hole in text.Split(','))
        {
            int plus = hole.IndexOf('+', StringComparison.Ordinal);
            if (plus < 0
                || !NumberText.TryParse(hole.AsSpan(0, plus), out long address)
                || !NumberText.TryParse(hole.AsSpan(plus + 1), out long bytes)
                || address % MemoryUnit != 0 || bytes % MemoryUnit != 0 || address < free || bytes <= 0)
            {
                string problem = $"{QuotedText.Of(hole)} is no hole of whole 4MiB above the one before";
                bag.Add(keys.At("holes"), problem, Shape);
                return [];
            }

            if (address > top - bytes)
            {
                string memory = $"{ByteText.Of(machine.Memory)} from {ByteText.Of(machine.Base)} on";
                bag.Add(keys.At("holes"), $"the hole {QuotedText.Of(hole)} is not inside memory", memory);
                return [];
            }

            holes.Add(new MemoryHole(address, bytes));
            free = address + bytes;
        }

        return [.. holes];
    }

    // The parameter is an int, and counts MiB.
    private long? UdmabufSize()
    {
        const string Shape = "a multiple of 1MiB, up to 2147483647MiB";
        long? size = keys.Number("udmabuf_size", 0, (long)int.MaxValue << 20, Shape);
        if (size is null || size % (1 << 20) == 0)
        {
            return size;
        }

        bag.Add(keys.At("udmabuf_size"), $"udmabuf_size={keys.Text("udmabuf_size")} is not a multiple of 1MiB", Shape);
        return null;
    }

    private ulong? Seed()
    {
        const string Shape = "0 to 18446744073709551615";
        if (keys.Text("seed") is not { } text)
        {
            return null;
        }

        if (text[0] != '-' && NumberText.TryParse(text, out long bits))
        {
            return unchecked((ulong)bits);
        }

        bag.Add(keys.At("seed"), $"{QuotedText.Of(text)} is no seed", Shape);
        return null;
    }

    private KernelProfile? Kernel()
    {
        if (keys.Text("kernel") is not { } text)
        {
            return null;
        }

        KernelProfile? kernel = KernelProfile.Find(text);
        if (kernel is null)
        {
            bag.AddUnknown(keys.At("kernel"), "kernel", text, Kernels);
        }

        return kernel;
    }
}
