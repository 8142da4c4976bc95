using NUnit.Framework;

namespace DmaBufSim.Tests.Cli;

/// <summary>What a run prints, and how it ends.</summary>
[TestFixture]
public sealed class RunTests : CommandTests
{
    [TestCase("good.heap -q --transcript", "--transcript and --quiet do not go together: leave one out\n")]
    [TestCase("good.heap -q --json -", "--json - and --quiet do not go together: leave one out\n")]
    [TestCase("good.heap --json - --transcript", "--json - and --transcript do not go together: leave one out\n")]
    [TestCase("good.heap -q --explain", "--explain is for transcripts and --json: leave out --quiet\n")]
    [TestCase(". --explain", "--explain is for transcripts and --json: with several files it needs --transcript\n")]
    public void AnOptionThatWouldChangeNothingIsRefused(string arguments, string message)
    {
        Write("good.heap", Good);
        Write("more.heap", Good);
        Called called = Call(["run", .. arguments.Split(' ')]);
        Ends(called, 2);
        Assert.That(called.Error, Does.StartWith(message));
        Assert.That(called.Output, Does.Not.Contain("PASS"));
    }

    [Test]
    public void ASingleFilePrintsItsTranscript()
    {
        Write("good.heap", Good);
        Called called = Call("run", "good.heap");
        Ends(called, 0);
        Assert.That(called.Error, Is.Empty);
        Assert.That(called.Output, Is.EqualTo("""
            # A buffer, seen by a program.
            machine memory=64MiB
            heap system
            device gpu

            b = alloc system 8KiB     -> ok size=8192
            m = mmap b 0 8KiB rw shared -> ok
            fill m 0 8KiB 0x5a        -> ok  # every byte
            hash m 0 8KiB             -> ok first=5a fnv1a=da25f6dbc2392325
            close b                   -> ok
            close b                   -> EBADF reason=descriptor-not-open

            always every frame has one owner
            # always every frame has one owner: holds
            # PASS   good.heap  6 steps, 1 verdict

            """));
    }

    [Test]
    public void ATranscriptIsAScenarioAgain()
    {
        Write("good.heap", Good);
        string transcript = Call("run", "good.heap", "--explain").Output;
        Write("again.heap", transcript);
        Ends(Call("run", "again.heap", "-q", "--exact"), 0);

        Write("wrong.heap", Wrong);
        Write("right.heap", Call("run", "wrong.heap").Output);
        Ends(Call("run", "right.heap", "-q", "--exact"), 0);
    }

    [Test]
    public void TheTranscriptOfATranscriptIsTheSame()
    {
        Write("good.heap", Good);
        string transcript = Call("run", "good.heap").Output;
        Write("good.heap", transcript);
        Assert.That(Call("run", "good.heap").Output, Is.EqualTo(transcript));
    }

    [Test]
    public void EachFileHasALine()
    {
        Write("all/10.heap", Wrong);
        Write("all/9.heap", Good);
        Write("all/below/x.heap", Crashing);
        Write("all/notes.txt", "nothing");
        Called called = Call("run", "all");
        Ends(called, 3);
        string[] lines = called.Output.Split('\n');
        Assert.That(lines[0], Is.EqualTo("PASS   all/9.heap        6 steps, 1 verdict"));
        Assert.That(lines[1], Is.EqualTo("FAIL   all/10.heap       1 step, 1 wrong"));
        Assert.That(lines, Has.Some.EqualTo("CRASH  all/below/x.heap  4 steps, 3 played, 1 wrong"));
        Assert.That(lines[^2], Is.EqualTo("3 files, 10 steps: 1 passed, 1 failed, 1 crashed"));
    }

    [Test]
    public void AWrongOutcomeIsShownSideBySideWithTheReason()
    {
        Write("wrong.heap", Wrong);
        Called called = Call("run", "wrong.heap", "--quiet");
        Ends(called, 1);
        Assert.That(called.Output, Does.StartWith("""
            FAIL   wrong.heap  1 step, 1 wrong
              wrong.heap:2: wrong outcome
                b = alloc system 0
                ! expected: ok size=4096
                ! actual:   EINVAL reason=length-zero

            """));
        Assert.That(called.Output, Does.Contain("decided in: "));
    }

