using DmaBufSim.Devices;
using DmaBufSim.Dma;
using DmaBufSim.Files;
using DmaBufSim.Machines;
using DmaBufSim.Security;

namespace DmaBufSim.Benchmarks;

/// <summary>
/// A device moves 1 MiB from one buffer to another with rules and without, beside a plain copy of memory in one run.
/// </summary>
internal static class ProtectionTimes
{
    private const int Size = 1 << 20;
    private const int Rounds = 400;
    private const int Times = 20;
    private const double MostOverRulesOff = 1.1;
    private const double MostOverPlain = 1.3;

    public static int Run()
    {
        Console.WriteLine("guard      plain copy  rules off  rules on   on/off  on/plain  the check alone");
        bool holds = true;
        foreach (string guard in (string[])["stage2", "tzc400", "tzc380", "iommu"])
        {
            holds &= Measure(guard);
        }

        Console.WriteLine(holds ? "within 1.1 of rules off and 1.3 of a plain copy" : "ABOVE 1.1 or 1.3");
        return holds ? 0 : 1;
    }

    private static bool Measure(string guard)
    {
        byte[] source = new byte[Size];
        byte[] target = new byte[Size];
        source.AsSpan().Fill(0x5a);
        (Import from, Import to) off = Make(guard, hasRules: false);
        (Import from, Import to) on = Make(guard, hasRules: true);
        Action[] calls =
        [
            () => source.CopyTo(target, 0),
            () => off.from.CopyTo(off.to, 0, 0, Size),
            () => on.from.CopyTo(on.to, 0, 0, Size),
            () => on.from.CopyTo(on.to, 0, 0, 64),
        ];

        double[] best = Timing.Best(Rounds, Times, calls);
        double overOff = best[2] / best[1];
        double overPlain = best[2] / best[0];
        Console.WriteLine(
            $"{guard,-9}  {best[0] / 1000,7:F1} us  {best[1] / 1000,6:F1} us  {best[2] / 1000,6:F1} us  "
            + $"{overOff,6:F3}  {overPlain,8:F3}  {best[3],8:F0} ns");
        return overOff <= MostOverRulesOff && overPlain <= MostOverPlain;
    }

    // Two buffers of a use, between others of it, that a device has mapped.
    private static (Import From, Import To) Make(string guard, bool hasRules)
    {
        AccessRule[] rules = hasRules
            ? [new AccessRule("codec", AccessRights.ReadWrite, null), new AccessRule("display", AccessRights.Read, null)]
            : [];
        Machine machine = new MachineBuilder().Build(new MachineDescription
        {
            Guard = new GuardSettings(guard) { Widens = true },
            Areas = [new AreaDescription("area", 32 << 20)],
            Heaps = [new HeapDescription("video", "cma") { On = "area", Rules = [.. rules] }],
            Devices =
            [
                new DeviceDescription("codec", "probe") { Secure = true, Iommu = true },
                new DeviceDescription("display", "display") { Secure = true },
            ],
        });
        List<Import> imports = [];
        for (int i = 0; i < 4; i++)
        {
            int buffer = machine.First.Allocate("video", Size, OpenFlags.ReadWrite).Value;
            Import import = machine.Importers[0].Attach(machine.First.Buffer(buffer).Value).Value;
            if (!import.Map(DmaDirection.Bidirectional).IsOk || !import.Fill(0, Size, (byte)i).IsOk)
            {
                throw new InvalidOperationException("the device cannot use its buffer");
            }

            imports.Add(import);
        }

        return imports[1].CopyTo(imports[2], 0, 0, Size).IsOk
            ? (imports[1], imports[2])
            : throw new InvalidOperationException("the device cannot copy");
    }
}
