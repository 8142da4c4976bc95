using System.Collections.Immutable;
using DmaBufSim.Abi;
using DmaBufSim.Scenarios;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Scenarios;

[TestFixture]
public sealed class ExpectationTests
{
    [TestCase("ok", "ok size=4096", null, null)]
    [TestCase("ok size=4096", "ok size=4096", null, null)]
    [TestCase("ok size=8192", "ok size=4096", null, "expected size=8192, got size=4096")]
    [TestCase("ok count=1", "ok size=4096 count=1 name=x", null, null)]
    [TestCase("ok name=x", "ok size=4096", null, "expected name=x, got no name=")]
    [TestCase("ok nam=x", "ok name=x", null, "expected nam=x, got no nam=")]
    [TestCase("ok", "EINVAL", "length-zero", "expected ok, got EINVAL (reason=length-zero)")]
    [TestCase("EINVAL", "EBADF", null, "expected EINVAL, got EBADF")]
    [TestCase("EINVAL", "ok", null, "expected EINVAL, got ok")]
    [TestCase("EINVAL reason=length-zero", "EINVAL", "length-zero", null)]
    [TestCase("EINVAL reason=length-zero", "EINVAL", "name-too-long", "expected reason=length-zero, got reason=name-too-long")]
    [TestCase("EINVAL reason=length-zero", "EINVAL", null, "expected reason=length-zero, got no reason")]
    [TestCase("EINVAL", "EINVAL", "length-zero", null)]
    [TestCase("ok yes", "ok no", null, "expected yes, got \"no\"")]
    [TestCase("ok a c", "ok a b c", null, null)]
    [TestCase("ok c a", "ok a b c", null, "expected a, got \"a b c\"")]
    [TestCase("crash", "crash", null, null)]
    public void WhatIsWrittenMustAgree(string expected, string actual, string? reason, string? difference) =>
        Assert.That(Match(expected, actual, reason, exact: false), Is.EqualTo(difference));

    [TestCase("ok size=4096", "ok size=4096", null, null)]
    [TestCase("ok", "ok size=4096", null, "expected exactly \"\", got \"size=4096\"")]
    [TestCase("ok a b", "ok b a", null, "expected exactly \"a b\", got \"b a\"")]
    [TestCase("ok a b", "ok a", null, "expected exactly \"a b\", got \"a\"")]
    [TestCase("EINVAL", "EINVAL", "length-zero", null)]
    [TestCase("EINVAL reason=length-zero", "EINVAL", "length-zero", null)]
    [TestCase("EINVAL reason=length-zero", "EINVAL", "name-too-long", "expected reason=length-zero, got reason=name-too-long")]
    public void EveryWordMustAgreeWhereAsked(string expected, string actual, string? reason, string? difference) =>
        Assert.That(Match(expected, actual, reason, exact: true), Is.EqualTo(difference));

    [TestCase("", "a|b", false, null)]
    [TestCase("", "a|b", true, "expected 0 lines, got 2")]
    [TestCase("a|b", "a|b", true, null)]
    [TestCase("a|b", "a|c", false, "line 2 differs: expected \"b\", got \"c\"")]
    [TestCase("a|b", "a", false, "expected 2 lines, got 1")]
    public void LinesMustAgreeWhereThereAreAny(string expected, string actual, bool exact, string? difference) =>
        Assert.That(new Expectation("ok", [], Lines(expected)).Matches(new Outcome("ok", [], Lines(actual), default), exact), Is.EqualTo(difference));

    private static ImmutableArray<string> Lines(string text) => text.Length == 0 ? [] : [.. text.Split('|')];

    private static string? Match(string expected, string actual, string? reason, bool exact)
    {
        string[] wanted = expected.Split(' ');
        string[] got = actual.Split(' ');
        Refusal refusal = new(default, reason is null ? Reason.None : ReasonWords.Find(reason), null, null, -1, -1);
        return new Expectation(wanted[0], [.. wanted[1..]], [])
            .Matches(new Outcome(got[0], [.. got[1..]], [], refusal), exact);
    }
}
