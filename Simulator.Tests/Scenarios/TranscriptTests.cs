using DmaBufSim.Machines;
using DmaBufSim.Scenarios;
using NUnit.Framework;

namespace DmaBufSim.Tests.Scenarios;

/// <summary>What a transcript looks like, and that it is a scenario again.</summary>
[TestFixture]
public sealed class TranscriptTests
{
    [Test]
    public void TheTextIsKeptAndTheOutcomesAreNew()
    {
        string transcript = Transcript("""
            # A story.
            heap  system

            b   = alloc system 4KiB   -> ok      # why
            close b
            cat /nosuch               -> ENOENT
            """);
        Assert.That(transcript, Is.EqualTo("""
            # A story.
            heap  system

            b   = alloc system 4KiB   -> ok size=4096  # why
            close b                   -> ok
            cat /nosuch               -> ENOENT reason=path-unknown

            """));
    }

    [Test]
    public void OutcomesWithoutAColumnGetOne()
    {
        string transcript = Transcript("heap system\nb = alloc system 4KiB\nclose b\n");
        Assert.That(transcript, Is.EqualTo("""
            heap system
            b = alloc system 4KiB -> ok size=4096
            close b               -> ok

            """));
    }

    [Test]
    public void LinesThatWereExpectedGiveWayToThoseThatWerePrinted()
    {
        string transcript = Transcript("heap system\nbuffers -> ok\n| nothing of the kind\n# end\n");
        Assert.That(transcript, Does.StartWith("heap system\nbuffers -> ok count=0 bytes=0\n# ! expected: ok\n"));
        Assert.That(transcript, Does.EndWith("\n# end\n"));
        Assert.That(transcript, Does.Not.Contain("nothing of the kind\n#"));
    }

    [Test]
    public void AWrongOutcomeIsToldInComments()
    {
        string transcript = Transcript("heap system\nb = alloc system 0 -> ok size=4096\n");
        Assert.That(transcript, Does.StartWith("""
            heap system
            b = alloc system 0 -> EINVAL reason=length-zero
            # ! expected: ok size=4096
            # ! actual:   EINVAL reason=length-zero
            #   
            """.TrimEnd()));
    }

    [Test]
    public void VerdictsAndWhatWasNotPlayedComeLast()
    {
        string transcript = Transcript("""
            heap system
            device probe0
            b = alloc system 1
            a = attach probe0 b
            map a none
            close b
            close b
            always every frame has one owner
            """);
        Assert.That(transcript, Does.EndWith("""
            always every frame has one owner
            # always every frame has one owner: holds
            # the machine has crashed; 2 steps were not played

            """));
    }

    [TestCase(8, "#   256 pages taken from buddy, from frame 1792\n#   buffer ")]
    [TestCase(9, "#   256 pages taken from buddy, from frame 512\n#   and 6 more of these\n#   buffer ")]
    public void OfManyChunksTheFirstAreTold(int chunks, string expected) =>
        Assert.That(Transcript($"heap system\nb = alloc system {chunks}MiB\n", explains: true), Does.Contain(expected));

    [Test]
    public void OneByteIsOne() => Assert.That(
        Transcript("heap system\nb = alloc system 1\nm = mmap b 0 1 r shared\nfill m 0 1 1 -> EFAULT\n", explains: true),
        Does.Contain("at byte 0, 1 byte\n"));

    [Test]
    public void CarriageReturnsAreNoPartOfIt() =>
        Assert.That(Transcript("heap system\r\nheaps -> ok\r\n"), Does.Not.Contain("\r"));

    [TestCase(false)]
    [TestCase(true)]
    public void ATranscriptReadsAsAScenarioThatPasses(bool explains)
    {
        foreach (string text in (string[])[Sample.Movie, Sample.Transcript])
        {
            string transcript = Transcript(text, explains);
            RunResult again = Run(Sample.Read(transcript), new RunOptions { Exact = true });
            Assert.That(again.Wrong.Select(wrong => wrong.Difference), Is.Empty);
            Assert.That(Transcript(transcript, explains: false), Is.EqualTo(Transcript(
                Transcript(transcript, explains: false), explains: false)));
        }
    }

    [Test]
    public void AScenarioWithoutATextIsWrittenFromItsSteps()
    {
        Scenario scenario = Sample.Read("heap system\nb = alloc system 4096\nbuffers\n") with { Text = "" };
        Assert.That(Transcript(scenario, explains: false), Does.StartWith(
            "b = alloc system 4096 -> ok size=4096\nbuffers -> ok count=1 bytes=4096\n| ino "));
    }

