using DmaBufSim.Machines;
using DmaBufSim.Scenarios;
using NUnit.Framework;

namespace DmaBufSim.Tests.Checking;

/// <summary>Where nothing is in the way of a byte the law tells its path.</summary>
[TestFixture]
public sealed class SecretsStayTests
{
    private const string Law = "always secrets stay with who may read them";

    // The steps of a test begin in line 17.
    private const string Film = """
        machine memory=64MiB kernel=6.12 policy=POLICY
        guard none
        area cma0 size=8MiB
        heap video type=protected on=cma0
          allow decoder write
          allow display read
          allow ta read
          allow cpu rw in=text
        heap ui type=protected on=cma0
          allow ta rw
        heap open type=system
        device decoder
        device display
        f = alloc video 8192
        d = attach decoder f
        map d from_device

        """;

    [Test]
    public void WhatNobodyReadsIsNoViolation() => Expect(null, "write d 0 8192 0x80");

    [Test]
    public void WhoMayReadMay() => Expect(
        null, "write d 0 8192 0x80", "s = attach display f", "map s to_device", "read s 0 8192");

    [Test]
    public void ABufferThatNobodyHasWrittenHoldsNothing() => Expect(
        null, "m = mmap f 0 8192 rw shared", "hash m 0 8192");

    [Test]
    public void TheFirstByteIsNamed() => Expect(
        "the byte at offset 4608 of buffer #1 of video was written by decoder into buffer #1 of video "
        + "(line 17: write d 4608 512 0x80), read by cpu (line 19: hash m 0 8192); no rule of video lets cpu read it",
        "write d 4608 512 0x80", "m = mmap f 0 8192 rw shared", "hash m 0 8192");

    [Test]
    public void WhatIsOverwrittenElsewhereIsForgotten() => Expect(
        null, "write d 0 8192 0x80", "t = alloc open 8192", "ta_copy f 0 t 0 8192",
        "m = mmap t 0 8192 rw shared", "fill m 0 8192 0x11", "hash m 0 8192");

    [Test]
    public void APathHasEveryStep() => Expect(
        "the byte at offset 100 of buffer #3 of open was written by decoder into buffer #1 of video "
        + "(line 17: write d 0 4096 0x80), copied by ta to buffer #2 of ui (line 19: ta_copy f 0 u 4000 200), "
        + "blended by ta into buffer #3 of open (line 21: ta_blend u 4000 t 100 50), "
        + "read by cpu (line 23: hash m 0 4096); no rule of video lets cpu read it there",
        "write d 0 4096 0x80", "u = alloc ui 8192", "ta_copy f 0 u 4000 200", "t = alloc open 8192",
        "ta_blend u 4000 t 100 50", "m = mmap t 0 8192 r shared", "hash m 0 4096");

    // Where both are content, each has a path of its own.
    [Test]
    public void ABlendHoldsWhatWasThere() => Expect(
        "the byte at offset 0 of buffer #2 of ui was written by ta into buffer #2 of ui "
        + "(line 18: ta_write u 0 4096 0x20), blended by ta into buffer #2 of ui (line 20: ta_blend t 0 u 0 4096), "
        + "read by decoder (line 23: read e 0 16); no rule of ui lets decoder read it",
        "u = alloc ui 8192", "ta_write u 0 4096 0x20", "t = alloc open 4096", "ta_blend t 0 u 0 4096",
        "e = attach decoder u", "map e to_device", "read e 0 16");

    [Test]
    public void ThePageOfAMemfdIsReadByTheFileCall() => Expect(
        "the byte at offset 0 of buffer #2 of udmabuf was written by decoder into buffer #1 of video "
        + "(line 17: write d 0 4096 0x80), copied by ta to buffer #2 of udmabuf (line 20: ta_copy f 0 t 0 4096), "
        + "read by cpu (line 21: read u); no rule of video lets cpu read it there",
        "write d 0 4096 0x80", "u = memfd 8192 shrink", "t = udmabuf u 0 8192", "ta_copy f 0 t 0 4096", "read u");

