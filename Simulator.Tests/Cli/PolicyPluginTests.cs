using NUnit.Framework;

namespace DmaBufSim.Tests.Cli;

/// <summary>Policies of areas that break the rules, each in one way.</summary>
[TestFixture]
public sealed class PolicyPluginTests : CommandTests
{
    private const string Story = """
        machine memory=64MiB
        area lent size=8MiB policy=POLICY
        heap cam type=cma on=lent
        a = alloc cam 1MiB
        b = alloc cam 1MiB
        close a
        c = alloc cam 1MiB
        d = alloc cam 1MiB
        """;

    private const string Theirs = "This is a defect of the plug-in, not of the scenario.";

    [TestCase("policy-throws-when-made", "story.heap: no luck today",
        "FormatException came out of DmaBufSim.Tests.Hosting.PolicyThrowsWhenMade..ctor: "
        + "this is a defect of the plug-in, not of the scenario.")]
    [TestCase("order-throws", "story.heap:7: c = alloc cam 1MiB: no order",
        "FormatException came out of DmaBufSim.Tests.Hosting.OrderThrows.Compare: "
        + "this is a defect of the plug-in, not of the scenario.")]
    [TestCase("aligns-to-everything",
        "story.heap: the policy AlignsToEverything gives the alignment order 99; it must be from 0 to 12", Theirs)]
    [TestCase("waits-backwards", "story.heap: the policy WaitsBackwards gives the retry delay -5; "
        + "it must be from 0 to 86400000000000 nanoseconds", Theirs)]
    [TestCase("tries-backwards", "story.heap: the policy TriesBackwards gives -1 retries; it must be 0 or more", Theirs)]
    public void APolicyThatBreaksTheRulesIsNamed(string policy, string expected, string whose)
    {
        Write("story.heap", Story.Replace("POLICY", policy, StringComparison.Ordinal));
        Called called = Call("run", "story.heap", "--plugin", CommandLine.FaultyPlugin);
        Ends(called, 4);
        Assert.That(called.Error, Is.EqualTo($"{expected}\n{whose}\n"));
    }

    [Test]
    public void AFaultInOneOfManyRunsIsNamedToo()
    {
        Write("story.heap", Story.Replace("POLICY", "first-fit", StringComparison.Ordinal));
        Called called = Call(
            "compare", "story.heap", "--policy", "first-fit,order-throws", "--seeds", "2",
            "--plugin", CommandLine.FaultyPlugin);
        Ends(called, 4);
        Assert.That(called.Error, Does.Contain(": no order\n")
            .And.Contain("\nFormatException came out of DmaBufSim.Tests.Hosting.OrderThrows.Compare: "));
    }
}
