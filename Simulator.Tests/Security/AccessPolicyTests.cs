using DmaBufSim.Abi;
using DmaBufSim.Security;
using DmaBufSim.Tests.Support;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Security;

[TestFixture]
public sealed class AccessPolicyTests
{
    private static readonly Master Cpu = new("cpu", IsCpu: true);
    private static readonly Master Gpu = new("gpu");

    private readonly Trace trace = new();

    [TestCase(AccessRights.Read, AccessRights.Write, Reason.CpuMayOnlyRead, Reason.DeviceMayOnlyRead)]
    [TestCase(AccessRights.Read, AccessRights.ReadWrite, Reason.CpuMayOnlyRead, Reason.DeviceMayOnlyRead)]
    [TestCase(AccessRights.Write, AccessRights.Read, Reason.CpuMayOnlyWrite, Reason.DeviceMayOnlyWrite)]
    [TestCase(AccessRights.Write, AccessRights.ReadWrite, Reason.CpuMayOnlyWrite, Reason.DeviceMayOnlyWrite)]
    public void ADenialNamesRuleMasterAndPlace(AccessRights granted, AccessRights wanted, Reason cpu, Reason device)
    {
        foreach ((Master master, Reason reason) in new[] { (Cpu, cpu), (Gpu, device) })
        {
            AccessRule rule = Box.Allow(master.Name, granted);
            Result denied = new AccessPolicy([rule]).Check(master, wanted, trace, 4096, 100);
            Assert.That(denied.Why(), Is.EqualTo((Errno.EACCES, reason)));
            Assert.That(
                trace.LastRefusal,
                Is.EqualTo(new Refusal(Errno.EACCES, reason, master.Name, rule.ToString(), 4096, 100)));
        }
    }

    [Test]
    public void AMasterThatNoRuleNamesHasNoRight()
    {
        AccessPolicy policy = new([Box.Allow("display", AccessRights.ReadWrite)]);
        Assert.That(policy.Check(Cpu, AccessRights.Read, trace).Reason, Is.EqualTo(Reason.CpuHasNoRight));
        Assert.That(policy.Check(Gpu, AccessRights.Read, trace).Reason, Is.EqualTo(Reason.DeviceHasNoRight));
        Assert.That((trace.LastRefusal.Who, trace.LastRefusal.Rule), Is.EqualTo(("gpu", (string?)null)));
        Assert.That(policy.Check(Gpu with { IsSecure = true }, AccessRights.Read, trace).IsOk, Is.False);
    }

    [Test]
    public void WithoutRulesOnlySecureMastersHaveRights()
    {
        AccessPolicy policy = AccessPolicy.SecureMastersOnly;
        Assert.That(policy.HasRules, Is.False);
        Assert.That(policy.Granted(Gpu with { IsSecure = true }), Is.EqualTo(AccessRights.ReadWrite));
        Assert.That(policy.Check(Gpu, AccessRights.Write, trace).Reason, Is.EqualTo(Reason.NotSecure));
        Assert.That(policy.Check(Cpu, AccessRights.Read, trace).Reason, Is.EqualTo(Reason.NotSecure));
    }

    [Test]
    public void RightsOfSeveralRulesAddUp()
    {
        AccessPolicy policy = new([Box.Allow("gpu", AccessRights.Read), Box.Allow("gpu", AccessRights.Write, "out")]);
        Assert.That(policy.Granted(Gpu), Is.EqualTo(AccessRights.ReadWrite));
        Assert.That(policy.Granted(Cpu), Is.EqualTo(AccessRights.None));
    }

    [TestCase(AccessRights.Read, null, "allow gpu read")]
    [TestCase(AccessRights.Write, "text", "allow gpu write in=text")]
    [TestCase(AccessRights.ReadWrite, null, "allow gpu read write")]
    public void ARuleReadsAsItIsWritten(AccessRights rights, string? region, string text) =>
        Assert.That(Box.Allow("gpu", rights, region).ToString(), Is.EqualTo(text));
}
