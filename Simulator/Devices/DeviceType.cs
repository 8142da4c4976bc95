using System.Collections.Immutable;
using DmaBufSim.Abi;

namespace DmaBufSim.Devices;

/// <summary>
/// A kind of importing device: what its hardware needs, and how its framework reports what goes wrong.
/// </summary>
/// <param name="Name">The word after <c>type=</c>.</param>
/// <param name="Framework">The kernel framework whose import path it follows.</param>
/// <param name="AddressBits">Its DMA mask, where the description gives none.</param>
/// <param name="NeedsContiguous">Whether it needs one run of addresses, where the description says nothing.</param>
/// <param name="HasIommu">Whether it sits behind an IOMMU, where the description says nothing.</param>
/// <param name="ScatteredErrno">What its framework answers to a buffer in several runs of addresses.</param>
/// <param name="MapFailureErrno">
/// What its framework makes of every failure to map; null where it passes the errno on.
/// </param>
/// <param name="UsesVmap">It reaches the bytes through a kernel mapping, without DMA.</param>
public sealed record DeviceType(
    string Name,
    string Framework,
    int AddressBits,
    bool NeedsContiguous,
    bool HasIommu,
    Errno ScatteredErrno,
    Errno? MapFailureErrno,
    bool UsesVmap)
{
    /// <summary>What its hardware does where its configuration is the wrong one for the bytes.</summary>
    public WrongConfiguration Symptom { get; init; }

    /// <summary>Every kind.</summary>
    public static ImmutableArray<DeviceType> All { get; } =
    [
        new("probe", "the dma-buf calls alone", 64, false, false, Errno.EINVAL, null, false),
        new("decoder", "videobuf2 dma-contig", 32, true, false, Errno.EFAULT, Errno.EINVAL, false),
        new("display", "DRM GEM DMA", 32, true, false, Errno.EINVAL, null, false)
        {
            Symptom = WrongConfiguration.Black,
        },
        new("gpu", "DRM GEM shmem", 40, false, true, Errno.EINVAL, null, false)
        {
            Symptom = WrongConfiguration.Zeros,
        },
        new("camera", "videobuf2 dma-contig", 32, true, false, Errno.EFAULT, Errno.EINVAL, false),
        new("cpu", "videobuf2 vmalloc", 64, false, false, Errno.EFAULT, Errno.EFAULT, true),
    ];

    /// <summary>The kind of that name, or null.</summary>
    public static DeviceType? Find(string name)
    {
        foreach (DeviceType type in All)
        {
            if (type.Name == name)
            {
                return type;
            }
        }

        return null;
    }
}

/// <summary>What the hardware of a device does where its configuration is the wrong one for the bytes.</summary>
public enum WrongConfiguration
{
    /// <summary>A bus fault: the job fails.</summary>
    Fault,

    /// <summary>The job seems to succeed: it reads zeros and writes nothing.</summary>
    Zeros,

    /// <summary>A black frame.</summary>
    Black,
}

/// <summary>How a driver learns that a buffer is protected.</summary>
public enum ImporterKnowledge
{
    /// <summary>It need not: its hardware has one configuration for everything.</summary>
    NotNeeded,

    /// <summary>It never learns it.</summary>
    No,

    /// <summary>User space says so when it imports the buffer.</summary>
    Told,

    /// <summary>It asks the exporter when it maps the buffer.</summary>
    Asks,
}
