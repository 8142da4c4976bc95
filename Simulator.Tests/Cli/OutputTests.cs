using System.Diagnostics;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace DmaBufSim.Tests.Cli;

/// <summary>Where the words go: terminals, pipes, full devices, other cultures.</summary>
[TestFixture]
public sealed partial class OutputTests : CommandTests
{
    private const string OnTerminal = "script -qec \"$SIM {0}\" /dev/null </dev/null";

    [Test]
    public void ATerminalGetsTheSameWordsInColour()
    {
        Write("story.heap", Good + "munmap m -> EPERM\n");
        string plain = Call("run", "story.heap", "--explain").Output;
        string colored = OnATerminal("run story.heap --explain", ("TERM", "xterm-256color"));
        Assert.That(colored, Does.Contain("\u001b["));
        Assert.That(plain, Does.Not.Contain("\u001b"));
        Assert.That(Escape().Replace(colored, ""), Is.EqualTo(plain));
    }

    [TestCase("NO_COLOR", "1")]
    [TestCase("TERM", "dumb")]
    public void ATerminalWithoutColourGetsPlainText(string name, string value)
    {
        Write("story.heap", Good);
        string output = OnATerminal("run story.heap", ("TERM", "xterm"), (name, value));
        Assert.That(output, Is.EqualTo(Call("run", "story.heap").Output));
    }

    [Test]
    public void ALongRunTellsATerminalHowFarItIs()
    {
        Write("long.heap", """
            machine memory=256MiB
            heap system
            b = alloc system 128MiB
            m = mmap b 0 128MiB rw shared
            fill m 0 128MiB 1
            """ + "\n" + string.Concat(Enumerable.Repeat("hash m 0 128MiB\n", 12)));
        string output = OnATerminal("run long.heap -q", ("TERM", "xterm"));
        Assert.That(output, Does.Match(@"long\.heap: \d+ of 15 steps"));
        Called piped = Call("run", "long.heap", "-q");
        Assert.That(piped.Error, Is.Empty);
    }

    [Test]
    public void ASearchTellsATerminalBetweenWhichSizesItIs()
    {
        Write("long.heap", """
            machine memory=64MiB
            area cma0 size=4MiB
            heap cma on=cma0
            tenant io type=buffers heap=cma length=6MiB count=1 life=1ms pause=1ms
            background 2000000
            """);
        string output = OnATerminal("smallest long.heap --seeds 1", ("TERM", "xterm"));
        Assert.That(output, Does.Match(@"smallest: \d+MiB, (at most|between \d+MiB and|below) \d+MiB: [01] of 1 seed"));
        Assert.That(Escape().Replace(output, ""), Does.Contain("area cma0: 6MiB is enough for 1 seed\n"));
    }

    [Test]
    public void AShortSequenceIsToldInItsOwnUnit()
    {
        Write("short.heap", """
            machine memory=64MiB
            area cma0 size=48MiB
            heap cma on=cma0
            """ + "\n" + string.Concat(Enumerable.Repeat("a = alloc cma 1MiB\nclose a\n", 200)));
        string output = OnATerminal("draw short.heap --every 1us -o maps", ("TERM", "xterm"));
        Assert.That(output, Does.Match(@"short\.heap: \d+ of 400 (microseconds|steps)").And.Not.Contain(" seconds"));
    }

    [Test]
    public void AMessageIsNotWiderThanATerminal()
    {
        Write("policy.heap", "area a size=16MiB policy=" + new string('x', 50) + "\nheap cma on=a\n");
        Write("good.heap", "area a size=16MiB\nheap cma on=a\nb = alloc cma 4MiB\nc = alloc cma 1234567\n");
        foreach (string call in (string[])["run policy.heap", "compare good.heap --policy foo", "smallest good.heap --seeds 2"])
        {
            string[] lines = Escape().Replace(OnATerminal(call, ("TERM", "dumb")), "").Split('\n');
            Assert.That(lines, Has.All.Length.LessThanOrEqualTo(80));
            Assert.That(lines, Has.Some.StartsWith("  "));
            Called piped = CommandLine.CallIn(Folder, "", call.Split(' '));
            Assert.That((piped.Output + piped.Error).Split('\n'), Has.Some.Length.GreaterThan(80), call);
        }
    }

