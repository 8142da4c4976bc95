using System.Xml.Linq;
using NUnit.Framework;

namespace DmaBufSim.Tests.Cli;

[TestFixture]
public sealed class DrawTests : CommandTests
{
    private const string Story = """
        machine memory=64MiB
        area cma0 size=16MiB
        heap cma on=cma0

        a = alloc cma 2MiB
        b = alloc cma 15MiB -> ENOMEM
        close a

        """;

    private const string Secret = """
        area cma0 size=16MiB
        heap video type=protected on=cma0
          allow display read
        device display

        f = alloc video 4KiB
        m = mmap f 0 4KiB rw shared -> EINVAL
        fill m 0 16 0xff -> EFAULT
        d = attach display f
        map d from_device -> EACCES

        """;

    // One step of ten seconds would be one point.
    [Test]
    public void CurvesOfTenantsAreOverTime()
    {
        Write("story.heap", """
            machine memory=64MiB
            area cma0 size=16MiB
            heap cma on=cma0
            tenant camera type=buffers heap=cma length=8MiB count=1 life=500ms pause=500ms
            background 10s
            """);
        Ends(Call("draw", "story.heap", "--curves", "-o", "c.svg"), 0);
        Assert.That(Read("c.svg"), Does.Contain("seconds since boot").And.Not.Contain("steps played"));

        Write("story.heap", "heap cma size=4MiB\na = alloc cma 4KiB\n");
        Ends(Call("draw", "story.heap", "--curves", "-o", "d.svg"), 0);
        Assert.That(Read("d.svg"), Does.Contain("steps played").And.Not.Contain("seconds since boot"));
    }

    [Test]
    public void APictureOfTheEndOrOfALine()
    {
        Write("story.heap", Story);
        Ends(Draw("-o", "end.png"), 0);
        Assert.That(File.ReadAllBytes(Path.Combine(Folder, "end.png"))[1..4], Is.EqualTo("PNG"u8.ToArray()));
        Called called = Draw("--area", "cma0", "--at", "5", "-o", "five.svg");
        Ends(called, 0);
        Assert.That((called.Output, called.Error), Is.EqualTo(("five.svg\n", "")));
        Assert.That(Texts("five.svg"), Does.Contain("story.heap, after line 5: a = alloc cma 2MiB -> ok size=2097152"));
        Assert.That(Texts("five.svg"), Does.Contain("buffer #1"));
        Ends(Draw("--machine", "-o", "all.svg"), 0);
        Assert.That(Texts("all.svg")[0], Does.StartWith("The whole memory: 16,384 pages, 64MiB"));
    }

    [Test]
    public void ASequenceAndCurves()
    {
        Write("story.heap", Story);
        Directory.CreateDirectory(Path.Combine(Folder, "maps"));
        Called called = Draw("--every", "2", "-o", "maps");
        Ends(called, 0);
        Assert.That(called.Output, Is.EqualTo($"{Path.Combine("maps", "index.html")}: 3 maps\n"));
        Assert.That(
            Directory.GetFiles(Path.Combine(Folder, "maps")).Select(Path.GetFileName).Order(StringComparer.Ordinal),
            Is.EqualTo((string[])["index.html", "map-0001.png", "map-0002.png", "map-0003.png"]));
        Assert.That(Read(Path.Combine("maps", "index.html")), Does.Contain("story.heap, after line 6: b = alloc cma 15MiB"));
        Ends(Draw("--curves", "--order", "4", "-o", "curves.svg"), 0);
        Assert.That(Texts("curves.svg"), Does.Contain("free blocks of order 4 (64KiB): the kernel's two indices"));
        Assert.That(Texts("curves.svg"), Has.Some.StartsWith("a request for memory failed"));
    }

    [TestCase("maps", "maps", "map-0001.png")]
    [TestCase("maps/", "maps", "map-0001.png")]
    [TestCase("maps/page.svg", "maps", "page-0001.svg")]
    public void AFolderForASequenceIsMade(string path, string made, string first)
    {
        Write("story.heap", Story);
        Ends(Draw("--every", "1", "-o", path), 0);
        Assert.That(File.Exists(Path.Combine(Folder, made, first)), Is.True);
        Assert.That(File.Exists(Path.Combine(Folder, made, "index.html")), Is.True);
        Write("file", "");
        Called called = Draw("--every", "1", "-o", "file");
        Ends(called, 2);
        Assert.That(called.Error, Does.StartWith("file: the folder cannot be made: "));
    }

