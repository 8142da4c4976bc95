using System.Collections.Immutable;
using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Devices;
using DmaBufSim.Dma;
using DmaBufSim.Engine;
using DmaBufSim.Fences;
using DmaBufSim.Heaps;
using DmaBufSim.Memory;
using DmaBufSim.Memory.Policies;
using DmaBufSim.Security;
using DmaBufSim.Tracing;

namespace DmaBufSim.Machines;

/// <summary>Builds machines from descriptions.</summary>
/// <param name="heapTypes">The kinds of heaps that descriptions may ask for, each with a name of its own.</param>
/// <param name="policies">What can become of rules, each with a name of its own; null for the built-in ones.</param>
/// <param name="guards">The hardware that can enforce, each with a name of its own; null for the built-in.</param>
/// <param name="cmaPolicies">How areas can be used, each with a name of its own; null for the built-in ones.</param>
public sealed partial class MachineBuilder(
    IEnumerable<HeapType> heapTypes,
    IEnumerable<SecurePolicy>? policies = null,
    IEnumerable<GuardType>? guards = null,
    IEnumerable<CmaPolicyType>? cmaPolicies = null)
{
    /// <summary>The name of the default CMA area.</summary>
    internal const string DefaultAreaName = "reserved";

    // The drivers of the recorded machines had taken the contexts below at boot.
    private const ulong FirstFreeContext = 3;

    private const string DefaultRegionHeapName = "default_cma_region";

    private readonly ImmutableArray<HeapType> heapTypes = Distinct("kinds of heaps", heapTypes, type => type.Name);

    /// <summary>A builder that knows the built-in kinds of heaps.</summary>
    public MachineBuilder()
        : this(HeapType.BuiltIn)
    {
    }

    /// <summary>The kinds of heaps that descriptions may ask for.</summary>
    public ImmutableArray<HeapType> HeapTypes => heapTypes;

    /// <summary>The policies that areas may have.</summary>
    public ImmutableArray<CmaPolicyType> CmaPolicies { get; } =
        Distinct("policies of areas", cmaPolicies ?? CmaPolicyType.BuiltIn, type => type.Name);

    /// <summary>Switches a machine on.</summary>
    /// <exception cref="ArgumentException">The description contradicts itself; the message says where.</exception>
    /// <exception cref="HeapFaultException">A heap of one's own threw while it was made.</exception>
    /// <remarks>
    /// <para>Areas and carveouts are cut from the top of memory downwards, in the order of their declaration.</para>
    /// </remarks>
    public Machine Build(MachineDescription description)
    {
        Trace trace = new();
        PhysicalMemory memory = new(description.Memory, description.Base, trace, description.HoleFrames);
        ImmutableArray<Master> masters = MastersOf(description);
        SecurePolicy answer = FindPolicy(description.Policy);
        if (answer.TakesFlags && masters.Length > GenericPolicy.MostMasters)
        {
            throw new ArgumentException(
                $"policy={answer.Name}: its flags have room for {GenericPolicy.MostMasters} masters, with cpu and ta, "
                    + $"and the machine has {masters.Length}");
        }

        Firewall firewall = MakeFirewall(description.Guard, answer, masters, trace);
        FenceCore fences = new(description.Kernel, trace, new SimClock(), FirstFreeContext);
        MemoryBus bus = new(memory, firewall);
        trace.Ftrace = description.Ftrace ? new Ftrace(fences.Clock) : null;
        MachineParts parts = new(
            trace,
            memory,
            fences,
            new DmaBufList(fences),
            bus,
            masters[0],
            new HeapRegistry(trace))
        {
            Memfds = new MemfdList(memory, description.Kernel, trace) { Reader = (bus, masters[0]) },
            Firewall = firewall,
            Answer = answer,
        };
        foreach (AreaDescription area in description.Areas)
        {
            parts.Areas.Add(MakeArea(description, parts, area));
        }

        DmaMapping mapping = new(memory, trace);
        parts.Udmabuf = new Udmabuf(
            parts.Buffers,
            mapping,
            description.Kernel,
            description.UdmabufSizeLimit ?? (long)description.Kernel.UdmabufSizeLimitMiB << 20,
            description.UdmabufListLimit,
            trace);
        foreach (HeapDescription heap in description.Heaps)
        {
            AddHeap(description, parts, mapping, Place(description, answer, heap));
        }

        foreach (DeviceDescription device in description.Devices)
        {
            parts.Importers.Add(MakeImporter(description, parts, device));
        }

        return new Machine(description, parts);
    }

    private static ImmutableArray<T> Distinct<T>(string what, IEnumerable<T> types, Func<T, string> name)
    {
        ImmutableArray<T> all = [.. types];
        foreach (T type in all)
        {
            if (all.Count(other => name(other) == name(type)) > 1)
            {
                throw new ArgumentException($"two {what} are called '{name(type)}'");
            }
        }

        return all;
    }

    private CmaArea MakeArea(MachineDescription description, MachineParts parts, AreaDescription area)
    {
        string word = area.Policy ?? description.CmaPolicy;
        CmaPolicyType policy = CmaPolicies.FirstOrDefault(known => known.Name == word)
            ?? throw new ArgumentException($"area '{area.Name}': unknown policy '{word}'");
        if (area.Multi && !description.Kernel.CmaHasRanges)
        {
            throw new ArgumentException(
                $"area '{area.Name}': in Linux {description.Kernel.Name} an area has one range");
        }

        FrameRun[] ranges = area.Multi
            ? Fitting(parts.Memory.ReservePieces(area.Size), area.Size, area.Name)
            : [Reserve(parts, area.Size, area.Name)];
        CmaArea made = new(
            area.Name,
            parts.Memory,
            ranges,
            description.Kernel,
            parts.Trace,
            area.OrderPerBit,
            area.MaxAlignment,
            policy.Create());
        if (area.Multi)
        {
            made.NoteReserved(area.Size);
        }

        made.Activate();
        return made;
    }

    private static FrameRun Reserve(MachineParts parts, long size, string name) =>
        Fitting(parts.Memory.Reserve(size), size, name);

    private static T Fitting<T>(Result<T> reserved, long size, string name) => reserved.IsOk
        ? reserved.Value
        : throw new ArgumentException($"'{name}': {size} bytes do not fit into the memory that is left");

    private static Importer MakeImporter(
        MachineDescription machine, MachineParts parts, DeviceDescription description)
    {
        DeviceType type = DeviceType.Find(description.Type)
            ?? throw new ArgumentException($"device '{description.Name}': unknown type '{description.Type}'");
        int bits = description.Mask ?? type.AddressBits;
        Master master = type.UsesVmap
            ? parts.Cpu
            : parts.Firewall.Masters.First(known => known.Name == description.Name);
        DmaDevice device = new(DeviceName(description.Name), master)
        {
            Mask = bits >= 64 ? ulong.MaxValue : (1UL << bits) - 1,
            MaxSegment = description.MaxSegment,
            NeedsContiguous = description.Contiguous ?? type.NeedsContiguous,
            Iommu = description.Iommu ?? type.HasIommu ? new IommuDomain(parts.Trace) : null,
        };
        Importer importer = new(description.Name, type, device, parts.Bus, parts.Trace)
        {
            Knowledge = description.Knows ?? machine.Knows ?? ImporterKnowledge.NotNeeded,
        };
        if (description.LinkIsProtected == false)
        {
            importer.SetLink(isProtected: false);
        }

        return importer;
    }

    // A platform device is called name.number.
    private static string DeviceName(string name)
    {
        int digits = name.Length;
        while (digits > 0 && char.IsAsciiDigit(name[digits - 1]))
        {
            digits--;
        }

        return digits > 0 && digits < name.Length ? $"{name[..digits]}.{name[digits..]}" : name;
    }

    private void AddHeap(
        MachineDescription machine, MachineParts parts, DmaMapping mapping, HeapDescription heap)
    {
        HeapType type = heapTypes.FirstOrDefault(known => known.Name == heap.Type)
            ?? throw new ArgumentException($"heap '{heap.Name}': unknown type '{heap.Type}'");
        HeapContext context = new(
            heap.Name, parts.Memory, parts.Buffers, mapping, parts.Firewall, parts.Cpu, machine.Kernel, parts.Trace)
        {
            Answer = parts.Answer,
            Size = heap.Size,
            Rules = heap.Rules,
            Options = heap.Options,
        };
        if (heap.On is { } on)
        {
            context = context with
            {
                Area = parts.Areas.Find(area => area.Name == on)
                    ?? throw new ArgumentException($"heap '{heap.Name}': there is no area '{on}'"),
            };
        }
        else if (heap.Size is { } size && heap.Type == "cma")
        {
            string name = parts.Areas.Exists(area => area.Name == DefaultAreaName) ? heap.Name : DefaultAreaName;
            CmaArea area = MakeArea(machine, parts, new AreaDescription(name, size));
            parts.Areas.Add(area);
            context = context with { Area = area };
        }
        else if (heap.Size is { } carved)
        {
            bool mayBeMissing = heap.Type == ProtectedType && parts.Answer.Memory == SecureMemory.Carveout;
            context = mayBeMissing && !parts.Memory.CanReserve(carved)
                ? context with { CarveoutIsMissing = true }
                : context with { Carveout = Reserve(parts, carved, heap.Name) };
        }

        Register(parts, Create(type, context));
        if (machine.Kernel.NamesDefaultCmaRegion && heap is { Name: DefaultRegionHeapName, On: null, Type: "cma" })
        {
            Register(parts, Create(type, context with { Name = context.Area!.Name }));
        }
    }

    private static DmaHeap Create(HeapType type, HeapContext context)
    {
        try
        {
            return type.Create(context);
        }
        catch (ArgumentException exception)
        {
            throw new ArgumentException($"heap '{context.Name}': {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is not Engine.InvariantException)
        {
            throw new HeapFaultException($"the heap '{context.Name}' cannot be made: {exception.Message}", exception);
        }
    }

    private static void Register(MachineParts parts, DmaHeap heap)
    {
        Result added = parts.Heaps.Add(heap);
        if (!added.IsOk)
        {
            throw new ArgumentException($"heap '{heap.Name}': {ReasonText.Of(added.Reason).Meaning}");
        }
    }
}

/// <summary>The parts of a machine while it is built.</summary>
internal sealed record MachineParts(
    Trace Trace,
    PhysicalMemory Memory,
    FenceCore Fences,
    DmaBufList Buffers,
    MemoryBus Bus,
    Master Cpu,
    HeapRegistry Heaps)
{
    public List<CmaArea> Areas { get; } = [];

    public required MemfdList Memfds { get; init; }

    public required Firewall Firewall { get; init; }

    public required SecurePolicy Answer { get; init; }

    public Udmabuf Udmabuf { get; set; } = null!;

    public List<Importer> Importers { get; } = [];
}
