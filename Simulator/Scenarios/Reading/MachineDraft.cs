using System.Globalization;
using DmaBufSim.Abi;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Memory;
using DmaBufSim.Security;

namespace DmaBufSim.Scenarios.Reading;

/// <summary>
/// The machine as far as its declarations are read, and what can be checked only when all of them are.
/// </summary>
internal sealed class MachineDraft
{
    private const int MaxHeaps = 128;
    private const string DefaultArea = "reserved";
    private const string ProtectedType = "protected";
    private const string DefaultRegion = "default_cma_region";

    private readonly List<(HeapDescription Heap, Place Place, Place On, Place Size)> heaps = [];
    private readonly List<AccessRule> rules = [];

    /// <summary>What the machine line says.</summary>
    public MachineDescription Machine { get; set; } = new();

    /// <summary>What the guard line says.</summary>
    public GuardSettings Guard { get; set; } = new();

    /// <summary>The areas, with the places of their names and of what they say of several ranges.</summary>
    public List<(AreaDescription Area, Place Place, Place Multi)> Areas { get; } = [];

    /// <summary>The devices.</summary>
    public List<DeviceDescription> Devices { get; } = [];

    /// <summary>The places of their names.</summary>
    public List<Place> DevicePlaces { get; } = [];

    /// <summary>The tenants.</summary>
    public List<TenantDescription> Tenants { get; } = [];

    /// <summary>Adds a heap; the rules that follow are its own.</summary>
    public void AddHeap(HeapDescription heap, Place place, Place on, Place size) =>
        heaps.Add((heap, place, on, size));

    /// <summary>A rule of the last heap that gives all that another one would give, or null.</summary>
    public AccessRule? FindRule(AccessRule other) => rules.Find(rule =>
        rule.Master == other.Master
        && (rule.Region is null || rule.Region == other.Region)
        && (rule.Rights & other.Rights) == other.Rights);

    /// <summary>The rules so far belong to the last heap, and those that follow to none yet.</summary>
    public void ClearRules()
    {
        if (rules.Count > 0 && heaps.Count > 0)
        {
            heaps[^1] = heaps[^1] with { Heap = heaps[^1].Heap with { Rules = [.. heaps[^1].Heap.Rules, .. rules] } };
        }

        rules.Clear();
    }

    /// <summary>Adds a rule.</summary>
    public void AddRule(AccessRule rule) => rules.Add(rule);

    /// <summary>Checks the declarations against each other.</summary>
    public MachineDescription Finish(DiagnosticBag bag, DeclaredNames declared)
    {
        ClearRules();
        CheckHeaps(bag, declared);
        CheckProtection(bag);
        CheckMemory(bag);
        return Machine with
        {
            Guard = Guard,
            Areas = [.. Areas.Select(area => area.Area)],
            Heaps = [.. heaps.Select(heap => heap.Heap)],
            Devices = [.. Devices],
            Tenants = [.. Tenants],
        };
    }

    private void CheckHeaps(DiagnosticBag bag, DeclaredNames declared)
    {
        HashSet<string> areas = new(Areas.Select(area => area.Area.Name), StringComparer.Ordinal);
        List<string> declaredAreas = [.. Areas.Select(area => area.Area.Name)];
        int count = 0;
        foreach ((HeapDescription heap, Place place, Place onPlace, _) in heaps)
        {
            if (heap.On is { } on && !declaredAreas.Contains(on))
            {
                string? expected = declaredAreas.Count == 0 ? $"a line `area {on} size=BYTES`" : null;
                bag.AddUnknown(onPlace, "area", on, declaredAreas, expected);
            }

            count++;
            if (heap is { Type: "cma", On: null })
            {
                // The first area that a heap brings is the default one of the machine.
                bool isDefault = areas.Add(DefaultArea);
                if (Machine.Kernel.NamesDefaultCmaRegion && heap.Name == DefaultRegion)
                {
                    count++;
                    if (!isDefault || !declared.AddHeap(DefaultArea))
                    {
                        bag.Add(place, $"this kernel makes a second heap '{DefaultArea}' here, and that name is taken");
                    }
                }

                areas.Add(heap.Name);
            }

            if (count > MaxHeaps)
            {
                bag.Add(place, string.Create(CultureInfo.InvariantCulture, $"a kernel has at most {MaxHeaps} heaps"));
                return;
            }
        }
    }