    // The camera has a buffer from 0 s to 0.7 s and from 1.2 s to 1.9 s.
    private const string Living = """
        machine memory=64MiB
        area cma0 size=16MiB
        heap cma on=cma0
        tenant camera type=buffers heap=cma length=8MiB count=1 life=700ms pause=500ms
        a = alloc cma 1MiB
        background 2s

        """;

    [Test]
    public void ASequenceOverSimulatedTimeLooksIntoAStep()
    {
        Write("story.heap", Living + "close a\n");
        Directory.CreateDirectory(Path.Combine(Folder, "maps"));
        string step = Path.Combine("maps", "step.svg");
        Called called = Draw("--every", "500ms", "-o", step);
        Ends(called, 0);
        Assert.That(called.Output, Is.EqualTo($"{Path.Combine("maps", "index.html")}: 6 maps\n"));
        string[][] maps = [.. Enumerable.Range(1, 6).Select(i => Texts(Path.Combine("maps", $"step-000{i}.svg")))];
        Assert.That(maps.Select(texts => texts[1]), Is.EqualTo((string[])
        [
            "story.heap, 0 s after boot, before the first step",
            "story.heap, 0.5 s after boot, in line 6: background 2s",
            "story.heap, 1 s after boot, in line 6: background 2s",
            "story.heap, 1.5 s after boot, in line 6: background 2s",
            "story.heap, 2 s after boot, in line 6: background 2s",
            "story.heap, 2 s after boot, after line 7: close a -> ok",
        ]));
        Assert.That(
            maps.Select(texts => string.Join(' ', texts.Where(text => text.StartsWith("buffer #", StringComparison.Ordinal)))),
            Is.EqualTo((string[])["", "buffer #1 buffer #2", "buffer #1", "buffer #1 buffer #3", "buffer #1", ""]));
        string page = Read(Path.Combine("maps", "index.html"));
        Assert.That(page, Does.Contain("<a href=\"step-0004.svg\">story.heap, 1.5 s after boot, in line 6"));

        string first = Read(Path.Combine("maps", "step-0004.svg"));
        Ends(Draw("--every", "500ms", "-o", step), 0);
        Assert.That(Read(Path.Combine("maps", "step-0004.svg")), Is.EqualTo(first));
    }

    [Test]
    public void ASequenceOverSimulatedTimeHasNoMapTwice()
    {
        Write("story.heap", Living);
        Directory.CreateDirectory(Path.Combine(Folder, "maps"));
        Called called = Draw("--every", "1s", "-o", "maps");
        Ends(called, 0);
        Assert.That(called.Output, Is.EqualTo($"{Path.Combine("maps", "index.html")}: 3 maps\n"));
        Assert.That(File.ReadAllBytes(Path.Combine(Folder, "maps", "map-0003.png"))[1..4], Is.EqualTo("PNG"u8.ToArray()));

        called = Draw("--every", "1us", "-o", "maps");
        Ends(called, 2);
        Assert.That(called.Error, Is.EqualTo(
            "--every 1us: 2,000,004 maps are too many, at most 1,000 are drawn; with --every 5ms they are few enough\n"));
    }

    [Test]
    public void WhoCanTouchProtectedBytes()
    {
        Write("story.heap", Secret);
        Called called = Draw("--access", "-o", "own.svg");
        Ends(called, 0);
        Assert.That((called.Output, called.Error), Is.EqualTo(("own.svg\n", "")));
        Assert.That(Texts("own.svg")[0], Is.EqualTo("policy=per-usage: who can touch the bytes of video"));
        Assert.That(Texts("own.svg"), Has.Member("denied").And.None.EqualTo("leak"));

        // What its steps must come to under another policy does not matter.
        Ends(Draw("--access", "--policy", "ion", "-o", "ion.svg"), 0);
        Assert.That(Texts("ion.svg"), Has.Member("leak").And.None.EqualTo("denied"));
        Ends(Draw("--access", "--policy", "ion", "-o", "ion.png"), 0);

        Write("story.heap", Crashing.Replace("heap system", "heap system\n  allow cpu rw", StringComparison.Ordinal));
        Called crashed = Draw("--access", "--policy", "ion", "-o", "crash.svg");
        Ends(crashed, 3);
        Assert.That(crashed.Error, Is.EqualTo("story.heap: the machine crashed, and the picture ends there\n"));
        Assert.That(Texts("crash.svg"), Has.Member("crash"));
    }

