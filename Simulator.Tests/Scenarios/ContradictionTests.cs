using DmaBufSim.Machines;
using DmaBufSim.Scenarios;
using DmaBufSim.Tests.Support;
using NUnit.Framework;

namespace DmaBufSim.Tests.Scenarios;

/// <summary>Declarations of protection that cannot be meant, each with its place and what to do.</summary>
[TestFixture]
public sealed class ContradictionTests
{
    [TestCase("guard tzc400 share=cpu+cpu", 1, 14, "'cpu' is listed twice")]
    [TestCase("guard tzc400 share=cpu+gpu,gpu+ta", 1, 14, "'gpu' is listed twice")]
    [TestCase("guard stage2 regions=4", 1, 14, "a guard of type stage2 has no regions=")]
    [TestCase("guard iommu granule=64KiB", 1, 13, "a guard of type iommu has no granule=")]
    [TestCase("guard none latency=4", 1, 12, "a guard of type none has no latency=")]
    [TestCase("guard firewall per_page=4", 1, 16, "a guard of type firewall has no per_page=")]
    [TestCase("guard firewall shared=widen", 1, 16, "shared= speaks of masters that share an id, and none does")]
    [TestCase("guard firewall granule=1MiB smallest=64KiB", 1, 29, "smallest=64KiB is below granule=1MiB")]
    [TestCase("guard firewall regions=0", 1, 16, "regions=0 is out of range")]
    [TestCase("guard firewall granule=16MiB\narea a size=8MiB\nheap v type=protected on=a", 3, 6,
        "the guard draws lines every 16MiB, and this heap has 8MiB")]
    [TestCase("guard firewall granule=16MiB\nheap v type=protected size=8MiB", 2, 6,
        "the guard draws lines every 16MiB, and this heap has 8MiB")]
    [TestCase("area a size=8MiB\nheap v type=protected on=a size=16MiB", 2, 28,
        "a pool of 16MiB does not fit into the area 'a'")]
    [TestCase("heap v type=protected size=8MiB\n  allow cpu read\n  allow cpu read", 3, 9,
        "this rule gives nothing that 'allow cpu read' above does not")]
    [TestCase("heap v type=protected size=8MiB\n  allow cpu rw\n  allow cpu read in=x", 3, 9,
        "this rule gives nothing that 'allow cpu read write' above does not")]
    [TestCase("device decoder link=clear", 1, 16, "a device of type decoder has no link to a screen")]
    [TestCase("device codec type=cpu secure=yes", 1, 23,
        "a device of type cpu moves bytes with the CPU, which is not secure")]
    public void ItIsRefused(string text, int line, int column, string message)
    {
        ParsedScenario parsed = ScenarioParser.Parse("story.heap", text);
        Assert.That(parsed.Diagnostics, Has.Length.EqualTo(1), parsed.Report());
        Diagnostic told = parsed.Diagnostics[0];
        Assert.That((told.Line, told.Message), Is.EqualTo((line, message)));
        Assert.That(told.Column, Is.GreaterThanOrEqualTo(column));
        Assert.That(told.Expected, Is.Not.Empty);
    }

    [TestCase("guard tzc380 shared=widen")]
    [TestCase("guard firewall granule=64KiB smallest=64KiB share=cpu+ta,gpu+display shared=widen")]
    [TestCase("guard firewall granule=8MiB\narea a size=8MiB\nheap v type=protected on=a size=8MiB")]
    [TestCase("heap v type=protected size=8MiB\n  allow cpu read in=x\n  allow cpu read in=y\n  allow cpu write in=x")]
    public void ItIsNot(string text) => Assert.That(ScenarioParser.Parse("story.heap", text).Report(), Is.Empty);

    // With cpu and ta, 32 masters have room; a device of type cpu is the CPU.
    [TestCase(30, 0)]
    [TestCase(31, 1)]
    public void TheFlagsOfGenericHaveRoomFor32Masters(int devices, int refused)
    {
        string[] lines =
        [
            "machine policy=generic", "device codec type=cpu",
            .. Enumerable.Range(0, devices).Select(i => $"device d{i} type=probe"),
        ];
        ParsedScenario parsed = ScenarioParser.Parse("story.heap", string.Join('\n', lines));
        Assert.That(parsed.Diagnostics, Has.Length.EqualTo(refused), parsed.Report());
        Assert.That(parsed.Diagnostics.Select(told => told.Line), Is.All.EqualTo(33));

        // Another policy may have come from outside of the file.
        MachineDescription machine = Box.Empty with
        {
            Policy = "generic",
            Devices = [.. Enumerable.Range(0, devices).Select(i => new DeviceDescription($"d{i}", "probe"))],
        };
        Assert.That(() => machine.Build(), refused == 0 ? Throws.Nothing : Throws.ArgumentException
            .With.Message.Contains("room for 32 masters, with cpu and ta, and the machine has 33"));
    }
}
