using DmaBufSim.Abi;
using DmaBufSim.Security;
using DmaBufSim.Tests.Support;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Security;

[TestFixture]
public sealed class ProtectionTests
{
    private const long Size = 16384;

    private static readonly Master Gpu = new("gpu");

    private readonly Trace trace = new();

    [TestCase(0, 0)]
    [TestCase(0, -1)]
    [TestCase(-1, 10)]
    [TestCase(1, Size)]
    [TestCase(Size, 1)]
    [TestCase(long.MaxValue, long.MaxValue)]
    public void ARegionLiesInsideTheBuffer(long offset, long length)
    {
        Protection protection = Of(Box.Allow("gpu", AccessRights.Read, "text"));
        Assert.That(
            protection.Define("text", offset, length, trace).Why(),
            Is.EqualTo((Errno.EINVAL, Reason.RegionOutsideBuffer)));
        Assert.That(
            protection.Check(Gpu, AccessRights.Read, 0, 1, trace).Reason, Is.EqualTo(Reason.RegionUndefined));
    }

    [Test]
    public void ARegionMayBeTheWholeBuffer()
    {
        Protection protection = Of(Box.Allow("gpu", AccessRights.Read, "all"));
        Assert.That(protection.Define("all", 0, Size, trace).IsOk);
        Assert.That(protection.Check(Gpu, AccessRights.Read, 0, Size, trace).IsOk);
    }

    [Test]
    public void OutsideTheRegionTheFirstByteIsNamed()
    {
        Protection protection = Of(Box.Allow("gpu", AccessRights.Write, "text"));
        protection.Define("text", 1000, 500, trace);
        Assert.That(protection.Check(Gpu, AccessRights.Write, 1000, 500, trace).IsOk);
        Result denied = protection.Check(Gpu, AccessRights.Write, 1400, 200, trace);
        Assert.That(denied.Why(), Is.EqualTo((Errno.EACCES, Reason.OutsideRegion)));
        Assert.That(
            trace.LastRefusal,
            Is.EqualTo(new Refusal(
                Errno.EACCES, Reason.OutsideRegion, "gpu", "allow gpu write in=text", 1500, 100)));
    }

    [Test]
    public void TwoRegionsThatTouchAreOneStretch()
    {
        Protection protection = Of(
            Box.Allow("gpu", AccessRights.Read, "b"), Box.Allow("gpu", AccessRights.Read, "a"));
        protection.Define("a", 0, 100, trace);
        protection.Define("b", 100, 100, trace);
        Assert.That(protection.Check(Gpu, AccessRights.Read, 0, 200, trace).IsOk);
        Assert.That(protection.Check(Gpu, AccessRights.Read, 0, 201, trace).Reason, Is.EqualTo(Reason.OutsideRegion));
    }

    [Test]
    public void ARegionThatMovesTakesTheRightAlong()
    {
        Protection protection = Of(Box.Allow("gpu", AccessRights.Read, "text"));
        protection.Define("text", 0, 100, trace);
        protection.Define("text", 8000, 100, trace);
        Assert.That(protection.Check(Gpu, AccessRights.Read, 0, 1, trace).Reason, Is.EqualTo(Reason.OutsideRegion));
        Assert.That(protection.Check(Gpu, AccessRights.Read, 8000, 100, trace).IsOk);
    }

    [Test]
    public void BothRightsMayComeFromTwoRules()
    {
        Protection protection = Of(
            Box.Allow("gpu", AccessRights.Read), Box.Allow("gpu", AccessRights.Write, "out"));
        protection.Define("out", 100, 100, trace);
        Assert.That(protection.Check(Gpu, AccessRights.ReadWrite, 100, 100, trace).IsOk);
        protection.Check(Gpu, AccessRights.ReadWrite, 0, 300, trace);
        Assert.That(
            (trace.LastRefusal.Rule, trace.LastRefusal.Offset), Is.EqualTo(("allow gpu write in=out", 0L)));
    }

    [Test]
    public void NoBytesNeedNoRegion()
    {
        Protection protection = Of(Box.Allow("gpu", AccessRights.Read, "text"));
        Assert.That(protection.Check(Gpu, AccessRights.Read, 0, 0, trace).IsOk);
    }

    private static Protection Of(params AccessRule[] rules) => new(new AccessPolicy([.. rules]), Size);
}
