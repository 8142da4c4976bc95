using NUnit.Framework;

namespace DmaBufSim.Tests.Cli;

[TestFixture]
public sealed class DiagnoseTests : CommandTests
{
    private const string Log = """
        cma: cma_alloc: x: alloc failed, req-size: 4 pages, ret: -12
        cma: number of available pages: 4@1+2@9=> 7 free of 16 total pages

        """;

    [Test]
    public void ALogIsExplained()
    {
        Write("kern.log", Log);
        Called called = CommandLine.CallIn(Folder, "", "diagnose", "kern.log");
        Assert.That(called.Code, Is.Zero);
        Assert.That(called.Error, Is.EqualTo("kern.log:2: the runs add up to 6 pages, and the line says 7\n"));
        Assert.That(called.Output, Does.StartWith("line 1: 4 pages asked of area 'x', refused with -12 (ENOMEM)\n"));
        Assert.That(called.Output, Does.Contain("  verdict: a run is long enough, but none from a multiple of 4 pages\n"));
        Assert.That(called.Output, Does.Contain("what the text does not tell:\n"));
    }

    [Test]
    public void StandardInputAndAnAlignment()
    {
        Called called = CommandLine.CallIn(Folder, Log, "diagnose", "-", "--align", "0");
        Assert.That((called.Code, called.Error.StartsWith("-:2: ", StringComparison.Ordinal)), Is.EqualTo((0, true)));
        Assert.That(called.Output, Does.Contain("  asked for: 16KiB, 4 pages in one run from any page\n"));
    }

    [TestCase("", "kern.log: the file is empty\n")]
    [TestCase("nothing\n", "kern.log: nothing to explain: no line is one of these\n")]
    [TestCase("ELF\0\u0001\n", "kern.log: nothing to explain: this is no text, line 1 has a zero byte\n")]
    public void NothingIsFound(string text, string message)
    {
        Write("kern.log", text);
        Called called = CommandLine.CallIn(Folder, "", "diagnose", "kern.log");
        Assert.That((called.Code, called.Output), Is.EqualTo((2, "")));
        Assert.That(called.Error, Does.StartWith(message));
        Assert.That(called.Error, Does.EndWith("  the lines of /proc/buddyinfo\n"));
    }

    [Test]
    public void AFileThatCannotBeRead()
    {
        foreach (string path in (string[])["gone.log", Folder, ""])
        {
            Called called = CommandLine.CallIn(Folder, "", "diagnose", path);
            Assert.That((called.Code, called.Output), Is.EqualTo((2, "")));
            Assert.That(called.Error, Does.StartWith($"{path}: the file cannot be read: "));
        }
    }

    [TestCase("--align", "x")]
    [TestCase("--align", "-1")]
    [TestCase("--order-per-bit", "21")]
    public void AnOrderThatIsNone(string option, string word)
    {
        Called called = CommandLine.CallIn(Folder, "", "diagnose", "kern.log", option, word);
        Assert.That(called.Code, Is.EqualTo(2));
        Assert.That(called.Error, Does.Contain($"{option}: '{word}' is no number from 0 to 20"));
    }
}