    [Test]
    public void EveryPieceHasARoleAndEndsAtTheEndOfALine()
    {
        List<(TextRole Role, string Text)> pieces = [];
        Scenario scenario = Sample.Read(Sample.Movie);
        TranscriptWriter writer = new(scenario, (role, piece) => pieces.Add((role, piece)), explains: true);
        writer.Finish(Run(scenario, new RunOptions { KeepsChanges = true, Played = writer.Write }));
        Assert.That(pieces.Select(piece => piece.Role).Distinct(), Is.SupersetOf(new[]
        {
            TextRole.Plain, TextRole.Step, TextRole.Success, TextRole.Refusal, TextRole.Comment, TextRole.Change,
        }));
        Assert.That(pieces.Select(piece => piece.Text.TrimEnd('\n')), Has.None.Contains("\n"));
    }

    private const string Wide = """
        area cma0 size=4MiB
        heap cam type=cma on=cma0
        tenant camera type=buffers heap=cam length=3MiB
        c = alloc cam 2MiB
        background 1s
        why cam 3MiB
        alloc_raw cam len=1p fd=3 fd_flags=rdwr heap_flags=0 argsize=24 -> EINVAL # no

        """;

    [Test]
    public void AnOutcomeThatIsWiderThanTheTerminalGoesOnInComments()
    {
        string transcript = Transcript(Sample.Read(Wide), explains: false, widest: 80);
        string[] whole = [.. Transcript(Wide).Split('\n').Where(line => line.Contains("ok ", StringComparison.Ordinal))];
        Assert.That(whole, Has.Length.EqualTo(3));
        string[] joined = transcript.Replace("\n#   ", " ", StringComparison.Ordinal).Split('\n');
        Assert.That(joined, Is.SupersetOf(whole));
        Assert.That(transcript, Does.Match("busy=0 largest=[0-9]+ buffers=0\n#   fewest=[0-9]+\n\\| request: 3MiB"));
        Assert.That(transcript, Does.Contain(
            "argsize=24 -> EINVAL  # no\n#   reason=fd-field-not-zero\n"));
        Assert.That(transcript.Split('\n').Where(line => !line.StartsWith('|')), Has.All.Length.AtMost(80));

        // It can be played again, and then has the same lines once.
        Assert.That(Run(Sample.Read(transcript), new RunOptions()).Wrong, Is.Empty);
        string again = Transcript(Sample.Read(transcript), explains: false, widest: 60);
        Assert.That(again.Split('\n').Count(line => line.StartsWith("| request:", StringComparison.Ordinal)), Is.EqualTo(1));
    }

    [Test]
    public void WhatATranscriptAddsIsNotWiderThanATerminal()
    {
        string transcript = Transcript(
            Wide.Replace("3MiB\nalloc", "3MiB -> ok fits=yes\nalloc", StringComparison.Ordinal), explains: true);
        string[] added = [.. transcript.Split('\n').Where(line => line.StartsWith('#'))];
        Assert.That(added, Has.All.Length.AtMost(80));
        Assert.That(added, Has.Some.StartsWith("#   the first refused request is of camera: "));
        Assert.That(added, Has.Some.EqualTo("#     area cma0: 1024 pages, 512 handed out, 512 not"));
        Assert.That(added, Has.Some.StartsWith("# ! actual:   ok fits=no "));
    }

    [Test]
    public void ABrokenVerdictOfSeveralLinesIsToldOnce()
    {
        const string Story = """
            heap system
              allow probe0 write
            device probe0
            b = alloc system 4KiB
            a = attach probe0 b
            map a from_device
            write a 0 16
            never probe0 touches system
            """;
        string transcript = Transcript(Story);
        Assert.That(transcript.Split('\n'), Has.All.Length.AtMost(80));
        Assert.That(Transcript(transcript), Is.EqualTo(transcript));
    }

    private static string Transcript(string text, bool explains = false) => Transcript(Sample.Read(text), explains);

    private static string Transcript(Scenario scenario, bool explains, int? widest = null)
    {
        StringWriter text = new();
        TranscriptWriter writer = new(scenario, (_, piece) => text.Write(piece), explains, widest);
        writer.Finish(Run(scenario, new RunOptions { KeepsChanges = explains, Played = writer.Write }));
        return text.ToString();
    }

    private static RunResult Run(Scenario scenario, RunOptions options) =>
        new ScenarioRunner(new MachineBuilder()).Run(scenario, options);
}
