using DmaBufSim.Engine;
using NUnit.Framework;

namespace DmaBufSim.Tests.Engine;

[TestFixture]
public sealed class InvariantTests
{
    [Test]
    public void ABrokenInvariantStopsTheRunAndSaysWhich()
    {
        int frames = 3;
        Assert.That(
            () => Invariant.Holds(frames == 4),
            Throws.TypeOf<InvariantException>().With.Message.EqualTo("broken invariant: frames == 4"));
    }

    [Test]
    public void AnInvariantThatHoldsIsSilent() => Assert.That(() => Invariant.Holds(true), Throws.Nothing);
}
