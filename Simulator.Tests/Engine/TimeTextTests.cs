using DmaBufSim.Engine;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace DmaBufSim.Tests.Engine;

[TestFixture]
public sealed class TimeTextTests
{
    [TestCase("100us", 100_000L)]
    [TestCase("10ms", 10_000_000L)]
    [TestCase("2s", 2_000_000_000L)]
    [TestCase("5min", 300_000_000_000L)]
    [TestCase("7ns", 7L)]
    [TestCase("0s", 0L)]
    public void ATimeHasAUnit(string text, long nanoseconds)
    {
        Assert.That(TimeText.TryParse(text, out long read), Is.True);
        Assert.That((read, TimeText.Of(read)), Is.EqualTo((nanoseconds, text)));
    }

    [TestCase("10")]
    [TestCase("")]
    [TestCase("s")]
    [TestCase("1.5s")]
    [TestCase("-1s")]
    [TestCase("1 s")]
    [TestCase("+1s")]
    [TestCase("1S")]
    [TestCase("1m")]
    [TestCase("9223372037s")]
    [TestCase("99999999999999999999ns")]
    public void AnythingElseIsNoTime(string text) => Assert.That(TimeText.TryParse(text, out _), Is.False);

    [TestCase(0L, "0s")]
    [TestCase(999L, "999ns")]
    [TestCase(1_234_567L, "1234us")]
    [TestCase(143_218_973_412L, "143218ms")]
    [TestCase(10_000_000_999L, "10s")]
    [TestCase(60_000_000_000L, "1min")]
    public void AMeasuredTimeIsCut(long nanoseconds, string text) =>
        Assert.That(TimeText.Cut(nanoseconds), Is.EqualTo(text));

    [Test]
    public void EveryTimeReadsBack() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NonNegativeInt>(), ArbMap.Default.ArbFor<int>(), (size, shift) =>
        {
            long nanoseconds = (long)size.Get << (shift & 31);
            return TimeText.TryParse(TimeText.Of(nanoseconds), out long read) && read == nanoseconds;
        }).QuickCheckThrowOnFailure();
}
