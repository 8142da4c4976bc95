using DmaBufSim.Checking;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Scenarios;
using NUnit.Framework;

namespace DmaBufSim.Tests.Scenarios;

/// <summary>By which way subtitles came is measured, and what a policy says of itself is what is measured.</summary>
[TestFixture]
public sealed class SubtitleTests
{
    private static readonly string Ways = File.ReadAllText(
        Path.Combine(LessonFiles.Folder, "secure", "three-ways-to-add-subtitles.heap"));

    private static readonly MachineBuilder Builder = new();

    private static SecurePolicy[] Policies => [.. Builder.Policies];

    // By hand: the CPU fills 4096 bytes in place, the application blends 4096, and the plane has 8192.
    [TestCase("ion", 4096, 4096, 8192)]
    [TestCase("attach", 4096, 4096, 8192)]
    [TestCase("per-usage", 4096, 4096, 8192)]
    [TestCase("generic", 0, 4096, 8192)]
    [TestCase("carveout", 0, 4096, 8192)]
    [TestCase("tee", 0, 4096, 8192)]
    public void EachWayIsTried(string policy, long inPlace, long byTa, long ownPlane) =>
        Assert.That(Play(Ways, policy), Is.EqualTo(new[] { inPlace, byTa, 0, ownPlane }));

    [TestCaseSource(nameof(Policies))]
    public void WhatAPolicySaysIsWhatTheRunShows(SecurePolicy policy)
    {
        long[] shown = Play(Ways, policy.Name);
        string words = policy.Subtitles;
        bool isInPlace = shown[(int)TextWay.InPlace] > 0;
        Assert.That(words, Does.StartWith(isInPlace ? "In place: " : "Not in place: "));
        if (!isInPlace)
        {
            Assert.That(words.Contains("trusted application"), Is.EqualTo(shown[(int)TextWay.ByTa] > 0));
            Assert.That(words.Contains("plane of their own"), Is.EqualTo(shown[(int)TextWay.OwnPlane] > 0));
        }
    }

    // The way over the application is one of the rules, and not of the policy; only where nobody asks it goes.
    [TestCase("ion", 4096)]
    [TestCase("per-usage", 0)]
    [TestCase("generic", 0)]
    [TestCase("carveout", 0)]
    [TestCase("tee", 0)]
    public void AnApplicationThatNoRuleNamesDrawsNothing(string policy, long byTa) => Assert.That(
        Play(Ways.Replace("  allow ta rw\n", "", StringComparison.Ordinal), policy)[(int)TextWay.ByTa], Is.EqualTo(byTa));

    // Text that nobody shows, frames without text, and text without a frame.
    [TestCase("read o 0 8192                       -> ok first=eb", "", 0)]
    [TestCase("read s 0 3110400                    -> ok first=80", "", 0)]
    [TestCase("fill m 0 8192 0xeb                  -> ok", "", 0)]
    [TestCase("read o 0 8192                       -> ok first=eb", "read o 0 16", 16)]
    public void APlaneCountsWhereADeviceReadsItWithAFrame(string line, string other, long expected)
    {
        Assert.That(Ways, Does.Contain(line));
        long[] shown = Play(Ways.Replace(line, other, StringComparison.Ordinal), "tee");
        Assert.That(shown[(int)TextWay.OwnPlane], Is.EqualTo(expected));
    }

    // By hand: the GPU makes one picture of film and text, and the display reads 4096 bytes of it with both in them.
    [Test]
    public void ADeviceMayComposeThem()
    {
        const string Composed = """
            machine memory=64MiB policy=per-usage
            area cma0 size=16MiB
            heap video type=protected on=cma0
              allow decoder write
              allow gpu read write
              allow display read
            heap plain type=cma on=cma0
            f = alloc video 8192
            d = attach decoder f
            map d from_device
            write d 0 8192 0x80
            t = alloc plain 4096
            m = mmap t 0 4096 rw shared
            fill m 0 4096 0xeb
            g = attach gpu f
            map g bidirectional
            h = attach gpu t
            map h to_device
            blend h 0 g 4096 4096
            s = attach display f
            map s to_device
            read s 0 8192
            """;
        Assert.That(Play(Composed, "per-usage"), Is.EqualTo(new[] { 0L, 0, 4096, 0 }));
    }

    private static long[] Play(string text, string policy)
    {
        ScenarioRunner runner = new(Builder);
        Scenario scenario = ScenarioParser.Parse("ways.heap", text).Scenario!;
        TrialKind kind = TrialKind.OfProtection(Builder.Policies);
        long[] shown = [];
        Trial.Run(
            runner,
            audits: true,
            scenario with { Machine = kind.Apply(scenario.Machine, policy) },
            end => shown = [.. Enum.GetValues<TextWay>().Select(end.Shown)]);
        return shown;
    }
}
