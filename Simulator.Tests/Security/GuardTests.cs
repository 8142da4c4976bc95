using DmaBufSim.Abi;
using DmaBufSim.Engine;
using DmaBufSim.Memory;
using DmaBufSim.Security;
using DmaBufSim.Tests.Memory;
using DmaBufSim.Tests.Support;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Security;

/// <summary>Every kind of guard against a table that has an entry for each page.</summary>
[TestFixture]
public sealed class GuardTests
{
    private const int Pages = 48;

    private static readonly Master[] Masters =
    [
        new("cpu", IsCpu: true), new("ta", IsSecure: true), new("gpu", HasStream: true), new("display"),
        new("dec", IsSecure: true, HasStream: true),
    ];

    private static readonly AccessRule[][] Policies =
    [
        [Box.Allow("gpu", AccessRights.Read), Box.Allow("dec", AccessRights.Write)],
        [Box.Allow("display", AccessRights.ReadWrite), Box.Allow("cpu", AccessRights.Write)],
        [Box.Allow("ta", AccessRights.ReadWrite), Box.Allow("dec", AccessRights.ReadWrite)],
    ];

    private static readonly GuardSettings[] Guards =
    [
        new("stage2"),
        new("iommu"),
        new("iommu") { Regions = 1 },
        new("none"),
        new("tzc400"),
        new("tzc400") { Regions = 2 },
        new("firewall") { Granule = 16 << 10, Regions = 3 },
        new("firewall") { Smallest = 32 << 10, Regions = 100 },
        new("firewall") { Shared = [["gpu", "display"]], Regions = 100 },
        new("firewall") { Shared = [["gpu", "display"], ["dec", "cpu"]], Widens = true, Regions = 4 },
        new("tzc380") { Widens = true },
        new("emi-mpu"),
        new("rockchip") { Granule = 4096, Regions = 1 },
    ];

    private static IEnumerable<TestCaseData> All() =>
        Guards.Select((guard, i) => new TestCaseData(guard).SetName($"{{m}}({i}-{guard.Type})"));

    [TestCaseSource(nameof(All))]
    public void ItAgreesWithATableOfPages(GuardSettings settings) =>
        Steps.Check(60, 50, steps => Play(settings, steps, new int[4]));

    [TestCaseSource(nameof(All))]
    public void TheStoriesReachEveryOutcome(GuardSettings settings)
    {
        int[] seen = new int[4];
        RandomStream random = new(5);
        for (int story = 0; story < 40; story++)
        {
            Play(settings, [.. Enumerable.Range(0, 50).Select(_ => (int)random.Below(int.MaxValue))], seen);
        }

        bool refuses = settings.Type is not ("stage2" or "none")
            && settings is not { Type: "iommu", Regions: null };
        Assert.That(seen[0], Is.GreaterThan(50), "programmed");
        Assert.That(seen[1] > 0, Is.EqualTo(refuses), "not programmed");
        Assert.That(seen[2], Is.GreaterThan(100), "allowed");
        Assert.That(seen[3], Is.GreaterThan(10), "blocked");
    }

    [Test]
    public void ARegionOfAPowerOfTwoIsUsedAsWellAsItCanBe()
    {
        RangeFirewall tzc380 = (RangeFirewall)GuardType.BuiltIn.Single(type => type.Name == "tzc380")
            .Create(new GuardSettings("tzc380"));
        for (int first = 0; first < 70; first++)
        {
            int[] fewest = Fewest(first, first + 70);
            for (int count = 1; count <= 70; count++)
            {
                Assert.That(
                    tzc380.RegionsFor(new FrameRun(first, count)), Is.EqualTo(fewest[count]), $"{first}+{count}");
            }
        }
    }

    [Test]
    public void ANamedRegionTakesRegionsOfItsOwn()
    {
        Trace trace = new();
        Firewall firewall = new(trace, Make(new GuardSettings("tzc400"))) { Masters = [.. Masters] };
        Protection movie = new(new AccessPolicy([Box.Allow("cpu", AccessRights.Write, "text")]), 16 << 12);
        firewall.Protect(new FrameRun(8, 16), movie, 0);
        Assert.That(((RangeFirewall)firewall.Guard).Used, Is.EqualTo(1));
        movie.Define("text", 4 << 12, 2 << 12, trace);
        Assert.That(firewall.Program(2).IsOk);
        Assert.That(((RangeFirewall)firewall.Guard).Used, Is.EqualTo(3));
        movie.Define("text", 4 << 12, 100, trace);
        Assert.That(firewall.Program(1).Why(), Is.EqualTo((Errno.EINVAL, Reason.GranuleMissed)));
    }

