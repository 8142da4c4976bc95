using DmaBufSim.Machines;
using DmaBufSim.Scenarios;
using NUnit.Framework;

namespace DmaBufSim.Tests.Scenarios;

/// <summary>The lines about areas: who borrows pages, what is pinned, and why a request does not fit.</summary>
[TestFixture]
public sealed class AreaVerbTests
{
    private const string Machine = """
        machine memory=64MiB
        area a size=8MiB
        heap cma on=a
        heap system
        heap lent type=protected on=a size=1MiB

        """;

    [Test]
    public void AFailureIsExplained()
    {
        (RunResult result, string transcript) = Play("""
            given movable w 100+200,2000+40
            p = pin w 150
            q = pin w 2010
            b = alloc cma 4MiB -> ok
            c = alloc cma 3MiB -> ENOMEM reason=pages-pinned
            why cma 3MiB -> ok fits=no windows=1 busy=1 largest=2990080 buffers=0 fewest=1
            unpin q
            c = alloc cma 3MiB -> ok
            munmap w
            munmap w -> EINVAL
            """);
        Assert.That(result.End, Is.EqualTo(RunEnd.Passed), transcript);
        Assert.That(transcript, Does.Contain("#   window 0+1024 of a is busy: page 150 is pinned"));
        Assert.That(transcript, Does.Contain("#     1280+768: page 2010 of w is pinned\n"));
        Assert.That(transcript, Does.Contain("#   fewest pages to free or unpin: 1\n#     page 2010 of w, pinned\n"));
    }

    [Test]
    public void WhatMovesNeedsRoomElsewhere()
    {
        (RunResult result, string transcript) = PlayWhole("""
            machine memory=16MiB
            area a size=8MiB
            heap cma on=a
            heap system
            b = alloc system 8MiB
            given movable w 0+2000
            why cma 1MiB -> ok fits=no windows=1 busy=0 largest=196608 buffers=0 fewest=208
            c = alloc cma 1MiB -> ENOMEM reason=no-room-to-migrate
            close b
            why cma 1MiB -> ok fits=yes
            c = alloc cma 1MiB -> ok
            """);
        Assert.That(result.End, Is.EqualTo(RunEnd.Passed), transcript);
        Assert.That(transcript, Does.Contain("it does not fit: no room for the next page that has to move, after 48 pages moved"));
        Assert.That(transcript, Does.Contain(
            "| fewest pages to free or unpin: 208\n|   all of them elsewhere, so that what moves has room\n"));
    }

    // 16 MiB, a hole, 8 MiB of 16: pages 0 to 4095 and 4096 to 6143.
    [Test]
    public void PagesOfAnAreaInPiecesAreCountedThroughItsRanges()
    {
        (RunResult result, string transcript) = PlayWhole("""
            machine memory=40MiB base=4GiB kernel=7.3 holes=4112MiB+8MiB
            area a size=24MiB multi=yes policy=best-fit
            heap cma on=a
            given movable w 4000+200
            p = pin w 4090
            q = pin w 4100
            r = pin w 5000 -> EINVAL
            b = alloc cma 8MiB -> ok
            why cma 8MiB -> ok fits=no windows=2 busy=2 largest=8364032 fewest=1
            given movable w 6143+2 -> EINVAL reason=page-outside-area
            always every frame has one owner
            """);
        Assert.That(result.End, Is.EqualTo(RunEnd.Passed), transcript);
    }

    [Test]
    public void AGivenLineIsPrintedAsItWas()
    {
        const string Story = "given movable w 0+5,7+1   # here\n";
        (RunResult result, string transcript) = Play(Story + "given movable w 5000+1 -> EINVAL reason=page-outside-area\n");
        Assert.That(result.End, Is.EqualTo(RunEnd.Passed), transcript);
        Assert.That(transcript, Does.Contain("given movable w 0+5,7+1  # here\n"));
        Assert.That(transcript, Does.Contain("given movable w 5000+1 -> EINVAL reason=page-outside-area\n"));
    }

    [TestCase("given movable w 5+0")]
    [TestCase("given movable w 5")]
    [TestCase("given movable w 5+3,7+1")]
    [TestCase("given movable w -1+1")]
    [TestCase("given movable w 0+99999999999999999999")]
    [TestCase("given fixed w none")]
    [TestCase("given movable w")]
    public void PagesThatAreNoneAreAMistakeOfTheFile(string line) =>
        Assert.That(ScenarioParser.Parse("file", Machine + line).Diagnostics, Has.Length.EqualTo(1));

    [Test]
    public void WhatCannotBeIsRefused()
    {
        (RunResult result, string transcript) = Play("""
            b = alloc cma 64KiB
            given movable w 15+1 -> EBUSY reason=page-not-idle
            given movable w 16+1
            given movable u 16+1 -> EBUSY reason=page-not-idle
            given movable u 17+1 nowhere -> EINVAL reason=page-outside-area
            given movable u 17+1 a
            p = pin w 17 -> EINVAL reason=page-not-pinnable
            p = pin x 17 -> EINVAL reason=page-not-pinnable
            pin x -> EINVAL reason=attachment-unknown
            p = pin w 16
            unpin p
            unpin p -> EINVAL reason=attachment-unknown
            why nothing 4096 -> ENOENT reason=heap-unknown
            why system 4096 -> EINVAL reason=heap-has-no-area
            why lent 4096 -> EINVAL reason=heap-has-no-area
            why cma 0 -> EINVAL reason=length-zero
            why cma 8MiB -> ok fits=no fewest=16
            why cma 9MiB -> ok fits=no fewest=never
            why cma 0x7fffffffffffffff -> EINVAL reason=larger-than-area
            """);
        Assert.That(result.End, Is.EqualTo(RunEnd.Passed), transcript);
    }

    [Test]
    public void LentPagesAreNotFree()
    {
        Story story = new(ScenarioParser.Parse("file", Machine).Scenario!.Machine);
        string[] Memory() => [.. story.Cat("/proc/meminfo").Lines];
        Assert.That(Memory(), Has.Member("CmaFree:            8192 kB"));
        story.Given("w", "0+512");
        Assert.That(Memory(), Has.Member("CmaFree:            6144 kB").And.Member("CmaTotal:           8192 kB"));
        Assert.That(Memory(), Has.Member("MemFree:           63488 kB"));
        story.Alloc("b", "cma", 4 << 20);
        Assert.That(Memory(), Has.Member("CmaFree:            4096 kB").And.Member("MemFree:           59392 kB"));
        Assert.That(story.Cat("/sys/kernel/debug/cma/a/used").Lines[0], Is.EqualTo("1024"));
        Assert.That(story.Retries().Words[0], Is.EqualTo("busy=0"));
        Assert.That(story.ToString(), Does.Contain("\ngiven movable w 0+512\nalloc").Or.Contain("\ngiven movable w 0+512\ncat"));
    }

    private static (RunResult Result, string Transcript) Play(string steps) => PlayWhole(Machine + steps);

    private static (RunResult Result, string Transcript) PlayWhole(string text)
    {
        ParsedScenario parsed = ScenarioParser.Parse("file", text);
        Assert.That(parsed.Report(), Is.Empty);
        System.Text.StringBuilder transcript = new();
        TranscriptWriter writer = new(parsed.Scenario!, (_, piece) => transcript.Append(piece), explains: true);
        RunOptions options = new() { KeepsChanges = true, Played = writer.Write };
        RunResult result = new ScenarioRunner(new MachineBuilder()).Run(parsed.Scenario!, options);
        writer.Finish(result);
        return (result, transcript.ToString());
    }
}
