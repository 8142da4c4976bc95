using DmaBufSim.Devices;

namespace DmaBufSim.Scenarios;

/// <summary>What a device's name says about its type.</summary>
internal static class DeviceNames
{
    /// <summary>The type of a device that names none: its own name, or that without the digits at its end; null where neither is a type.</summary>
    public static string? DefaultType(string name) =>
        DeviceType.Find(name)?.Name ?? DeviceType.Find(name.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9'))?.Name;
}