    [Test]
    public void WhatCannotBeLetGoOfStays()
    {
        Trace trace = new();
        Firewall firewall = new(trace, Make(new GuardSettings("firewall") { Regions = 1 })) { Masters = [.. Masters] };
        AccessPolicy policy = new([Box.Allow("gpu", AccessRights.ReadWrite)]);
        for (int i = 0; i < 3; i++)
        {
            Assert.That(firewall.Protect(new FrameRun(i * 4, 4), new Protection(policy, 4 << 12), 0).IsOk);
        }

        Master gpu = Masters[2];
        Assert.That(firewall.Check(gpu, AccessRights.Read, 4, 0, 16 << 10).IsOk);
        Assert.That(firewall.Unprotect(new FrameRun(4, 4)).Why(), Is.EqualTo((Errno.ENOSPC, Reason.GuardIsFull)));
        Assert.That(firewall.Check(Masters[0], AccessRights.Read, 4, 0, 1).Errno, Is.EqualTo(Errno.EACCES));
        Assert.That(firewall.Unprotect(new FrameRun(0, 4)).IsOk);
        Assert.That(firewall.Unprotect(new FrameRun(4, 4)).IsOk);
        Assert.That(firewall.Check(Masters[0], AccessRights.Read, 0, 0, 8 << 12).IsOk);
    }

    [Test]
    public void CostsAreCounted()
    {
        Firewall firewall = new(new Trace(), Make(new GuardSettings("stage2") { Latency = 100, PerPage = 7 }));
        Protection protection = new(new AccessPolicy([.. Policies[0]]), 1 << 20);
        firewall.Protect(new FrameRun(3, 5), protection, 0);
        firewall.Protect(new FrameRun(9, 2), protection, 5 << 12);
        firewall.Unprotect(new FrameRun(3, 5));
        ProtectionCounters counters = firewall.Counters;
        Assert.That((counters.Changes, counters.Nanoseconds), Is.EqualTo((3L, 300L + (7 * 12))));
        Assert.That(counters.PeakProtectedBytes, Is.EqualTo(7 << 12));
    }

    private static Guard Make(GuardSettings settings) =>
        GuardType.BuiltIn.Single(type => type.Name == settings.Type).Create(settings);

    private static void Play(GuardSettings settings, int[] steps, int[] seen)
    {
        Guard guard = Make(settings);
        Firewall firewall = new(new Trace(), guard) { Masters = [.. Masters] };
        PageTable table = new(Pages, Masters, settings, guard);
        foreach (int number in steps)
        {
            int step = number;
            switch (Steps.Below(ref step, 4))
            {
                case 0:
                    int unit = Steps.Below(ref step, 2) == 0 ? guard.GranulePages : 1;
                    int first = Steps.Below(ref step, Pages / unit) * unit;
                    int most = table.FreeFrom(first);
                    if (most > 0)
                    {
                        FrameRun run = new(first, (Steps.Below(ref step, Math.Clamp(most / unit, 1, 8)) + 1) * unit);
                        run = run with { Count = Math.Min(run.Count, most) };
                        AccessPolicy policy = new([.. Policies[Steps.Below(ref step, Policies.Length)]]);
                        table.Give(run, policy);
                        bool fits = table.Fits();
                        Result told = firewall.Protect(run, new Protection(policy, (long)run.Count << 12), 0);
                        Assert.That(told.IsOk, Is.EqualTo(fits), told.ToString());
                        seen[fits ? 0 : 1]++;
                        if (!fits)
                        {
                            table.Give(run, null);
                        }
                    }

                    break;
                case 1 when table.Runs.Count > 0:
                    FrameRun gone = table.Runs[Steps.Below(ref step, table.Runs.Count)];
                    AccessPolicy before = table.PolicyAt(gone.First)!;
                    table.Give(gone, null);
                    bool letsGo = table.Fits();
                    Assert.That(firewall.Unprotect(gone).IsOk, Is.EqualTo(letsGo));
                    if (!letsGo)
                    {
                        table.Give(gone, before);
                    }

                    break;
                default:
                    Master master = Masters[Steps.Below(ref step, Masters.Length)];
                    AccessRights wanted = (AccessRights)(Steps.Below(ref step, 3) + 1);
                    int frame = Steps.Below(ref step, Pages);
                    int pages = Steps.Below(ref step, Pages - frame) + 1;
                    bool may = table.Allows(master, wanted, frame, pages);
                    Assert.That(
                        firewall.Check(master, wanted, frame, 0, (long)pages << 12).IsOk, Is.EqualTo(may));
                    seen[may ? 2 : 3]++;
                    break;
            }
        }
    }

    // The fewest regions of a power of two from eight pages on, in eighths, for each count of pages from the first one.
    private static int[] Fewest(int first, int end)
    {
        int[] fewest = new int[end - first + 1];
        Array.Fill(fewest, int.MaxValue, 1, fewest.Length - 1);
        for (int from = first; from < end; from++)
        {
            for (int to = from + 1; to <= end && fewest[from - first] < int.MaxValue; to++)
            {
                if (IsOneRegion(from, to))
                {
                    fewest[to - first] = Math.Min(fewest[to - first], fewest[from - first] + 1);
                }
            }
        }

        return fewest;
    }

    private static bool IsOneRegion(int from, int to)
    {
        for (int size = 8; size <= 1024; size *= 2)
        {
            if (from / size == (to - 1) / size && from % (size / 8) == 0 && to % (size / 8) == 0)
            {
                return true;
            }
        }

        return false;
    }
}
