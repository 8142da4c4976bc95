using NUnit.Framework;

namespace DmaBufSim.Tests.Cli;

/// <summary>The verbs at a prompt, and the words that explain them.</summary>
[TestFixture]
public sealed class ShellTests : CommandTests
{
    [Test]
    public void EachLineIsFollowedByItsOutcome()
    {
        Called called = Shell("b = alloc system 4096", "close b", "close b", "", "# a comment");
        Assert.That(called.Output, Is.EqualTo("""
            b = alloc system 4096 -> ok size=4096
            close b -> ok
            close b -> EBADF reason=descriptor-not-open
            #   The number is not an open descriptor of this process: it was never opened,
            #     or it is closed. A name that no step has bound counts as descriptor -1.

            """));
    }

    [Test]
    public void AMistakeIsShownAndTheSessionGoesOn()
    {
        Called called = Shell("b = aloc system 1", "b = alloc sistem 1", "heaps\0", "buffers");
        Assert.That(called.Output, Does.StartWith("""
            input:1:5: unknown verb 'aloc'
                b = aloc system 1
                    ^
            did you mean 'alloc'?
            input:2:11: unknown heap 'sistem'
            """));
        Assert.That(called.Output, Does.Contain("input:3:6: the line has a control character, U+0000\n"));
        Assert.That(called.Output, Does.EndWith("buffers -> ok count=0 bytes=0\n"));
    }

    [Test]
    public void HelpListsAllAndTellsOne()
    {
        string all = Shell("help").Output;
        foreach (string word in (string[])["alloc", "mmap", "holders", "explain", "save", "quit"])
        {
            Assert.That(all, Does.Match($@"(?m)^  {word}\b"));
        }

        Assert.That(Shell("help mmap").Output, Is.EqualTo(Call("explain", "mmap").Output));
        Assert.That(Shell("help save").Output, Does.StartWith("`save FILE` writes"));
        Assert.That(Shell("save").Output, Does.StartWith("`save FILE` writes"));
        Assert.That(Shell("help mmpa").Output, Does.Contain("did you mean 'mmap'?"));
    }

    [TestCase("heap x type=cma", "`heap` is a declaration: ")]
    [TestCase("machine memory=64MiB", "`machine` is a declaration: ")]
    [TestCase("never cpu reads system", "`never` is a verdict: ")]
    public void WhatStandsInFilesOnlyIsTold(string line, string expected) =>
        Assert.That(Shell(line).Output, Does.StartWith(expected));

    [Test]
    public void ANameMayBeACommand() =>
        Assert.That(Shell("save = alloc system 1", "heap = dup save").Output, Is.EqualTo(
            "save = alloc system 1 -> ok size=4096\nheap = dup save -> ok\n"));

    [Test]
    public void TheStateCanBeSeen()
    {
        string output = Shell(
            "b = alloc video 4096", "a = attach decoder b", "heaps", "buffers", "holders b", "warnings",
            "cat /sys/kernel/debug/dma_buf/bufinfo", "machine").Output;
        Assert.That(output, Does.Contain("| video     "));
        Assert.That(output, Does.Match(@"\n\| first +descriptor \d+\n"));
        Assert.That(output, Does.Contain("\n| Total 1 objects, 4096 bytes\n"));
        Assert.That(output, Does.Contain("\nheap video type=protected on=cma0\n"));
    }

    [Test]
    public void ASessionIsSavedAsAScenario()
    {
        Called called = Shell("b = alloc system 4096", "close b", "close b", "save session.heap", "quit", "never read");
        Assert.That(called.Output, Does.EndWith("3 steps written to session.heap\n"));
        Ends(Call("run", "session.heap", "-q", "--exact"), 0);
        Assert.That(Shell("heaps", "save one.heap").Output, Does.EndWith("1 step written to one.heap\n"));
    }

    [TestCase("nowhere/session.heap")]
    [TestCase(".")]
    public void ASessionThatCannotBeSavedGoesOn(string path)
    {
        Called called = Shell($"save {path}", "buffers");
        Assert.That(called.Output, Does.StartWith($"{path} cannot be written: "));
        Assert.That(called.Output, Does.EndWith("buffers -> ok count=0 bytes=0\n"));
    }

