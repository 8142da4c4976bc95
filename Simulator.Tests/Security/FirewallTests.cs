using DmaBufSim.Abi;
using DmaBufSim.Engine;
using DmaBufSim.Memory;
using DmaBufSim.Security;
using DmaBufSim.Tests.Memory;
using DmaBufSim.Tests.Support;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Security;

/// <summary>The firewall against an array that says of every byte of memory whose it is.</summary>
[TestFixture]
public sealed class FirewallTests
{
    private const int Frames = 12;

    private static readonly Master[] Masters =
    [
        new("cpu", IsCpu: true), new("gpu"), new("display"), new("tz", IsSecure: true),
    ];

    private static readonly AccessRule[][] Policies =
    [
        [],
        [Box.Allow("gpu", AccessRights.Read), Box.Allow("cpu", AccessRights.Write, "text")],
        [Box.Allow("cpu", AccessRights.Read, "text"), Box.Allow("cpu", AccessRights.Read, "logo"),
            Box.Allow("display", AccessRights.ReadWrite)],
        [Box.Allow("gpu", AccessRights.Write), Box.Allow("gpu", AccessRights.Read, "logo")],
    ];

    [Test]
    public void EveryCheckAgreesWithAnOwnerPerByte() => Steps.Check(150, 60, steps => Play(steps, out _));

    [Test]
    public void TheStoriesReachAllowedAndDeniedChecks()
    {
        int[] outcomes = new int[2];
        RandomStream random = new(11);
        for (int story = 0; story < 50; story++)
        {
            Play([.. Enumerable.Range(0, 60).Select(_ => (int)random.Below(int.MaxValue))], out int[] seen);
            outcomes[0] += seen[0];
            outcomes[1] += seen[1];
        }

        Assert.That(outcomes, Is.All.GreaterThan(100));
    }

    [Test]
    public void FramesAreProtectedOnce()
    {
        Firewall firewall = new(new Trace());
        Protection protection = new(AccessPolicy.SecureMastersOnly, 1 << 20);
        firewall.Protect(new FrameRun(4, 4), protection, 0);
        foreach ((int first, int count) in new[] { (4, 4), (3, 2), (7, 1), (0, 20), (5, 2) })
        {
            Assert.That(
                () => firewall.Protect(new FrameRun(first, count), protection, 0), Throws.ArgumentException);
        }

        firewall.Protect(new FrameRun(3, 1), protection, 0);
        firewall.Protect(new FrameRun(8, 1), protection, 0);
        Assert.That(firewall.Count, Is.EqualTo(3));
    }

    [Test]
    public void WhatIsNotProtectedCannotBeUnprotected() =>
        Assert.That(
            () => new Firewall(new Trace()).Unprotect(new FrameRun(1, 1)), Throws.TypeOf<InvariantException>());

    private static void Play(int[] steps, out int[] outcomes)
    {
        Trace trace = new();
        Firewall firewall = new(trace);
        ByteOwners owners = new(Frames);
        List<ByteOwners.Buffer> live = [];
        outcomes = new int[2];
        foreach (int number in steps)
        {
            int step = number;
            switch (Steps.Below(ref step, 6))
            {
                case 0 when owners.FreeRun(ref step) is { } run:
                    ByteOwners.Buffer made = new(Policies[Steps.Below(ref step, Policies.Length)], run);
                    firewall.Protect(run, made.Protection, 0);
                    live.Add(made);
                    owners.Give(run, made);
                    break;
                case 1 when live.Count > 0:
                    ByteOwners.Buffer gone = live[Steps.Below(ref step, live.Count)];
                    firewall.Unprotect(gone.Run);
                    live.Remove(gone);
                    owners.Give(gone.Run, null);
                    break;
                case 2 when live.Count > 0:
                    live[Steps.Below(ref step, live.Count)].Define(ref step, trace);
                    break;
                default:
                    outcomes[CheckOne(firewall, owners, trace, step) ? 0 : 1]++;
                    break;
            }

            Assert.That(firewall.Count, Is.EqualTo(live.Count));
        }
    }

    private static bool CheckOne(Firewall firewall, ByteOwners owners, Trace trace, int step)
    {
        Master master = Masters[Steps.Below(ref step, Masters.Length)];
        AccessRights wanted = Steps.Below(ref step, 2) == 0 ? AccessRights.Read : AccessRights.Write;
        int start = Steps.Below(ref step, Frames << 6) << 6;
        int length = Math.Min((Steps.Below(ref step, 150) + 1) << 6, (Frames << 12) - start);
        Result allowed = firewall.Check(master, wanted, start >> 12, start & 4095, length);
        int denied = owners.FirstDenied(master, wanted, start, length);
        Assert.That(allowed.IsOk, Is.EqualTo(denied < 0));
        if (denied >= 0)
        {
            Refusal refusal = trace.LastRefusal;
            Assert.That((allowed.Errno, refusal.Who), Is.EqualTo((Errno.EACCES, master.Name)));
            Assert.That(refusal.Offset, Is.EqualTo(owners.PlaceOf(denied)));
            string[] rules = owners.RulesAt(denied, master);
            Assert.That(refusal.Rule, rules.Length == 0 ? Is.Null : Is.AnyOf([.. rules]));
        }

        return allowed.IsOk;
    }
}