    [Test]
    public void OutputThatIsLostIsTold()
    {
        if (!File.Exists("/dev/full"))
        {
            Assert.Ignore("no /dev/full");
        }

        Write("good.heap", Good);
        foreach (string call in (string[])["run good.heap", "run good.heap -q", "explain", "shell", "--help"])
        {
            Called called = Sh($"echo heaps | $SIM {call} >/dev/full");
            Ends(called, 2);
            Assert.That(called.Error, Does.StartWith("standard output cannot be written: "));
        }
    }

    [Test]
    public void ClosedOutputIsTold()
    {
        Write("good.heap", Good);
        Ends(Sh("$SIM run good.heap >&-"), 2);
        Ends(Sh("$SIM run good.heap >&- 2>&-"), 2);
    }

    [Test]
    public void AReaderThatHasGoneIsNoFailure()
    {
        Write("long.heap", "heap system\n" + string.Concat(Enumerable.Repeat("b = alloc system 1\nclose b\n", 20_000)));
        Called called = Sh("{ $SIM run long.heap; echo $? >&2; } | head -1");
        Ends(called, 0);
        Assert.That(called.Output, Is.EqualTo("heap system\n"));
        Assert.That(called.Error, Is.EqualTo("0\n"));
    }

    [Test]
    public void TwoRunsGiveTheSameBytesInEveryCulture()
    {
        Write("a/ı.heap", Good);
        Write("a/I.heap", Wrong);
        Write("a/i.heap", Crashing);
        const string Line = "$SIM run a --transcript --explain --json report.json; cat report.json";
        string first = Sh(Line).Output;
        Assert.That(first, Does.Contain("\"summary\""));
        Assert.That(Sh(Line).Output, Is.EqualTo(first));
        Assert.That(Sh(Line, ("LANG", "tr_TR.UTF-8"), ("LC_ALL", "tr_TR.UTF-8")).Output, Is.EqualTo(first));
        Assert.That(Sh(Line, ("LC_ALL", "C"), ("COLUMNS", "20")).Output, Is.EqualTo(first));
    }

    [Test]
    public void NoPathIsToldThatWasNotGiven()
    {
        Write("good.heap", Good);
        Write("wrong.heap", Wrong);
        foreach (string[] how in (string[][])[["--transcript"], ["--json", "-"]])
        {
            Called called = Call(["run", ".", "--explain", .. how]);
            Assert.That(called.Output, Does.Contain("./wrong.heap"));
            Assert.That(called.Output + called.Error, Does.Not.Contain(Folder));
        }
    }

    // The goal is 150 ms on a machine that does nothing else; one that runs tests is busy.
    [Test]
    public void TheFirstLineComesSoon()
    {
        Write("good.heap", Good);
        TimeSpan best = TimeSpan.MaxValue;
        for (int i = 0; i < 8; i++)
        {
            long start = Stopwatch.GetTimestamp();
            Ends(Call("run", "good.heap"), 0);
            TimeSpan taken = Stopwatch.GetElapsedTime(start);
            best = taken < best ? taken : best;
        }

        TestContext.Out.WriteLine($"best of eight: {best.TotalMilliseconds:F0} ms");
        Assert.That(best, Is.LessThan(TimeSpan.FromMilliseconds(450)));
    }

    private string OnATerminal(string arguments, params (string Name, string? Value)[] environment)
    {
        if (Sh("script -qec true /dev/null </dev/null").Code != 0)
        {
            Assert.Ignore("no `script` that could open a terminal");
        }

        string line = OnTerminal.Replace("{0}", arguments, StringComparison.Ordinal);
        string output = Sh(line, environment).Output.ReplaceLineEndings("\n");

        // The runtime tells every terminal which keys it wants.
        const string Keys = "\u001b[?1h\u001b=";
        return output.StartsWith(Keys, StringComparison.Ordinal) ? output[Keys.Length..] : output;
    }

    [GeneratedRegex(@"\u001b\[[0-9;?]*[A-Za-z]")]
    private static partial Regex Escape();
}