    [Test]
    public void ThePrivateCopyOfAPageReadsAllOfIt() => Expect(
        "the byte at offset 0 of buffer #1 of video was written by decoder into buffer #1 of video "
        + "(line 17: write d 0 16 0x80), read by cpu (line 19: fill m 4000 16 0x11); no rule of video lets cpu read it",
        "write d 0 16 0x80", "m = mmap f 0 4096 w private", "fill m 4000 16 0x11");

    [Test]
    public void AnOverlappingCopyCarriesTheLabelsOfItsSource() => Expect(
        "the byte at offset 600 of buffer #2 of open was written by decoder into buffer #1 of video "
        + "(line 17: write d 0 100 0x80), copied by ta to buffer #2 of open (line 19: ta_copy f 0 t 500 100), "
        + "copied by ta to buffer #2 of open (line 20: ta_copy t 0 t 100 4000), "
        + "read by cpu (line 22: hash m 600 1); no rule of video lets cpu read it there",
        "write d 0 100 0x80", "t = alloc open 8192", "ta_copy f 0 t 500 100", "ta_copy t 0 t 100 4000",
        "m = mmap t 0 8192 r shared", "hash m 600 1");

    [Test]
    public void ALinkThatIsLostIsNoReader() => Expect(
        "the byte at offset 0 of buffer #1 of video was written by decoder into buffer #1 of video "
        + "(line 17: write d 0 8192 0x80), read by display (line 21: read s 0 16); "
        + "the link of display is not protected",
        "write d 0 8192 0x80", "link display clear", "s = attach display f", "map s to_device", "read s 0 16");

    [Test]
    public void AFreedPageKeepsWhatItHolds() => Expect(
        "the byte at offset 0 of a page of no buffer was written by decoder into buffer #1 of video "
        + "(line 17: write d 0 8192 0x80), read by decoder (line 20: stale_read decoder 0 16); "
        + "no rule of video lets decoder read it there",
        "write d 0 8192 0x80", "detach d", "close f", "stale_read decoder 0 16");

    // Only the copy of one byte is asked about, on either side of each edge.
    [TestCase(4145, "written by ta into buffer #2 of ui (line 20: ta_blend t 0 u 0 8192)")]
    [TestCase(4146, "written by ta into buffer #2 of ui (line 18: ta_write u 4146 10 0x20), "
        + "blended by ta into buffer #2 of ui (line 20: ta_blend t 0 u 0 8192)")]
    [TestCase(4155, "written by ta into buffer #2 of ui (line 18: ta_write u 4146 10 0x20), "
        + "blended by ta into buffer #2 of ui (line 20: ta_blend t 0 u 0 8192)")]
    [TestCase(4156, "written by ta into buffer #2 of ui (line 20: ta_blend t 0 u 0 8192)")]
    public void ABlendOverTwoPagesKeepsByteByByteWhatWasThere(int offset, string path) => Expect(
        $"the byte at offset {offset} of buffer #2 of ui was {path}, read by decoder (line 23: read e {offset} 1); "
        + "no rule of ui lets decoder read it",
        "u = alloc ui 8192", "ta_write u 4146 10 0x20", "t = alloc open 8192", "ta_blend t 0 u 0 8192",
        "e = attach decoder u", "map e to_device", $"read e {offset} 1");

    [TestCase(4607, false)]
    [TestCase(4608, true)]
    [TestCase(5119, true)]
    [TestCase(5120, false)]
    public void ACopyOverTwoPagesCarriesByteByByte(int offset, bool isCarried) => Expect(
        isCarried
            ? $"the byte at offset {offset} of buffer #2 of open was written by decoder into buffer #1 of video "
                + "(line 17: write d 4608 512 0x80), copied by ta to buffer #2 of open (line 19: ta_copy f 0 t 0 8192), "
                + $"read by cpu (line 21: hash m {offset} 1); no rule of video lets cpu read it there"
            : null,
        "write d 4608 512 0x80", "t = alloc open 8192", "ta_copy f 0 t 0 8192", "m = mmap t 0 8192 r shared",
        $"hash m {offset} 1");

