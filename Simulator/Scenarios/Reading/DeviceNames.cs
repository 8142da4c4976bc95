using DmaBufSim.Devices;

namespace DmaBufSim.Scenarios.Reading;

/// <summary>What a device's name says about its type.</summary>
internal static class DeviceNames
{
    private const string Digits = "0123456789";

    /// <summary>
    /// The type of a device that names none: its own name, or that without the digits at its end; null where neither
    /// is a type.
    /// </summary>
    public static string? DefaultType(string name) =>
        DeviceType.Find(name)?.Name ?? DeviceType.Find(name.AsSpan().TrimEnd(Digits).ToString())?.Name;
}
