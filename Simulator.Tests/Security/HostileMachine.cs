using System.Collections.Immutable;
using DmaBufSim.Engine;
using DmaBufSim.Machines;
using DmaBufSim.Security;

namespace DmaBufSim.Tests.Security;

/// <summary>A small machine with random rules for three uses, as far as its hardware can keep them.</summary>
internal static class HostileMachine
{
    /// <summary>The hardware on which a policy keeps its promise: all that enforces.</summary>
    public static ImmutableArray<string> Guards { get; } =
        [.. GuardType.BuiltIn.Select(type => type.Name).Where(name => name != "none")];

    /// <summary>The machine on which a program of that number is played.</summary>
    public static MachineDescription For(ulong seed, string policy) =>
        For(seed, policy, Guards[(int)(seed % (ulong)Guards.Length)]);

    /// <summary>The same on hardware of a kind.</summary>
    public static MachineDescription For(ulong seed, string policy, string guard)
    {
        RandomStream random = new RandomStream(seed).Fork("machine");
        bool? worlds = guard == "tzc380" ? true : null;
        bool? behind = guard == "iommu" ? true : null;
        ImmutableArray<AccessRule> Rules() => guard switch
        {
            "tzc380" => OfWorlds(random),
            _ => OfAnybody(random, ["cpu", "ta", "decoder", "display", "gpu", "camera"]),
        };
        return new MachineDescription
        {
            Memory = 32L << 20,
            Policy = policy,
            Guard = new GuardSettings(guard) { Response = (GuardResponse)(random.Below(4) % 3) },
            Areas = [new AreaDescription("cma0", 8L << 20)],
            Heaps =
            [
                new HeapDescription("video", "protected") { On = "cma0", Peak = 1L << 20, Rules = Rules() },
                new HeapDescription("ui", "protected") { On = "cma0", Peak = 1L << 20, Rules = Rules() },
                new HeapDescription("carve", "carveout")
                {
                    Size = 2L << 20,
                    Rules = Rules(),
                    Options = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal)
                        .Add("zero", "never"),
                },
                new HeapDescription("plain", "cma") { On = "cma0" },
                new HeapDescription("system", "system"),
            ],
            Devices =
            [
                new DeviceDescription("decoder", "decoder") { Iommu = behind },
                new DeviceDescription("display", "display") { Iommu = behind, Secure = worlds },
                new DeviceDescription("gpu", "gpu") { Iommu = behind, Secure = worlds },
                new DeviceDescription("camera", "camera") { Iommu = behind },
                new DeviceDescription("codec", "cpu"),
            ],
        };
    }

    private static ImmutableArray<AccessRule> OfAnybody(RandomStream random, string[] masters)
    {
        ImmutableArray<AccessRule>.Builder rules = ImmutableArray.CreateBuilder<AccessRule>();
        foreach (string master in masters)
        {
            AccessRights rights = (AccessRights)random.Below(4);
            if (rights != AccessRights.None && random.Below(3) > 0)
            {
                rules.Add(new AccessRule(master, rights, random.Below(4) == 0 ? "text" : null));
            }
        }

        return rules.Count > 0 ? rules.DrainToImmutable() : [new AccessRule("decoder", AccessRights.Write, null)];
    }

    // Hardware that tells the secure from the normal world, and no more.
    private static ImmutableArray<AccessRule> OfWorlds(RandomStream random)
    {
        AccessRights secure = (AccessRights)(1 + random.Below(3));
        AccessRights normal = (AccessRights)random.Below(3);
        string[] none = [];
        string[] outside = ["cpu", "decoder", "camera"];
        return
        [
            .. ((string[])["ta", "display", "gpu"]).Select(master => new AccessRule(master, secure, null)),
            .. (normal == AccessRights.None ? none : outside).Select(master => new AccessRule(master, normal, null)),
        ];
    }
}
