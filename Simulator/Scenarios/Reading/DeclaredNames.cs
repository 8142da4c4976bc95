using DmaBufSim.Devices;
using DmaBufSim.Machines;

namespace DmaBufSim.Scenarios.Reading;

/// <summary>How a device's name is used.</summary>
internal enum DeviceUse
{
    /// <summary>A step needs the device.</summary>
    Step,

    /// <summary>An access rule names a master.</summary>
    Rule,

    /// <summary>A verdict names a master.</summary>
    Verdict,
}

/// <summary>
/// The heaps and devices that lines name, compared with those that are declared once all lines are read.
/// </summary>
internal sealed class DeclaredNames
{
    private const string Cpu = "cpu";
    private const string Ta = "ta";

    private readonly HashSet<string> heaps = new(StringComparer.Ordinal);
    private readonly List<string> heapsInOrder = [];
    private readonly HashSet<string> devices = new(StringComparer.Ordinal);
    private readonly List<string> devicesInOrder = [];
    private readonly List<(string Name, Place Place)> heapUses = [];
    private readonly List<(string Name, Place Place, DeviceUse Use)> deviceUses = [];
    private Place? tenantUse;

    /// <summary>Declares a heap.</summary>
    /// <returns>Whether the name is new.</returns>
    public bool AddHeap(string name)
    {
        if (!heaps.Add(name))
        {
            return false;
        }

        heapsInOrder.Add(name);
        return true;
    }

    /// <summary>Declares a device.</summary>
    /// <returns>Whether the name is new.</returns>
    public bool AddDevice(string name)
    {
        if (!devices.Add(name))
        {
            return false;
        }

        devicesInOrder.Add(name);
        return true;
    }

    /// <summary>A line needs a heap.</summary>
    public void UseHeap(string name, Place place)
    {
        if (!heaps.Contains(name))
        {
            heapUses.Add((name, place));
        }
    }

    /// <summary>A line names a device or a master.</summary>
    public void UseDevice(string name, Place place, DeviceUse use)
    {
        if (!devices.Contains(name))
        {
            deviceUses.Add((name, place, use));
        }
    }

    /// <summary>A line needs that there are tenants.</summary>
    public void UseTenants(Place place) => tenantUse ??= place;

    /// <summary>Reports the first line that needs tenants where there are none.</summary>
    public void ReportTenants(DiagnosticBag bag, bool hasTenants)
    {
        if (tenantUse is { } place && !hasTenants)
        {
            bag.Add(place, "nothing lives in the background", "a line `tenant NAME` among the declarations");
        }
    }

    /// <summary>Reports heaps that are not declared.</summary>
    public void ReportHeaps(DiagnosticBag bag)
    {
        foreach ((string name, Place place) in heapUses)
        {
            if (!heaps.Contains(name))
            {
                string? expected = heapsInOrder.Count == 0 ? "a line `heap NAME` among the declarations" : null;
                bag.AddUnknown(place, "heap", name, heapsInOrder, expected);
            }
        }
    }

    /// <summary>Reports devices that are not declared.</summary>
    /// <param name="bag">Where to.</param>
    /// <param name="implied">
    /// Takes the devices that need no declaration, because their name is a type; null where there are none such.
    /// </param>
    public void ReportDevices(DiagnosticBag bag, List<DeviceDescription>? implied)
    {
        List<string> candidates = [.. devicesInOrder];
        if (implied is not null)
        {
            candidates.AddRange(DeviceType.All.Select(type => type.Name).Where(name => !devices.Contains(name)));
        }

        foreach ((string name, Place place, DeviceUse use) in deviceUses)
        {
            if (devices.Contains(name) || (name is Cpu or Ta && use != DeviceUse.Step))
            {
                continue;
            }

            if (implied is null || DeviceType.Find(name) is null)
            {
                string? expected = implied is not null && DeviceNames.DefaultType(name) is not null
                    ? $"a line `device {name}` among the declarations"
                    : null;
                bag.AddUnknown(place, "device", name, candidates, expected);
            }
            else if (use != DeviceUse.Verdict)
            {
                devices.Add(name);
                implied.Add(new DeviceDescription(name, name));
            }
        }
    }
}