    [TestCase("--access --policy gcma -o x.png", "--policy: 'gcma' is not one policy of the machine\n")]
    [TestCase("--access --policy ion,tee -o x.png", "--policy: 'ion,tee' is not one policy of the machine\n")]
    [TestCase("--access --policy teee -o x.png", "--policy: unknown policy 'teee'; there are ")]
    [TestCase("--access -o x.png", "no heap has access rules, so there is nothing to tell\n")]
    [TestCase("--access -o x.gif", "x.gif: the name of a picture ends in .png or .svg\n")]
    [TestCase("--policy ion -o x.png", "--policy is for --access")]
    [TestCase("--order 4 -o x.png", "--order is for --curves")]
    [TestCase("--order 4 --access -o x.png", "--order is for --curves")]
    [TestCase("--access --curves -o x.png", "--curves and --access do not go together: leave one out")]
    [TestCase("--access --machine -o x.png", "--access and --machine do not go together: leave one out")]
    [TestCase("-o x.gif", "x.gif: the name of a picture ends in .png or .svg\n")]
    [TestCase("-o gone/x.png", "gone/x.png: there is no folder gone\n")]
    [TestCase("--every 1 -o gone/maps", "gone/maps: there is no folder gone\n")]
    [TestCase("--every 1 -o gone/maps/x.svg", "gone/maps/x.svg: there is no folder gone\n")]
    [TestCase("--every 1 -o x.gif", "x.gif: the name of a picture ends in .png or .svg\n")]
    [TestCase("--every 0s -o x.svg", "--every: '0s' is neither a number of steps nor a time with a unit, as 10 or 500ms")]
    [TestCase("--every 3h -o x.svg", "--every: '3h' is neither a number of steps nor a time with a unit, as 10 or 500ms")]
    [TestCase("--area b -o x.png", "--area b: the machine of story.heap has no such area; it has cma0\n")]
    [TestCase("--at 4 -o x.png", "--at 4: story.heap has no step on this line; the nearest are on 5\n")]
    [TestCase("--at 0 -o x.png", "--at: '0' is no number from 1 on")]
    [TestCase("--order 11 --curves -o x.png", "--order: '11' is no number from 0 to 10")]
    [TestCase("--at 5 --curves -o x.png", "--at and --curves do not go together: leave one out")]
    [TestCase("--area cma0 --machine -o x.png", "--area and --machine do not go together: leave one out")]
    [TestCase("", "Option '-o' is required.")]
    public void AMistakeIsTold(string options, string message)
    {
        Write("story.heap", Story);
        Called called = Draw(options.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Ends(called, 2);
        Assert.That(called.Error, Does.StartWith(message));
        Assert.That(Directory.GetFiles(Folder), Has.Length.EqualTo(1));
    }

    [Test]
    public void APathThatCannotBeWritten()
    {
        Write("story.heap", Story);
        Directory.CreateDirectory(Path.Combine(Folder, "x.png"));
        Called called = Draw("-o", "x.png");
        Ends(called, 2);
        Assert.That(called.Error, Does.StartWith("x.png: the picture cannot be written: "));
    }

    [Test]
    public void SeveralAreasNeedAChoice()
    {
        Write("story.heap", "area one size=4MiB\narea two size=4MiB\n");
        Called called = Draw("-o", "x.png");
        Ends(called, 2);
        Assert.That(called.Error, Is.EqualTo(
            "story.heap: the machine has several areas: choose one with --area (one, two), or --machine\n"));
        Ends(Draw("--area", "two", "-o", "x.svg"), 0);
        Assert.That(Texts("x.svg"), Does.Contain("story.heap, before the first step"));
    }

    [Test]
    public void AStoryThatComesOutOtherwiseIsDrawnAndTold()
    {
        Write("story.heap", Wrong);
        Called called = Draw("-o", "x.png");
        Ends(called, 1);
        Assert.That(called.Error, Is.EqualTo(
            "story.heap: something came out otherwise; `dmabuf-sim run story.heap` tells more\n"));
        Write("story.heap", Crashing);
        Ends(Draw("-o", "y.png"), 3);
        Assert.That(File.Exists(Path.Combine(Folder, "x.png")) && File.Exists(Path.Combine(Folder, "y.png")));
        Write("story.heap", "nonsense\n");
        Ends(Draw("-o", "z.png"), 2);
    }

    private Called Draw(params string[] options) => Call(["draw", "story.heap", .. options]);

    private string[] Texts(string file) => [.. XDocument.Parse(Read(file)).Descendants()
        .Where(element => element.Name.LocalName == "text")
        .Select(element => element.Value)];
}