    [Test]
    public void AFileIsPlayedFirst()
    {
        Write("good.heap", Good);
        Called called = Type("c = alloc system 1\n", "shell", "good.heap");
        Ends(called, 0);
        Assert.That(called.Output, Does.StartWith("b = alloc system 8KiB -> ok size=8192\n"));
        Assert.That(called.Output, Does.EndWith("c = alloc system 1 -> ok size=4096\n"));
        Ends(Call("shell", "nothing.heap"), 2);
    }

    [Test]
    public void AfterACrashTheMachineCanBeReset()
    {
        string output = Shell(
            "b = alloc system 1", "a = attach probe0 b", "map a none", "buffers", "reset", "buffers").Output;
        Assert.That(output, Does.Contain("\nmap a none -> crash\n| kernel BUG in "));
        Assert.That(output, Does.Contain("\nbuffers the machine has crashed; `reset` switches it on anew\n"));
        Assert.That(output, Does.EndWith("\nbuffers -> ok count=0 bytes=0\n"));
    }

    [Test]
    public void ProcessesMayPlay()
    {
        string output = Shell("b = alloc system 1", "fork p1", "p1: close b", "kill p1", "p1: close b", "close b").Output;
        Assert.That(output, Does.Contain("\np1: close b -> ok\n"));
        Assert.That(output, Does.Contain("\np1: close b -> ESRCH reason=process-gone\n"));
    }

    [Test]
    public void TabCompletesAndArrowsRecall()
    {
        if (Sh("script -qec true /dev/null </dev/null").Code != 0)
        {
            Assert.Ignore("no `script` that could open a terminal");
        }

        // Keys: `b = alloc sy`, Tab, `1`, Enter; `buff`, Tab, Enter; twice up, Enter; Ctrl-D.
        const string Keys = @"b = alloc sy\t1\rbuff\t\r\033[A\033[A\r\004";
        Called called = Sh(
            $"(sleep 2; printf '{Keys}'; sleep 2) | script -qec \"$SIM shell\" /dev/null", ("TERM", "xterm"));
        Assert.That(called.Output, Does.Contain("-> ok count=1 bytes=4096"));
        Assert.That(called.Output.Split("-> ok size=4096"), Has.Length.EqualTo(3), called.Output);
    }

    [TestCase("EINVAL", "EINVAL (22): ")]
    [TestCase("einval", "EINVAL (22): ")]
    [TestCase("length-zero", "length-zero\n")]
    [TestCase("reason=length-zero", "length-zero\n")]
    [TestCase("alloc", "RESULT = alloc HEAP LEN [FDFLAGS [HEAPFLAGS]]\n")]
    public void AWordIsExplained(string word, string expected)
    {
        Called called = Call("explain", word);
        Ends(called, 0);
        Assert.That(called.Output, Does.StartWith(expected));
    }

    // Of a list of words each is told, on as many lines as it takes.
    [Test]
    public void AllWordsOfAnOutcomeAreTold()
    {
        string output = Call("explain", "background").Output;
        Assert.That(output, Does.Contain("on ok:     events= time=").And.EndsWith(" no_import=\n"));
        Assert.That(output.Split('\n'), Has.All.Length.LessThanOrEqualTo(80));
    }

    [Test]
    public void AWordThatIsUnknownIsAMistake()
    {
        Called called = Call("explain", "EINVALL");
        Ends(called, 2);
        Assert.That(called.Error, Is.EqualTo("'EINVALL' is no errno, reason or verb; did you mean 'EINVAL'?\n"));
        Ends(Call("explain", ""), 2);
    }

    [Test]
    public void AloneItListsAllWords()
    {
        Called called = Call("explain");
        Ends(called, 0);
        Assert.That(called.Output, Does.Match("(?s)^errnos: EPERM .*\nreasons: .*\nverbs: alloc "));
        Assert.That(called.Output.Split('\n').Max(line => line.Length), Is.AtMost(80));
    }

    private Called Shell(params string[] lines)
    {
        Called called = Type(string.Join('\n', lines) + "\n", "shell");
        Ends(called, 0);
        Assert.That(called.Error, Is.Empty);
        return called;
    }
}
