using System.Collections.Immutable;

namespace DmaBufSim.Security;

/// <summary>A kind of hardware that a description can ask for by name.</summary>
/// <param name="Name">The word after <c>type=</c>.</param>
/// <param name="Summary">What it is and where its numbers come from.</param>
/// <param name="Create">Makes one.</param>
public sealed record GuardType(string Name, string Summary, Func<GuardSettings, Guard> Create)
{
    /// <summary>The word of the hardware that a machine has where nothing is said.</summary>
    public const string Default = "stage2";

    /// <summary>The kinds that come with the library.</summary>
    public static ImmutableArray<GuardType> BuiltIn { get; } =
    [
        new("stage2", "second-stage translation by a hypervisor, page by page", given => new SecondStage(given)),
        new("iommu", "stream ids of an IOMMU; the CPU is not behind it", given => new StreamGuard(given)),
        new("firewall", "an address-range firewall with the numbers of its keys",
            given => new RangeFirewall(given, new RangeLimits(8, 1))),
        new("tzc400", "Arm TZC-400: 8 regions of 4 KiB, masters by NSAID",
            given => new RangeFirewall(given, new RangeLimits(8, 1))),
        new("tzc380", "Arm TZC-380: 16 regions of a power of two from 32 KiB on, in eighths; two worlds",
            given => new RangeFirewall(given, new RangeLimits(16, 1, 8) { InEighths = true, WorldsOnly = true })),
        new("emi-mpu", "MediaTek EMI MPU: 32 regions of 64 KiB, masters by domain",
            given => new RangeFirewall(given, new RangeLimits(32, 16))),
        new("rockchip", "Rockchip DDR firewall, PX30 and RK3288: 8 regions of 1 MiB",
            given => new RangeFirewall(given, new RangeLimits(8, 256))),
        new("none", "nothing enforces", _ => new NoGuard()),
    ];
}
