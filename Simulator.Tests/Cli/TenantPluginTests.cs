using NUnit.Framework;

namespace DmaBufSim.Tests.Cli;

/// <summary>Tenants of one's own: the example from end to end, and the ways to get one or its line wrong.</summary>
[TestFixture]
public sealed class TenantPluginTests : CommandTests
{
    private const string Story = """
        machine memory=64MiB
        area lent size=32MiB
        heap cam type=cma on=lent
        tenant LINE
        background 1s
        """;

    private static readonly string Example =
        Path.Combine(CommandLine.Root, "examples", "launching-app", "launching-app.heap");

    [Test]
    public void TheExampleRuns()
    {
        Called called = Call("run", Example, "--plugin", CommandLine.ExampleTenant);
        Ends(called, 0);
        Assert.That(called.Output, Does.Contain("background 3s         -> ok events=20 "));
        Assert.That(called.Output, Does.Contain("|   page 4066 of game, pinned\n"));
    }

    [Test]
    public void WithoutThePluginItsTypeIsUnknown()
    {
        Called called = Call("run", Example);
        Ends(called, 2);
        Assert.That(called.Error, Does.Contain(": unknown tenant type 'launch'\n"));
    }

    [Test]
    public void TheOtherCommandsKnowIt()
    {
        Ends(Call("compare", Example, "--seeds", "2", "--policy", "first-fit,gcma", "--plugin", CommandLine.ExampleTenant), 0);
        Ends(Call("draw", Example, "--every", "1s", "-o", "m.svg", "--plugin", CommandLine.ExampleTenant), 0);
        Assert.That(Read("m-0002.svg"), Does.Contain(">5,120<"));

        Called shell = Type("machine\nsave again.heap\n", "shell", Example, "--plugin", CommandLine.ExampleTenant);
        Ends(shell, 0);
        Assert.That(shell.Output, Does.Contain("tenant game type=launch burst=40MiB life=5s pause=5s\n"));
        Ends(Call("run", "again.heap", "--exact", "--plugin", CommandLine.ExampleTenant), 0);
    }

    // A name that is a type needs no type=, as with the tenants that are built in.
    [TestCase("launch2 burst=1MiB..2MiB life=1s", "")]
    [TestCase("a type=launch", "a tenant of type launch needs burst=")]
    [TestCase("a type=launch burst=0", "burst=0 is out of range")]
    [TestCase("a type=launch burst=2MiB..1MiB", "the range '2MiB..1MiB' runs backwards")]
    [TestCase("a type=launch burst=4MiB life=5", "'5' is no time")]
    [TestCase("a type=launch burst=4MiB lif=5s", "unknown key 'lif'")]
    [TestCase("a type=lunch burst=4MiB", "did you mean 'launch'?")]
    public void ItsKeysAreChecked(string line, string mistake)
    {
        Write("story.heap", Story.Replace("LINE", line, StringComparison.Ordinal));
        Called called = Call("run", "story.heap", "--plugin", CommandLine.ExampleTenant);
        Ends(called, mistake.Length == 0 ? 0 : 2);
        Assert.That(called.Error, mistake.Length == 0 ? Is.Empty : Does.Contain(mistake));
    }

    [TestCase(0, ":5: background 1s: never comes", "FormatException", "Come")]
    [TestCase(1, ":5: background 1s: no event", "FormatException", "Happen")]
    [TestCase(2, ":5: background 1s: delay ('-5') must be", "ArgumentOutOfRangeException", "Happen")]
    [TestCase(3, ":5: background 1s: delay ('9223372036854775807') must be", "ArgumentOutOfRangeException", "Happen")]
    [TestCase(4, ": stays", "FormatException", "Leave")]
    public void ATenantThatBreaksTheRulesIsNamed(int place, string message, string type, string method)
    {
        Write("story.heap", Story.Replace("LINE", $"a type=breaks-at place={place}", StringComparison.Ordinal));
        Called called = Call("run", "story.heap", "--plugin", CommandLine.FaultyPlugin);
        Ends(called, 4);
        Assert.That(called.Error, Does.StartWith($"story.heap{message}"));
        Assert.That(called.Error, Does.EndWith(
            $"\n{type} came out of DmaBufSim.Tests.Hosting.BreaksAt.{method}: "
            + "this is a defect of the plug-in, not of the scenario.\n"));
    }
}