    // What each line for itself does not show: too many masters, and pools and granules that fit nowhere.
    private void CheckProtection(DiagnosticBag bag)
    {
        bool takesFlags = SecurePolicies.BuiltIn.Any(policy => policy.Name == Machine.Policy && policy.TakesFlags);
        int room = GenericPolicy.MostMasters - 2;
        int[] masters = [.. Enumerable.Range(0, DevicePlaces.Count).Where(i => Devices[i].Type != "cpu")];
        if (takesFlags && masters.Length > room)
        {
            bag.Add(
                DevicePlaces[masters[room]],
                $"the flags of policy={Machine.Policy} have room for {GenericPolicy.MostMasters} masters, "
                    + "with cpu and ta, and this is one more",
                "fewer devices, or another policy=");
        }

        foreach ((HeapDescription heap, Place place, _, Place sized) in heaps.Where(heap =>
            heap.Heap.Type == ProtectedType))
        {
            long? area = Areas.Select(known => known.Area).FirstOrDefault(known => known.Name == heap.On)?.Size;
            if (area is { } whole && heap.Size > PhysicalMemory.InPageblocks(whole) << PhysicalMemory.PageShift)
            {
                bag.Add(
                    sized,
                    $"a pool of {ByteText.Of(heap.Size.Value)} does not fit into the area '{heap.On}'",
                    $"at most {ByteText.Of(whole)}");
            }

            if (Guard.Granule is { } granule && (area ?? heap.Size) is { } memory && granule > memory)
            {
                bag.Add(
                    place,
                    $"the guard draws lines every {ByteText.Of(granule)}, and this heap has {ByteText.Of(memory)}",
                    "a smaller granule=, or more memory");
            }
        }
    }

    // Areas and pools are set aside one after the other, as the machine does it when it is switched on.
    private void CheckMemory(DiagnosticBag bag)
    {
        Memblock memory = new(
            (int)(Machine.Memory >> PhysicalMemory.PageShift),
            Machine.Base >> PhysicalMemory.PageShift,
            Machine.HoleFrames);
        foreach ((AreaDescription area, Place place, Place multi) in Areas)
        {
            if (area.Multi && !Machine.Kernel.CmaHasRanges)
            {
                IEnumerable<string> kernels = KernelProfile.All.Where(kernel => kernel.CmaHasRanges)
                    .Select(kernel => $"kernel={kernel.Name}");
                bag.Add(
                    multi, $"in Linux {Machine.Kernel.Name} an area has one range", string.Join(" or ", kernels));
                return;
            }

            if (!SetAside(bag, memory, area.Size, area.Multi, place, area.Name))
            {
                return;
            }
        }

        foreach ((HeapDescription heap, Place place, _, _) in heaps)
        {
            if (heap is { Size: { } size, On: null } && !SetAside(bag, memory, size, false, place, heap.Name))
            {
                return;
            }
        }
    }

    private bool SetAside(DiagnosticBag bag, Memblock memory, long size, bool multi, Place place, string name)
    {
        long frames = PhysicalMemory.InPageblocks(size);
        FrameRun[] runs = multi ? memory.FindAnywhere(frames) : memory.FindHighest(frames) is { } run ? [run] : [];
        foreach (FrameRun found in runs)
        {
            memory.Remove(found);
        }

        // A size of nothing was told already.
        if (runs.Length > 0 || size == 0)
        {
            return true;
        }

        int longest = memory.Runs.Select(run => run.Count).DefaultIfEmpty().Max();
        string pieces = memory.Runs.Count > 1 ? $", {Bytes(longest)} of them in one run" : "";
        string left = $"{Bytes(memory.Frames)} of the machine's {ByteText.Of(Machine.Memory)} are left{pieces}";
        string above = string.Create(
            CultureInfo.InvariantCulture, $", or into {Memblock.MostRanges} runs that begin above 4GiB");
        bag.Add(
            place,
            $"{QuotedText.Of(name)} needs {ByteText.Of(size)}, and {left}",
            "areas and pools that fit into memory=" + (multi ? above : ""));
        return false;
    }

    private static string Bytes(int frames) => ByteText.Of((long)frames << PhysicalMemory.PageShift);
}
