using NUnit.Framework;

namespace DmaBufSim.Tests.Cli;

[TestFixture]
public sealed class CompareTests : CommandTests
{
    private const string Story = """
        machine memory=64MiB seed=7
        heap reserved type=cma size=16MiB
        tenant shells type=anonymous processes=12
        tenant camera type=buffers heap=reserved length=1MiB..3MiB count=2..5 life=100ms..2s pause=10ms..100ms
        tenant io type=pins on=shells every=1ms..5ms life=1ms..500ms
        background 400
        """;

    [Test]
    public void TheTableIsTheSameHoweverManyRunAtATime()
    {
        Write("story.heap", Story);
        Called one = Compare("--policy", "first-fit,gcma", "--seeds", "6", "--threads", "1");
        Called two = Compare("--policy", "first-fit,gcma", "--seeds", "6", "--threads", "4");
        Ends(one, 0);
        Assert.That(two.Output, Is.EqualTo(one.Output));
        string[] lines = one.Output.Split('\n');
        Assert.That(lines[0], Is.EqualTo("story.heap, seeds 7 to 12; mean and 95 % interval"));
        Assert.That(lines, Has.All.Length.LessThanOrEqualTo(80));
        Assert.That(lines, Has.Some.StartsWith("  gcma").And.Some.StartsWith("  first-fit"));
    }

