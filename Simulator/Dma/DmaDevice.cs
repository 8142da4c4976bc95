using DmaBufSim.Security;

namespace DmaBufSim.Dma;

/// <summary>A device as the DMA layer sees it.</summary>
/// <remarks><b>Kernel:</b> the DMA fields of <c>struct device</c>. Every device is cache-coherent.</remarks>
public sealed class DmaDevice
{
    /// <summary>A device without an IOMMU that reaches every address.</summary>
    public DmaDevice(string name, Master master)
    {
        Name = name;
        Master = master;
    }

    /// <summary>The name that bufinfo prints: <c>probe.0</c>.</summary>
    public string Name { get; }

    /// <summary>The master that its accesses carry.</summary>
    public Master Master { get; }

    /// <summary>The highest address that it can put on the bus.</summary>
    public ulong Mask { get; init; } = ulong.MaxValue;

    /// <summary>The longest segment of its engine, in bytes, or null where any length will do.</summary>
    public long? MaxSegment { get; init; }

    /// <summary>Whether it needs one run of addresses.</summary>
    public bool NeedsContiguous { get; init; }

    /// <summary>The IOMMU domain before it, or null.</summary>
    public IommuDomain? Iommu { get; init; }

    /// <summary>Whether what it shows or sends goes over a protected link, or over none at all.</summary>
    public bool LinkIsProtected { get; internal set; } = true;
}

/// <summary>The configuration of a device's hardware for a buffer.</summary>
/// <remarks>Stream ids of the secure configuration are others than those of the non-secure one.</remarks>
public enum DeviceConfiguration
{
    /// <summary>It has one configuration for everything.</summary>
    Either,

    /// <summary>It reaches no protected byte.</summary>
    NonSecure,

    /// <summary>It reaches protected bytes, and writes to no others.</summary>
    Secure,
}
