using DmaBufSim.Scenarios;
using NUnit.Framework;

namespace DmaBufSim.Tests.Scenarios;

/// <summary>What is wrong with a line about tenants, in words.</summary>
[TestFixture]
public sealed class TenantDiagnosticTests
{
    [TestCase("tenant", "the tenant has no name")]
    [TestCase("tenant camera", "the name 'camera' does not tell the tenant's type")]
    [TestCase("tenant x type=anonymos", "unknown tenant type 'anonymos'", "anonymous")]
    [TestCase("tenant x type=", "'type=' has no value")]
    [TestCase("tenant cache\ntenant cache", "the tenant 'cache' is declared twice")]
    [TestCase("tenant cache evry=10ms", "unknown key 'evry'", "every")]
    [TestCase("tenant cache every=0s", "every=0s is out of range")]
    [TestCase("tenant cache every=999ns", "every=999ns is out of range")]
    [TestCase("tenant cache every=25h", "'25h' is no time")]
    [TestCase("tenant cache every=100", "'100' is no time")]
    [TestCase("tenant cache every=2s..1s", "the range '2s..1s' runs backwards")]
    [TestCase("tenant cache every=1s..", "'1s..' is no time")]
    [TestCase("tenant cache file=4K", "'4K' is no size", "4KiB")]
    [TestCase("tenant cache file=0", "file=0 is out of range")]
    [TestCase("tenant cache file=1MiB..2TiB", "'1MiB..2TiB' is no size")]
    [TestCase("tenant cache dirty=101", "dirty=101 is out of range")]
    [TestCase("tenant cache dirty=-1", "'-1' is no number")]
    [TestCase("tenant anonymous processes=0..3", "processes=0..3 is out of range")]
    [TestCase("tenant c type=buffers heap=cma", "buffers have either a format= and a resolution=, or a length=")]
    [TestCase("tenant c type=buffers heap=cma format=NV12", "buffers have either a format= and a resolution=, or a length=")]
    [TestCase("tenant c type=buffers heap=cma format=NV12 resolution=8x8 length=1MiB",
        "buffers have either a format= and a resolution=, or a length=")]
    [TestCase("tenant c type=buffers length=1MiB", "a tenant of type buffers needs heap=")]
    [TestCase("tenant c type=buffers heap=cam length=1MiB", "unknown heap 'cam'", "cma")]
    [TestCase("tenant c type=buffers heap=cma format=NV13 resolution=8x8", "unknown format 'NV13'", "NV12")]
    [TestCase("tenant c type=buffers heap=cma format=NV12 resolution=1080p", "'1080p' is no resolution")]
    [TestCase("tenant c type=buffers heap=cma format=NV12 resolution=0x1080", "resolution=0x1080 is out of range")]
    [TestCase("tenant c type=buffers heap=cma length=1MiB turn=1s", "turn= is how long devices keep a buffer, so it needs writer= or reader=")]
    [TestCase("tenant c type=buffers heap=cma length=1MiB writer=decodr", "unknown device 'decodr'", "decoder")]
    [TestCase("tenant c type=buffers heap=cma length=1MiB reader=cpus", "unknown device 'cpus'", "cpu")]
    [TestCase("tenant c type=buffers heap=cma length=1MiB writer=camera turn=0s", "turn=0s is out of range")]
    [TestCase("tenant cache writer=decoder", "unknown key 'writer'")]
    [TestCase("tenant pins", "a tenant of type pins needs on=")]
    [TestCase("tenant pins on=pins", "unknown tenant with pages 'pins'")]
    [TestCase("tenant cache\ntenant pins on=cach", "unknown tenant with pages 'cach'", "cache")]
    [TestCase("tenant cache\ntenant pins on=cache term=shrt", "unknown term 'shrt'", "short")]
    [TestCase("background 10", "nothing lives in the background")]
    [TestCase("tenant cache\nbackground 0", "'0' is out of range")]
    [TestCase("tenant cache\nbackground 10000001", "'10000001' is out of range")]
    [TestCase("tenant cache\nbackground 0s", "'0s' is out of range")]
    [TestCase("tenant cache\nbackground soon", "'soon' is neither a number of events nor a time")]
    [TestCase("tenant cache\nbackground", "too few words for 'background'")]
    [TestCase("close b\ntenant cache", "declarations come before the first step")]
    public void AMistakeIsToldOnce(string lines, string message, string? suggestion = null)
    {
        ParsedScenario parsed = ScenarioParser.Parse("file", $"heap cma size=8MiB\n{lines}");
        Assert.That(parsed.Diagnostics.Select(diagnostic => diagnostic.Message), Is.EqualTo(new[] { message }));
        Assert.That(parsed.Diagnostics[0].Suggestion, Is.EqualTo(suggestion));
        Assert.That(parsed.Scenario, Is.Null);
    }

    [Test]
    public void AMistakeTellsWhereAndWhatToDo() =>
        Assert.That(
            ScenarioParser.Parse("f.heap", "tenant shells type=anonymous every=5s..1s").Report().ReplaceLineEndings("\n"),
            Is.EqualTo(
                "f.heap:1:36: the range '5s..1s' runs backwards\n" +
                "    tenant shells type=anonymous every=5s..1s\n" +
                "                                       ^\n" +
                "expected: a time or a range of times, such as 10ms or 1s..5s, 1us to 1440min"));
}
