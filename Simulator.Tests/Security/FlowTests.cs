using DmaBufSim.Machines;
using DmaBufSim.Scenarios;
using NUnit.Framework;

namespace DmaBufSim.Tests.Security;

/// <summary>Who may move bytes from one use to another, or out of all.</summary>
[TestFixture]
public sealed class FlowTests
{
    private const string Uses = """
        area cma0 size=8MiB
        heap video type=protected on=cma0
          allow decoder write
          allow gpu read
          allow ta rw
          allow cpu read in=text
        heap ui type=protected on=cma0
          allow gpu rw
          allow ta rw
          allow cpu read in=text
        heap whole type=protected on=cma0
          allow gpu write
          allow ta write
          allow cpu read
        heap gpus type=protected on=cma0
          allow gpu rw
        heap open type=system
        device decoder iommu=yes
        device gpu
        f = alloc video 8192
        d = attach decoder f
        map d from_device
        write d 0 8192 0x80
        g = attach gpu f
        map g to_device

        """;

    private const string Law = "\nalways secrets stay with who may read them\n";

    // The IOMMU does not see the trusted application, which has to look after itself.
    [TestCase("stage2")]
    [TestCase("iommu")]
    [TestCase("none")]
    public void TheTrustedApplicationTakesNothingOut(string guard) => Play($"""
        machine memory=64MiB
        guard {guard}
        {Uses}
        t = alloc open 8192
        ta_copy f 0 t 0 8192 -> EACCES reason=output-less-protected
        ta_blend f 4096 t 0 4096 -> EACCES reason=output-less-protected
        e = alloc video 8192
        ta_copy f 0 e 0 8192 -> ok
        m = mmap t 0 8192 r shared
        hash m 0 4096 -> ok first=00
        h = alloc gpus 8192
        ta_write h 0 16 0x11 -> EACCES reason=device-has-no-right
        """);

    // One job has one configuration for all of the target, wherever its regions lie.
    [Test]
    public void ARightInARegionOfTheTargetCounts() => Play($"""
        machine memory=64MiB
        {Uses.Replace("\n  allow cpu read in=text\nheap ui", "\nheap ui", StringComparison.Ordinal)}
        u = alloc ui 8192
        region u text 4096 4096
        h = attach gpu u
        map h bidirectional
        copy g 0 h 0 4096 -> EACCES reason=output-less-protected
        blend g 0 h 0 4096 -> EACCES reason=output-less-protected
        ta_copy f 0 u 0 4096 -> EACCES reason=output-less-protected
        m = mmap u 0 8192 r shared
        hash m 4096 4096 -> ok first=00
        """);

    // As little as it has one for all of the source.
    [Test]
    public void ARightInARegionOfTheSourceDoesNot() => Play($"""
        machine memory=64MiB
        {Uses.Replace("f = alloc video 8192", "f = alloc video 8192\n        region f text 0 8192", StringComparison.Ordinal)}
        w = alloc whole 8192
        h = attach gpu w
        map h from_device
        copy g 0 h 0 8192 -> EACCES reason=output-less-protected
        """);

    [Test]
    public void WhatNobodyElseMayReadMayBeCopied() => Play($"""
        machine memory=64MiB
        {Uses}
        u = alloc gpus 8192
        h = attach gpu u
        map h bidirectional
        copy g 0 h 0 8192 -> ok
        blend g 0 h 4096 4096 -> ok
        read h 0 8192 -> ok first=80
        """);

    // The place decides inside a use.
    [Test]
    public void InsideAUseACopyIsFree() => Play($"""
        machine memory=64MiB
        {Uses}
        e = alloc video 8192
        region e text 0 4096
        ta_copy f 0 e 0 8192 -> ok
        m = mmap e 0 8192 r shared
        hash m 0 4096 -> ok first=80
        hash m 0 8192 -> EACCES reason=outside-region
        """);

    private static void Play(string text)
    {
        ParsedScenario parsed = ScenarioParser.Parse("flow.heap", text + Law);
        Assert.That(parsed.Report(), Is.Empty);
        RunResult result = new ScenarioRunner(new MachineBuilder()).Run(parsed.Scenario!);
        Assert.That(result.Wrong.Select(step => $"{step.Step}: {step.Difference}"), Is.Empty);
        Assert.That(result.Verdicts.Select(verdict => verdict.Violation), Is.All.Null);
    }
}
