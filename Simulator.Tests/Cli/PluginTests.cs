using NUnit.Framework;

namespace DmaBufSim.Tests.Cli;

/// <summary>Heaps of one's own: the example from end to end, and all the ways to get one wrong.</summary>
[TestFixture]
public sealed class PluginTests : CommandTests
{
    private const string Story = """
        machine memory=16MiB
        heap mine type=TYPE
        b = alloc mine 8KiB
        c = alloc mine 8KiB
        close b
        """;

    private static readonly string ExampleFolder = Path.Combine(CommandLine.Root, "examples", "one-block-heap");

    [Test]
    public void TheExampleRuns()
    {
        string story = Path.Combine(ExampleFolder, "one-block.heap");
        Called called = Call("run", story, "--plugin", CommandLine.ExamplePlugin);
        Ends(called, 0);
        Assert.That(called.Output, Does.Contain("a = alloc blocks 3MiB              -> ok size=3145728\n"));
        Assert.That(called.Output, Does.Contain("\n# PASS  "));
    }

    [Test]
    public void TheExampleIsShort() =>
        Assert.That(File.ReadAllLines(Path.Combine(ExampleFolder, "OneBlockHeap.cs")), Has.Length.AtMost(40));

    [Test]
    public void WithoutThePluginItsTypeIsUnknown()
    {
        Called called = Call("run", Path.Combine(ExampleFolder, "one-block.heap"));
        Ends(called, 2);
        Assert.That(called.Error, Does.Contain(": unknown heap type 'one-block'\n"));
    }

    [Test]
    public void TheShellKnowsTheHeapsOfAPlugin()
    {
        Write("story.heap", Story.Replace("TYPE", "one-block", StringComparison.Ordinal));
        Called called = Type("d = alloc mine 5MiB\n", "shell", "story.heap", "--plugin", CommandLine.ExamplePlugin);
        Ends(called, 0);
        Assert.That(called.Output, Does.Contain("d = alloc mine 5MiB -> ENOMEM reason=no-contiguous-run\n"));
    }

    [TestCase("throws-when-made", "story.heap: the heap 'mine' cannot be made: no luck today",
        "InvalidOperationException came out of DmaBufSim.Tests.Hosting.ThrowsWhenMade..ctor: "
        + "this is a defect of the plug-in, not of the scenario.")]
    [TestCase("throws-on-allocate", "story.heap:3: b = alloc mine 8KiB: first second",
        "FormatException came out of DmaBufSim.Tests.Hosting.ThrowsOnAllocate.AllocatePages: "
        + "this is a defect of the plug-in, not of the scenario.")]
    [TestCase("throws-on-free", "story.heap:5: close b: cannot free",
        "FormatException came out of DmaBufSim.Tests.Hosting.ThrowsOnFree.FreePages: "
        + "this is a defect of the plug-in, not of the scenario.")]
    [TestCase("gives-nothing",
        "story.heap:3: b = alloc mine 8KiB: the heap 'mine' (GivesNothing) answered with success and without a table",
        "This is a defect of the plug-in, not of the scenario.")]
    [TestCase("gives-the-same-again",
        "story.heap:4: c = alloc mine 8KiB: the heap 'mine' (GivesTheSameAgain) gave frame 0 twice",
        "This is a defect of the plug-in, not of the scenario.")]
    public void APluginThatBreaksTheRulesIsNamed(string type, string expected, string whose)
    {
        Write("story.heap", Story.Replace("TYPE", type, StringComparison.Ordinal));
        Called called = Call("run", "story.heap", "--plugin", CommandLine.FaultyPlugin);
        Ends(called, 4);
        Assert.That(called.Error, Does.Match(@"^[^\n]+\n[^\n]+\n$"));
        string told = called.Error.Replace("gave frame 4092 twice", "gave frame 0 twice", StringComparison.Ordinal);
        Assert.That(told, Is.EqualTo($"{expected}\n{whose}\n"));
    }

    [Test]
    public void ABrokenRuleOfTheSimulatorIsToldWithThePluginThatBrokeIt()
    {
        Write("story.heap", Story.Replace("TYPE", "frees-twice", StringComparison.Ordinal));
        Called called = Call("run", "story.heap", "--plugin", CommandLine.FaultyPlugin);
        Ends(called, 4);
        Assert.That(called.Error, Does.StartWith("story.heap:5: close b: broken invariant: "));
        Assert.That(called.Error, Does.Contain("came out of DmaBufSim.Tests.Hosting.FreesTwice.FreePages: "));
    }

    [Test]
    public void ASettingThatAHeapRefusesIsAMistake()
    {
        Write("story.heap", Story.Replace("TYPE", "refuses-when-made", StringComparison.Ordinal));
        Called called = Call("run", "story.heap", "--plugin", CommandLine.FaultyPlugin);
        Ends(called, 2);
        Assert.That(called.Error, Is.EqualTo("story.heap: heap 'mine': size= is missing\n"));
    }

    [Test]
    public void WhatWasPlayedBeforeAFaultIsPrinted()
    {
        Write("story.heap", Story.Replace("TYPE", "throws-on-free", StringComparison.Ordinal));
        Called called = Call("run", "story.heap", "--plugin", CommandLine.FaultyPlugin);
        Assert.That(called.Output, Does.EndWith("\nc = alloc mine 8KiB -> ok size=8192\n"));
    }

    [Test]
    public void AFaultInTheShellBreaksTheMachineUntilItIsReset()
    {
        Write("story.heap", "heap mine type=throws-on-allocate\n");
        Called called = Type(
            "b = alloc mine 1\nheaps\nreset\nheaps\n", "shell", "story.heap", "--plugin", CommandLine.FaultyPlugin);
        Ends(called, 0);
        Assert.That(called.Output, Does.StartWith("""
            b = alloc mine 1 
            first second
            FormatException came out of DmaBufSim.Tests.Hosting.ThrowsOnAllocate.AllocatePages: this is a defect
            """.ReplaceLineEndings("\n")));
        Assert.That(called.Output, Does.Contain("\nheaps the machine is broken; `reset` switches it on anew\n"));
        Assert.That(called.Output, Does.Contain("\nheaps -> ok count=1\n"));
    }

    [Test]
    public void AFaultWhileTheShellStartsEndsIt()
    {
        Write("story.heap", "heap mine type=throws-when-made\n");
        Called called = Type("heaps\n", "shell", "story.heap", "--plugin", CommandLine.FaultyPlugin);
        Ends(called, 4);
        Assert.That(called.Error, Does.StartWith("the heap 'mine' cannot be made: no luck today\n"));
    }

    [Test]
    public void EveryPluginThatCannotBeUsedIsTold()
    {
        Write("good.heap", Good);
        Write("text.dll", "this is no assembly");
        Called called = Call(
            "run", "good.heap", "--plugin", "nothing.dll", "--plugin", "text.dll",
            "--plugin", CommandLine.ExamplePlugin, "--plugin", CommandLine.ExamplePlugin);
        Ends(called, 2);
        Assert.That(called.Output, Is.Empty);
        Assert.That(called.Error, Is.EqualTo($"""
            nothing.dll: there is no such file; build the plug-in and name its .dll
            text.dll: this is not a .NET assembly; name the .dll that `dotnet build` made
            {CommandLine.ExamplePlugin}: the class OneBlockHeap calls itself 'one-block', which is a heap type already; choose another word

            """));
    }
}
