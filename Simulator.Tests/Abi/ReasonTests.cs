using DmaBufSim.Abi;
using NUnit.Framework;

namespace DmaBufSim.Tests.Abi;

[TestFixture]
public sealed class ReasonTests
{
    private static readonly Reason[] Every = [.. Enum.GetValues<Reason>().Where(reason => reason != Reason.None)];

    [Test]
    public void EveryReasonHasTextsInTheOrderOfTheEnumeration() =>
        Assert.That(ReasonText.All.Select(text => text.Reason), Is.EqualTo(Every));

    [TestCaseSource(nameof(Every))]
    public void TheTextsSaySomething(Reason reason)
    {
        ReasonText text = ReasonText.Of(reason);
        Assert.That(text.Reason, Is.EqualTo(reason));
        Assert.That(text.Errnos, Is.Unique.And.None.EqualTo(Errno.OK));
        Assert.That(text.Errnos.IsEmpty, Is.EqualTo(reason == Reason.FenceDetached));
        Assert.That(text.KernelFunction, Is.Not.Empty);
        Assert.That(text.Meaning, Has.Length.GreaterThan(20).And.EndsWith("."));
        Assert.That(text.Advice, Has.Length.GreaterThan(5).And.EndsWith("."));
    }

    [Test]
    public void WordsAreUniqueAndLeadBack()
    {
        Assert.That(Every.Select(reason => reason.Word()), Is.Unique);
        foreach (Reason reason in Every)
        {
            Assert.That(reason.Word(), Does.Match("^[a-z]+(-[a-z]+)+$"));
            Assert.That(ReasonWords.Find(reason.Word()), Is.EqualTo(reason));
        }
    }

    [TestCase(Reason.CpuMayOnlyWrite, "cpu-may-only-write")]
    [TestCase(Reason.NotADmaBuf, "not-a-dma-buf")]
    [TestCase(Reason.ExporterCannotVmap, "exporter-cannot-vmap")]
    public void WordsAreTheNamesInSmallLetters(Reason reason, string word) =>
        Assert.That(reason.Word(), Is.EqualTo(word));

    [Test]
    public void NoneIsNoReason()
    {
        Assert.That(ReasonWords.Find("none"), Is.EqualTo(Reason.None));
        Assert.That(ReasonWords.Find("because"), Is.EqualTo(Reason.None));
        Assert.That(() => ReasonText.Of(Reason.None), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => ReasonText.Of((Reason)Every.Length + 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
