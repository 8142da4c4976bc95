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

    private static readonly ImmutableArray<string> OfFirewalls =
        ["regions", "granule", "smallest", "latency", "share", "shared", "violation"];

    /// <summary>The settings that this kind knows; null where it reads whatever it is given.</summary>
    public ImmutableArray<string>? Keys { get; init; }

    /// <summary>Whether it has masters that it cannot tell apart also where none is said to share an id.</summary>
    public bool JoinsMasters { get; init; }

    /// <summary>The kinds that come with the library.</summary>
    public static ImmutableArray<GuardType> BuiltIn { get; } =
    [
        new("stage2", "second-stage translation by a hypervisor, page by page", given => new SecondStage(given))
        {
            Keys = ["latency", "per_page", "violation"],
        },
        new("iommu", "stream ids of an IOMMU; the CPU is not behind it", given => new StreamGuard(given))
        {
            Keys = ["regions", "latency", "per_page", "violation"],
        },
        Firewall("firewall", "an address-range firewall with the numbers of its keys", new RangeLimits(8, 1)),
        Firewall("tzc400", "Arm TZC-400: 8 regions of 4 KiB, masters by NSAID", new RangeLimits(8, 1)),
        Firewall("tzc380", "Arm TZC-380: 16 regions of a power of two from 32 KiB on, in eighths; two worlds",
            new RangeLimits(16, 1, 8) { InEighths = true, WorldsOnly = true }),
        Firewall("emi-mpu", "MediaTek EMI MPU: 32 regions of 64 KiB, masters by domain", new RangeLimits(32, 16)),
        Firewall("rockchip", "Rockchip DDR firewall, PX30 and RK3288: 8 regions of 1 MiB", new RangeLimits(8, 256)),
        new("none", "nothing enforces", _ => new NoGuard()) { Keys = ["violation"] },
    ];

    private static GuardType Firewall(string name, string summary, RangeLimits limits) =>
        new(name, summary, given => new RangeFirewall(given, limits))
        {
            Keys = OfFirewalls,
            JoinsMasters = limits.WorldsOnly,
        };
}
