using System.Runtime.InteropServices;
using NUnit.Framework;

namespace DmaBufSim.Tests.Cli;

/// <summary>Mistakes of the caller: told in one go, with exit code 2, and nothing is run.</summary>
[TestFixture]
public sealed class MistakeTests : CommandTests
{
    [Test]
    public void AllMistakesOfAFileAreTold()
    {
        Write("good.heap", Good);
        Write("bad.heap", "heap sistem type=sytem\nb = aloc sistem 4096\nclose b -> EBATF\n");
        Called called = Call("run", "good.heap", "bad.heap");
        Ends(called, 2);
        Assert.That(called.Output, Is.Empty);
        Assert.That(called.Error, Is.EqualTo("""
            bad.heap:1:18: unknown heap type 'sytem'
                heap sistem type=sytem
                                 ^
            expected: system, cma, carveout, protected, or one that a plug-in brings
            did you mean 'system'?
            bad.heap:2:5: unknown verb 'aloc'
                b = aloc sistem 4096
                    ^
            did you mean 'alloc'?
            bad.heap:3:12: unknown outcome 'EBATF'
                close b -> EBATF
                           ^
            expected: ok, Killed, crash or the name of an errno
            did you mean 'EBADF'?

            """));
    }

    [TestCase("nothing.heap", "nothing.heap: there is no such file\n")]
    [TestCase("", "'': an empty name is no file\n")]
    [TestCase("--explian", "--explian: there is no such option or file; did you mean '--explain'?\n")]
    [TestCase("-x", "-x: there is no such option or file; `dmabuf-sim run --help` lists the options\n")]
    [TestCase("empty", "empty: no file in this folder ends in .heap\n")]
    public void APathThatLeadsNowhere(string path, string expected)
    {
        Directory.CreateDirectory(Path.Combine(Folder, "empty"));
        Called called = Call("run", path);
        Ends(called, 2);
        Assert.That(called.Error, Is.EqualTo(expected));
        Assert.That(called.Output, Is.Empty);
    }

    [TestCase("")]
    [TestCase("nonsense")]
    [TestCase("run")]
    [TestCase("run good.heap --log loud")]
    [TestCase("run good.heap --json")]
    [TestCase("run good.heap --plugin")]
    [TestCase("shell a b")]
    [TestCase("explain a b")]
    public void ACommandLineThatMakesNoSense(string line)
    {
        Write("good.heap", Good);
        Called called = Call(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Ends(called, 2);
        Assert.That(called.Error, Is.Not.Empty);
    }

    // The help would push the message off the screen.
    [TestCase("smallest good.heap --seeds 0", "--seeds: '0' is no number from 1 to 1000000\nsee dmabuf-sim smallest --help\n")]
    [TestCase("smallest good.heap --step 4p", "--step: '4p' is no multiple of 2MiB, as 4MiB\nsee dmabuf-sim smallest --help\n")]
    [TestCase("diagnose good.heap --align 99", "--align: '99' is no number from 0 to 20\nsee dmabuf-sim diagnose --help\n")]
    [TestCase("compare good.heap --seed=3",
        "Unrecognized command or argument '--seed=3'.\ndid you mean '--seeds'?\nsee dmabuf-sim compare --help\n")]
    public void AWrongOptionIsToldWithoutTheHelp(string line, string message)
    {
        Write("good.heap", Good);
        Called called = Call(line.Split(' '));
        Ends(called, 2);
        Assert.That((called.Output, called.Error), Is.EqualTo(("", message)));
        Assert.That(Call(line.Split(' ')[0], "--help").Output, Does.Contain("Usage:"));
    }

    [Test]
    public void AFolderThatIsNamedLikeAFile()
    {
        Write("x.heap/in.heap", Good);
        Called called = Call("run", ".", "-q");
        Ends(called, 0);
        Assert.That(called.Output, Does.StartWith("PASS   ./x.heap/in.heap  "));
    }

    [Test]
    public void ALinkThatLeadsBackIsNotFollowed()
    {
        if (RuntimeInformation.IsOSPlatform(OSPlatform.Windows))
        {
            Assert.Ignore("links need rights there");
        }

        Write("all/a.heap", Good);
        Directory.CreateSymbolicLink(Path.Combine(Folder, "all", "back"), Path.Combine(Folder, "all"));
        Called called = Call("run", "all", "-q");
        Ends(called, 0);
        Assert.That(called.Output, Is.EqualTo("PASS   all/a.heap  6 steps, 1 verdict\n"));
    }

    [Test]
    public void RandomBytesAreDiagnosed([Range(1, 4)] int seed)
    {
        byte[] bytes = new byte[20_000];
        new Random(seed).NextBytes(bytes);
        File.WriteAllBytes(Path.Combine(Folder, "random.heap"), bytes);
        Called called = Call("run", "random.heap");
        Ends(called, 2);
        Assert.That(called.Error, Does.Match(@"^random\.heap:\d+:\d+: "));
        Assert.That(called.Output, Is.Empty);
    }

    [Test]
    public void AFileWithoutAnEndIsRefused()
    {
        if (!File.Exists("/dev/zero"))
        {
            Assert.Ignore("no /dev/zero");
        }

        Called called = Call("run", "/dev/zero");
        Ends(called, 2);
        Assert.That(called.Error, Is.EqualTo("/dev/zero: the file has more than 256 MiB\n"));
    }

    [Test]
    public void AReportOfAMistakenFileIsNotBegun()
    {
        Write("bad.heap", "nonsense\n");
        Write("report.json", "precious");
        Ends(Call("run", "bad.heap", "--json", "report.json"), 2);
        Assert.That(Read("report.json"), Is.EqualTo("precious"));
    }

    [Test]
    public void AReportDoesNotReplaceAScenario()
    {
        Write("a.heap", Good);
        Write("b.heap", Good);
        Called called = Call("run", "--json", "a.heap", "b.heap");
        Ends(called, 2);
        Assert.That(called.Error, Does.StartWith("a.heap: the report would replace a scenario"));
        Assert.That(Read("a.heap"), Is.EqualTo(Good));
    }
}