    // Whoever copies reads, whatever becomes of the copy.
    [Test]
    public void ADeviceThatCopiesHasReadWhatItCopies() => Expect(
        "the byte at offset 0 of buffer #1 of video was written by decoder into buffer #1 of video "
        + "(line 17: write d 0 64 0x80), read by decoder (line 20: copy e 0 d 4096 16); "
        + "no rule of video lets decoder read it",
        "write d 0 64 0x80", "e = attach decoder f", "map e to_device", "copy e 0 d 4096 16");

    // The region is the rows 4196 to 4295, and the CPU may read them.
    [TestCase(4196, 100, -1)]
    [TestCase(4196, 101, 4296)]
    [TestCase(4195, 101, 4195)]
    [TestCase(0, 4097, 0)]
    public void TheFirstByteOutsideTheRegionIsNamed(int offset, int length, int named) => Expect(
        named < 0
            ? null
            : $"the byte at offset {named} of buffer #1 of video was written by decoder into buffer #1 of video "
                + $"(line 18: write d 0 8192 0x80), read by cpu (line 20: hash m {offset} {length}); "
                + "no rule of video lets cpu read it",
        "region f text 4196 100", "write d 0 8192 0x80", "m = mmap f 0 8192 r shared", $"hash m {offset} {length}");

    // What it held is wiped; what a device still writes is new.
    [Test]
    public void AUseThatHasEndedHasNoReaders()
    {
        string[] steps =
        [
            "s = attach display f", "map s to_device", "write d 0 8192 0x80", "read s 0 16", "teardown video",
            "write d 0 16 0x80", "read s 0 16",
        ];
        Assert.That(Run("per-usage", steps).Verdicts[0].Violation, Is.EqualTo(
            "the byte at offset 0 of buffer #1 of video was written by decoder into buffer #1 of video "
            + "(line 22: write d 0 16 0x80), read by display (line 23: read s 0 16); the use of video has ended"));
    }

    // The story itself broke nothing, and a second verdict of the law says the same as the first.
    [Test]
    public void TwoVerdictsOfTheLawAgree()
    {
        RunResult result = Run("ion", ["write d 0 8192 0x80", "m = mmap f 0 8192 r shared", "hash m 0 1", Law]);
        Assert.That(result.Verdicts, Has.Length.EqualTo(2));
        Assert.That(result.Verdicts[0].Violation, Is.Not.Null.And.EqualTo(result.Verdicts[1].Violation));
    }

    // What was there before the writer is plain memory.
    [TestCase(null, "m = mmap f 0 8192 rw shared", "fill m 0 8192 0x11", "hash m 0 8192")]
    [TestCase("written by", "d = attach decoder f", "map d from_device", "write d 0 16 0x80", "hash m 0 16")]
    public void UnderAttachThePromiseBeginsWithTheWriter(string? path, params string[] steps)
    {
        string[] before = ["close f", "f = alloc video 8192", "m = mmap f 0 8192 rw shared"];
        RunResult result = Run("attach", [.. before, .. steps]);
        Assert.That(result.Verdicts[0].Violation, path is null ? Is.Null : Does.Contain(path));
    }

    private static void Expect(string? violation, params string[] steps) =>
        Assert.That(Run("ion", steps).Verdicts[0].Violation, Is.EqualTo(violation));

    private static RunResult Run(string policy, string[] steps)
    {
        string text = Film.Replace("POLICY", policy, StringComparison.Ordinal) + $"{string.Join('\n', steps)}\n{Law}\n";
        ParsedScenario parsed = ScenarioParser.Parse("secrets.heap", text);
        Assert.That(parsed.Report(), Is.Empty);
        return new ScenarioRunner(new MachineBuilder()).Run(parsed.Scenario!);
    }
}