    [Test]
    public void ABrokenVerdictIsAFailure()
    {
        Write("broken.heap", """
            heap system
            device gpu
            b = alloc system 4096
            a = attach gpu b
            map a to_device
            read a 0 16
            never gpu reads system
            """);
        Called called = Call("run", "broken.heap", "-q");
        Ends(called, 1);
        Assert.That(called.Output, Does.Contain("broken.heap:7: broken verdict"));
        Assert.That(called.Output, Does.Contain("never gpu reads system: broken at line 6: "));
    }

    [Test]
    public void ACrashIsNoFailure()
    {
        Write("crash.heap", Crashing);
        Called called = Call("run", "crash.heap");
        Ends(called, 3);
        Assert.That(called.Output, Does.Contain("\n# the machine has crashed; 1 step was not played\n"));
        Assert.That(called.Output, Does.Contain("\n| kernel BUG in "));
    }

    [Test]
    public void ACrashThatIsExpectedPasses()
    {
        Write("crash.heap", Crashing.Replace("map a none\nclose b", "map a none -> crash", StringComparison.Ordinal));
        Ends(Call("run", "crash.heap"), 0);
    }

    [Test]
    public void ExactComparesEveryWord()
    {
        Write("words.heap", "heap system\nb = alloc system 4096 -> ok\n");
        Ends(Call("run", "words.heap", "-q"), 0);
        Called called = Call("run", "words.heap", "-q", "--exact");
        Ends(called, 1);
        Assert.That(called.Output, Does.Contain("! expected exactly \"\", got \"size=4096\""));
    }

    [Test]
    public void ExplainTellsTheKernelFunctionAndTheChanges()
    {
        Write("good.heap", Good);
        string output = Call("run", "good.heap", "--explain").Output;
        Assert.That(output, Does.Contain("#   in Linux: DMA_HEAP_IOCTL_ALLOC\n"));
        Assert.That(output, Does.Contain("#   buffer #1 made, 8192 bytes, exporter system\n"));
        Assert.That(output, Does.Contain("#   cpu wrote 8192 bytes of #1 at 0\n"));
    }

    [Test]
    public void TheLogGoesToStandardError()
    {
        Write("good.heap", Good);
        Called information = Call("run", "good.heap", "-q", "--log", "information");
        Ends(information, 0);
        Assert.That(information.Error, Does.StartWith("INF BufferExported: buffer #1 made"));
        Assert.That(information.Error, Does.Not.Contain("VRB").And.Not.Contain("DBG"));
        Assert.That(Call("run", "good.heap", "-q", "--log", "verbose").Error, Does.Contain("VRB BytesWritten: cpu wrote"));
        Assert.That(information.Output, Is.EqualTo(Call("run", "good.heap", "-q").Output));
    }

    [Test]
    public void TranscriptPrintsThatOfEveryFile()
    {
        Write("a.heap", Good);
        Write("b.heap", Good);
        string output = Call("run", "a.heap", "b.heap", "--transcript").Output;
        Assert.That(output.Split("# A buffer, seen by a program.\n"), Has.Length.EqualTo(3));
        Assert.That(output, Does.EndWith("\n# 2 files, 12 steps: 2 passed, 0 failed, 0 crashed\n"));
    }

    [Test]
    public void HundredThousandStepsRun()
    {
        Write("long.heap", LongStory(100_000));
        Called called = Call("run", "long.heap", "-q");
        Ends(called, 0);
        Assert.That(called.Output, Is.EqualTo("PASS   long.heap  100,000 steps, 1 verdict\n"));
    }

    private static string LongStory(int steps)
    {
        System.Text.StringBuilder text = new("machine memory=64MiB\nheap system\n");
        for (int i = 0; i < steps / 5; i++)
        {
            text.Append("b = alloc system 8192 -> ok\nm = mmap b 0 8192 rw shared\n");
            text.Append("fill m 0 16 1\nmunmap m\nclose b -> ok\n");
        }

        return text.Append("always reference counts equal holders\n").ToString();
    }
}