    [Test]
    public void TheFiguresOfEveryRunAreTheRowsOfTheCsv()
    {
        Write("story.heap", Story);
        Called called = Compare("--policy", "first-fit,align-4", "--seeds", "3", "--csv", "-", "-o", "c.svg");
        Ends(called, 0);
        string[] rows = called.Output.TrimEnd('\n').Split('\n');
        Assert.That(rows[0], Is.EqualTo("policy,seed,failed (%),first (s),fit (MiB),moved (pages),latency (ms),slowest (ms)"));
        Assert.That(rows.Skip(1).Select(row => string.Join(',', row.Split(',').Take(2))), Is.EqualTo(new[]
        {
            "first-fit,7", "first-fit,8", "first-fit,9", "align-4,7", "align-4,8", "align-4,9",
        }));
        Assert.That(rows.Skip(1).Select(row => row.Split(',').Length), Is.All.EqualTo(8));
        Assert.That(Read("c.svg"), Does.Contain("align-4").And.Contain("story.heap: policies of CMA areas"));

        // A single run is the same as one row: its own words have the same numbers.
        Write("nine.heap", Story.Replace("seed=7", "seed=9", StringComparison.Ordinal));
        string[] nine = rows[3].Split(',');
        string outcome = Call("run", "nine.heap").Output;
        long fit = long.Parse(outcome.Split("largest=")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
        Assert.That(double.Parse(nine[4], System.Globalization.CultureInfo.InvariantCulture), Is.EqualTo(fit / 1048576.0));
    }

    [TestCase("--policy first-fitt", "--policy: unknown policy 'first-fitt'; there are first-fit, best-fit")]
    [TestCase("--policy gcma,tee", "--policy: 'gcma' and 'tee' answer different questions; compare policies of CMA areas")]
    [TestCase("--policy gcma,gcma", "--policy: 'gcma' comes twice")]
    [TestCase("--policy gcma,", "--policy: unknown policy ''")]
    [TestCase("--policy tee --knows asked", "--knows: unknown word 'asked'; there are no, told, asks")]
    [TestCase("--policy tee --knows no,", "--knows: unknown word ''; there are no, told, asks")]
    [TestCase("--policy tee --knows no,no", "--knows: 'no' comes twice")]
    [TestCase("--policy gcma --knows no", "--knows: what importers know makes no difference to policies of CMA areas")]
    [TestCase("--seeds 1", "--seeds: '1' is no number from 2 to 1000000")]
    [TestCase("--threads 0", "--threads: '0' is no number from 1 to 1024")]
    [TestCase("-o x.gif", "x.gif: the name of a picture ends in .png or .svg")]
    [TestCase("--csv gone/x.csv --seeds 2 --policy gcma", "gone/x.csv: the figures cannot be written")]
    public void MistakesAreTold(string options, string message)
    {
        Write("story.heap", Story);
        Called called = Compare(options.Split(' '));
        Ends(called, 2);
        Assert.That(called.Error, Does.StartWith(message));
    }

    [Test]
    public void TheSixAnswersPlayTheFoundingExample()
    {
        // Worked out by hand from the story: under ion the fill of the CPU beside its region goes through; the rules that
        // name a region make it possible for two policies, and the others bar the CPU from it. What the display then reads
        // of the CPU is the subtitle, 4096 bytes, and under ion the 16 that it wrote beside.
        File.Copy(
            Path.Combine(CommandLine.Root, "scenarios", "secure", "founding-example.heap"), Path.Combine(Folder, "story.heap"));
        Called called = Compare("--policy", "ion,attach,per-usage,generic,carveout,tee", "--seeds", "2");
        Ends(called, 0);
        string[] lines = called.Output.Split('\n');
        Assert.That(lines, Has.All.Length.LessThanOrEqualTo(80));
        Assert.That(Cells("ion")[^4..], Is.EqualTo(new[] { "0", "0", "1", "2" }));
        Assert.That(Cells("attach")[^4..], Is.EqualTo(new[] { "3", "0", "0", "5" }));
        Assert.That(Cells("per-usage")[^4..], Is.EqualTo(new[] { "3", "0", "0", "5" }));
        Assert.That(Cells("generic")[^4..], Is.EqualTo(new[] { "2", "1", "0", "5" }));
        Assert.That(Cells("carveout")[^4..], Is.EqualTo(new[] { "1", "1", "0", "4" }));
        Assert.That(Cells("carveout")[1], Is.EqualTo("8"));
        Assert.That(Cells("tee")[^4..], Is.EqualTo(new[] { "1", "1", "0", "4" }));
        int at = Array.FindIndex(lines, line => line.StartsWith("subtitles: ", StringComparison.Ordinal));
        Assert.That(
            lines.Skip(at + 4).Take(6).Select(line => line.Split([' ', '*'], StringSplitOptions.RemoveEmptyEntries)[1]),
            Is.EqualTo(new[] { "4,112", "4,096", "4,096", "0", "0", "0" }));
        Assert.That(lines, Has.Some.StartsWith("  subtitles: Not in place: the CPU maps nothing."));

        string[] Cells(string policy) => lines.First(line => line.StartsWith($"  {policy} ", StringComparison.Ordinal))
            .Replace("*", "", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    // What a file is about is seen from its machine, and the first line says so.
    [TestCase("", "without --policy: no heap has rules, so this compares policies of CMA areas", "first-fit")]
    [TestCase("heap video type=protected on=cma0\n  allow cpu read\n",
        "without --policy: a heap has rules, so this compares who may touch a secure buffer", "ion")]
    [TestCase("heap video type=protected on=cma0\n",
        "without --policy: a heap is protected, so this compares who may touch a secure buffer", "ion")]
    [TestCase("machine policy=tee\n",
        "without --policy: the machine has policy=, so this compares who may touch a secure buffer", "ion")]
    public void WithoutPoliciesItComparesWhatFitsTheFile(string lines, string expected, string first)
    {
        Write("story.heap", $"{lines}area cma0 size=4MiB\nheap cma on=cma0\nb = alloc cma 4KiB\n");
        Called called = Compare("--seeds", "2");
        Ends(called, 0);
        string[] told = called.Output.Split('\n');
        Assert.That(told[0], Is.EqualTo(expected));
        Assert.That(told.First(line => line.StartsWith("  ", StringComparison.Ordinal) && line.Contains(" 0 ")),
            Does.StartWith($"  {first} "));
        Assert.That(Compare("--seeds", "2", "--policy", first).Output, Does.StartWith("story.heap, seeds "));
    }

    // By hand: who is not told is in the wrong configuration for every protected byte, who asks hears nothing of tee,
    // and under ion it is the secure configuration that is wrong, since nothing is protected.
    [Test]
    public void WhatImportersKnowIsASecondWord()
    {
        Write("story.heap", """
            machine memory=64MiB
            area cma0 size=16MiB
            heap video type=protected on=cma0
              allow decoder write
            device decoder knows=asks
            f = alloc video 4096
            d = attach decoder f secure
            map d from_device
            write d 0 4096
            """);
        Called called = Compare("--policy", "ion,per-usage,tee", "--knows", "told,asks,no", "--seeds", "2", "-o", "c.svg");
        Ends(called, 0);
        string[] lines = called.Output.Split('\n');
        int at = Array.FindIndex(lines, line => line.StartsWith("importers failed: ", StringComparison.Ordinal));
        Assert.That(
            lines.Skip(at + 4).Take(9).Select(line => line.Split([' ', '*'], StringSplitOptions.RemoveEmptyEntries)).Select(
                cells => $"{cells[0]} {cells[1]} {cells[^1]}"),
            Is.EqualTo(new[]
            {
                "ion told 1", "ion asks 0", "ion no 0",
                "per-usage told 0", "per-usage asks 0", "per-usage no 1",
                "tee told 0", "tee asks 1", "tee no 1",
            }));
        Assert.That(lines, Has.Some.EqualTo("knows=told").And.Some.StartsWith("*: differs from ion knows=told on"));
        Assert.That(Read("c.svg"), Does.Contain("tee knows=asks").And.Contain("importers failed: "));
        string[] rows = Compare(
            "--policy", "tee", "--knows", "told,no", "--seeds", "2", "--csv", "-").Output.TrimEnd('\n').Split('\n');
        Assert.That(rows[0], Does.StartWith("policy,knows,seed,aside (MiB),"));
        Assert.That(rows.Skip(1).Select(row => string.Join(',', row.Split(',').Take(3))), Is.EqualTo(new[]
        {
            "tee,told,1", "tee,told,2", "tee,no,1", "tee,no,2",
        }));
        Assert.That(Compare("--knows", "no", "--seeds", "2").Output, Does.Contain("\n  generic     no  "));
    }

    private const string Crash = """
        machine memory=64MiB seed=7
        area cma0 size=4MiB
        heap cma on=cma0
        device probe
        b = alloc cma 4KiB
        a = attach probe b
        map a none
        """;

    [Test]
    public void AMachineThatCrashesIsTold()
    {
        Write("story.heap", Crash);
        Called called = Compare("--policy", "first-fit,gcma", "--seeds", "2");
        Ends(called, 3);
        Assert.That(called.Error, Does.Contain(
            "story.heap: gcma: the machine crashed in 2 of 2 runs, first with seed 7; their figures end there\n"));

        Ends(Compare("--policy", "first-fit,gcma", "--seeds", "2", "--csv", "-"), 3);

        Called smallest = Call("smallest", "story.heap", "--seeds", "2");
        Ends(smallest, 1);
        Assert.That(smallest.Output, Does.Contain(
            "     4MiB  0 of 2 seeds survive, the machine crashes with 2\n"));

        Write("story.heap", Crash + " -> crash\n");
        Ends(Compare("--policy", "first-fit,gcma", "--seeds", "2"), 0);
    }

    [Test]
    public void ATableThatWasThereStaysUntilThereAreFigures()
    {
        Write("figures.csv", "those of yesterday, which were many\nand are longer than any of today\n");
        Write("story.heap", Crash.Replace("memory=64MiB", "memory=64MiB policy=nobody"));
        Ends(Compare("--csv", "figures.csv", "--seeds", "2"), 2);
        Assert.That(Read("figures.csv"), Does.StartWith("those of yesterday"));

        Write("story.heap", Crash);
        Ends(Compare("--csv", "figures.csv", "--policy", "gcma", "--seeds", "2"), 3);
        Assert.That(Read("figures.csv").Split('\n'), Has.Length.EqualTo(4).And.None.Contain("yesterday"));
    }

    // What the GPU carried to open memory is read there by the CPU, and a display goes on when its link is lost.
    [TestCase("the-path-of-a-byte")]
    [TestCase("a-link-that-is-lost")]
    public void AByteThatWasCarriedAndALinkThatIsLostAreLeaks(string story)
    {
        File.Copy(Path.Combine(CommandLine.Root, "scenarios", "secure", $"{story}.heap"), Path.Combine(Folder, "story.heap"));
        string[] lines = Compare("--policy", "ion,attach,per-usage,generic,carveout,tee", "--seeds", "2").Output.Split('\n');
        foreach ((string policy, string leaks) in new[] { ("ion", "1"), ("attach", "0"), ("per-usage", "0"), ("tee", "0") })
        {
            string[] cells = lines.First(line => line.StartsWith($"  {policy} ", StringComparison.Ordinal))
                .Replace("*", "", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries);
            Assert.That(cells[^2], Is.EqualTo(leaks), policy);
        }
    }

    // The masters of the rules share an id: only ion and attach, which do not program it at once, get the buffer.
    [Test]
    public void ABufferThatHardwareCannotProtectHasFailed()
    {
        string text = File.ReadAllText(Path.Combine(CommandLine.Root, "scenarios", "secure", "founding-example.heap"));
        Write("story.heap", text.Replace("\narea ", "\nguard tzc380\narea ", StringComparison.Ordinal));
        Called called = Compare("--policy", "ion,per-usage,tee", "--seeds", "2");
        string[] failed = [.. called.Output.Split('\n').Where(line => line.StartsWith("  ion ", StringComparison.Ordinal)
            || line.StartsWith("  per-usage ", StringComparison.Ordinal) || line.StartsWith("  tee ", StringComparison.Ordinal))
            .Take(3).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[2].TrimEnd('*'))];
        Assert.That(failed, Is.EqualTo(new[] { "0", "100", "100" }));
    }

    [Test]
    public void TheSmallestAreaIsFound()
    {
        // Three buffers of 3 MiB, each at a multiple of 1 MiB: 9 MiB are enough, and areas have whole blocks of 2 MiB.
        Write("fixed.heap", """
            machine memory=64MiB
            area cma0 size=4MiB
            heap cma on=cma0
            a = alloc cma 3MiB
            b = alloc cma 3MiB
            c = alloc cma 3MiB
            """);
        Called called = Call("smallest", "fixed.heap", "--seeds", "1");
        Ends(called, 0);
        Assert.That(called.Output, Does.StartWith("area cma0: 10MiB is enough for 1 seed\n"));
        Assert.That(called.Output, Does.Contain("     8MiB  0 of 1 seed survives\n"));
        Ends(Call("smallest", "fixed.heap", "--area", "cma1"), 2);

        // What the steps were to come to with 4 MiB says nothing of other sizes.
        Write("fixed.heap", Read("fixed.heap").Replace("b = alloc cma 3MiB", "b = alloc cma 3MiB -> ENOMEM"));
        Assert.That(Call("smallest", "fixed.heap", "--seeds", "1").Output, Is.EqualTo(called.Output));
        Write("story.heap", Story);
        Called found = Call("smallest", "story.heap", "--seeds", "4");
        Ends(found, 0);
        Assert.That(found.Output, Does.StartWith("area reserved: "));

        // What else is set aside at boot leaves no room for a larger one.
        Write("beside.heap", Read("fixed.heap").Replace("area cma0", "area other size=32MiB\narea cma0"));
        Assert.That(Call("smallest", "beside.heap", "--area", "cma0", "--seeds", "1").Output, Is.EqualTo(called.Output));
        Write("full.heap", Read("beside.heap").Replace("other size=32MiB", "other size=56MiB"));
        Called full = Call("smallest", "full.heap", "--area", "cma0", "--seeds", "1");
        Ends(full, 1);
        Assert.That(full.Output, Is.EqualTo("""
            area cma0: no size that the machine has room for is enough
            tried:
                  4MiB  0 of 1 seed survives
                  8MiB  0 of 1 seed survives

            """));
        Write("never.heap", "heap cma size=4MiB\na = alloc cma 255MiB");
        Called never = Call("smallest", "never.heap", "--seeds", "1");
        Ends(never, 1);
        Assert.That(never.Output, Does.StartWith("area cma: no size that the machine has room for is enough\n"));
    }

    // At 6 MiB the mapping cannot be where it is said to be, so there is nothing in the way of the buffer.
    [Test]
    public void ASizeWithWhichTheStoryCannotBePlayedIsNotEnough()
    {
        Write("lent.heap", """
            machine memory=64MiB
            area a size=16MiB
            heap h type=cma on=a
            given movable w 0+2000
            p = pin w 700
            q = pin w 1900
            b = alloc h 4MiB
            """);
        Called called = Call("smallest", "lent.heap", "--seeds", "2");
        Ends(called, 0);
        Assert.That(called.Output, Does.StartWith("area a: 8MiB is enough for 2 seeds\n"));
        Assert.That(called.Output, Does.Contain("     6MiB  0 of 2 seeds survive, the story cannot be played with 2\n"));
        Assert.That(called.Output, Does.EndWith(
            "cannot be played: a step that must succeed is refused; with 6MiB, line 4: given movable w 0+2000 -> "
            + "EINVAL reason=page-outside-area\n"));

        // What the file writes as refused may be refused, and an alloc that finds no memory is what is searched for.
        Write("lent.heap", Read("lent.heap").Replace("0+2000", "0+2000 -> EINVAL").Replace("pin w 700", "pin w 700 -> EINVAL")
            .Replace("pin w 1900", "pin w 1900 -> EINVAL"));
        called = Call("smallest", "lent.heap", "--seeds", "2");
        Assert.That(called.Output, Does.StartWith("area a: 4MiB is enough for 2 seeds\n"));
        Assert.That(called.Output, Does.Not.Contain("cannot be played"));
    }

    [Test]
    public void AFileThatDrawsNothingIsTold()
    {
        const string Told = "nothing in this file is drawn from the seed: every seed gives the same run\n";
        Write("story.heap", "heap cma size=4MiB\na = alloc cma 1MiB\n");
        Called called = Compare("--policy", "first-fit", "--seeds", "3", "--csv", "c.csv");
        Ends(called, 0);
        Assert.That(called.Output.Split('\n')[1] + '\n', Is.EqualTo(Told));
        string[] figures = [.. Read("c.csv").TrimEnd('\n').Split('\n').Skip(1).Select(row => row.Split(',', 3)[2])];
        Assert.That(figures.Distinct().Count(), Is.EqualTo(1));
        Write("story.heap", Story);
        Assert.That(Compare("--policy", "first-fit", "--seeds", "2").Output, Does.Not.Contain(Told));
    }

    private Called Compare(params string[] options) => Call(["compare", "story.heap", .. options]);
}
