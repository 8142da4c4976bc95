using System.Reflection;
using DmaBufSim.Abi;
using DmaBufSim.Dma;
using DmaBufSim.Fences;
using DmaBufSim.Files;
using DmaBufSim.Machines;
using DmaBufSim.Scenarios;
using DmaBufSim.Scenarios.Verbs;
using NUnit.Framework;

namespace DmaBufSim.Tests.Scenarios;

/// <summary>The methods of a story are the verbs of the language.</summary>
[TestFixture]
public sealed class StoryTests
{
    private static readonly (string Line, Func<Story, Outcome> Play)[] Both =
    [
        ("b = alloc system 8192 rdwr", story => story.Alloc("b", "system", 8192)),
        ("c = alloc system 4096 rdonly|cloexec",
            story => story.Alloc("c", "system", 4096, OpenFlags.ReadOnly | OpenFlags.CloseOnExec)),
        ("n = alloc nosuch 4096 rdwr", story => story.Alloc("n", "nosuch", 4096)),
        ("v = alloc video 8192 rdwr", story => story.Alloc("v", "video", 8192)),
        ("d = dup b", story => story.Dup("d", "b")),
        ("sync b start|rw", story => story.Sync("b", DmaBufSyncFlags.ReadWrite)),
        ("sync b end|rw", story => story.Sync("b", DmaBufSyncFlags.End | DmaBufSyncFlags.ReadWrite)),
        ("set_name b frame", story => story.SetName("b", "frame")),
        ("region v subtitles 4096 4096", story => story.Region("v", "subtitles", 4096, 4096)),
        ("fdinfo b", story => story.FdInfo("b")),
        ("m = mmap b 0 8192 rw shared", story => story.Mmap("m", "b", 0, 8192)),
        ("o = mmap b 0 4096 r private",
            story => story.Mmap("o", "b", 0, 4096, MapProtection.Read, MapType.Private)),
        ("fill m 0 100 7", story => story.Fill("m", 0, 100, 7)),
        ("hash m 0 100", story => story.Hash("m", 0, 100)),
        ("mprotect m r", story => story.Mprotect("m", MapProtection.Read)),
        ("munmap m 4096 4096", story => story.Munmap("m", 4096, 4096)),
        ("munmap m", story => story.Munmap("m")),
        ("a = attach gpu b", story => story.Attach("a", "gpu", "b")),
        ("e = attach gpu b dynamic", story => story.Attach("e", "gpu", "b", isDynamic: true)),
        ("map a bidirectional", story => story.Map("a", DmaDirection.Bidirectional)),
        ("write a 0 16 9", story => story.Write("a", 0, 16, 9)),
        ("read a 0 16", story => story.Read("a", 0, 16)),
        ("t = attach gpu b secure", story => story.Attach("t", "gpu", "b", isCalledSecure: true)),
        ("copy a 0 a 4096 64", story => story.Copy("a", 0, "a", 4096, 64)),
        ("blend a 0 a 4096 64", story => story.Blend("a", 0, "a", 4096, 64)),
        ("ta_read b 0 16", story => story.TaRead("b", 0, 16)),
        ("ta_write b 0 16 7", story => story.TaWrite("b", 0, 16, 7)),
        ("ta_copy b 0 b 4096 16", story => story.TaCopy("b", 0, "b", 4096, 16)),
        ("ta_blend b 0 b 4096 16", story => story.TaBlend("b", 0, "b", 4096, 16)),
        ("link gpu clear", story => story.Link("gpu", isProtected: false)),
        ("stale_read gpu 0 16", story => story.StaleRead("gpu", 0, 16)),
        ("stale_write gpu 0 16 1", story => story.StaleWrite("gpu", 0, 16, 1)),
        ("protection", story => story.Protection()),
        ("teardown video", story => story.Teardown("video")),
        ("unmap a", story => story.Unmap("a")),
        ("pin e", story => story.Pin("e")),
        ("unpin e", story => story.Unpin("e")),
        ("detach a", story => story.Detach("a")),
        ("unbind gpu", story => story.Unbind("gpu")),
        ("k = vmap b", story => story.Vmap("k", "b")),
        ("vunmap k", story => story.Vunmap("k")),
        ("begin_cpu b from_device", story => story.BeginCpu("b", DmaDirection.FromDevice)),
        ("end_cpu b from_device", story => story.EndCpu("b", DmaDirection.FromDevice)),
        ("fork p1", story => story.Fork("p1")),
        ("send p1 c", story => story.Send("p1", "c")),
        ("p1: s = take", story => As(story, "p1", () => story.Take("s"))),
        ("p1: give s", story => As(story, "p1", () => story.Give("s"))),
        ("t = take p1", story => story.Take("t", "p1")),
        ("kill p1", story => story.Kill("p1")),
        ("p1: close s", story => As(story, "p1", () => story.Close("s"))),
        ("cat /sys/kernel/debug/dma_buf/bufinfo", story => story.Cat("/sys/kernel/debug/dma_buf/bufinfo")),
        ("holders b", story => story.Holders("b")),
        ("close b", story => story.Close("b")),
        ("close b", story => story.Close("b")),
        ("u = memfd 16384 none", story => story.Memfd("u", 16384, MemfdSeals.None)),
        ("ftruncate u 32768", story => story.Truncate("u", 32768)),
        ("add_seals u shrink", story => story.AddSeals("u", MemfdSeals.Shrink)),
        ("w = udmabuf u 0 8192 cloexec", story => story.Udmabuf("w", "u", 0, 8192, UdmabufFlags.CloseOnExec)),
        ("x = udmabuf_list u:0:4096,u:8192:4096 cloexec",
            story => story.UdmabufList("x", [("u", 0, 4096), ("u", 8192, 4096)], UdmabufFlags.CloseOnExec)),
        ("t = timeline", story => story.Timeline("t")),
        ("f = fence t 5 f", story => story.Fence("f", "t", 5)),
        ("g = fence t 6 g", story => story.Fence("g", "t", 6)),
        ("q = merge f g q", story => story.Merge("q", "f", "g")),
        ("info q", story => story.Info("q")),
        ("info f num_fences=1", story => story.Info("f", 1)),
        ("set_deadline f 1000", story => story.SetDeadline("f", 1000)),
        ("deadline t f", story => story.Deadline("t", "f")),
        ("import_sync w write f", story => story.ImportSync("w", DmaBufSyncFlags.Write, "f")),
        ("y = export_sync w read", story => story.ExportSync("y", "w", DmaBufSyncFlags.Read)),
        ("add_fence w bookkeep g", story => story.AddFence("w", DmaResvUsage.Bookkeep, "g")),
        ("poll w in|out", story => story.Poll("w", PollEvents.In | PollEvents.Out)),
        ("fences w bookkeep", story => story.Fences("w", DmaResvUsage.Bookkeep)),
        ("signaled w kernel", story => story.Signaled("w", DmaResvUsage.Kernel)),
        ("wait w write", story => story.Wait("w", DmaResvUsage.Write)),
        ("waits", story => story.Waits()),
        ("inc t 5", story => story.Inc("t", 5)),
        ("wait w write", story => story.Wait("w", DmaResvUsage.Write)),
        ("wait f", story => story.Wait("f")),
        ("begin_signalling g", story => story.BeginSignalling("g")),
        ("end_signalling g", story => story.EndSignalling("g")),
        ("z = acquire", story => story.Acquire("z")),
        ("lock w z", story => story.Lock("w", "z")),
        ("lock x z", story => story.Lock("x", "z")),
        ("done z", story => story.Done("z")),
        ("unlock w", story => story.Unlock("w")),
        ("unlock x", story => story.Unlock("x")),
        ("lock_slow w z", story => story.LockSlow("w", "z")),
        ("unlock w", story => story.Unlock("w")),
        ("fini z", story => story.Fini("z")),
        ("lock x", story => story.Lock("x")),
        ("unlock x", story => story.Unlock("x")),
        ("given movable l 0+8,100+2", story => story.Given("l", "0+8,100+2")),
        ("r = pin l 100", story => story.PinPage("r", "l", 100)),
        ("retries", story => story.Retries()),
        ("dmesg", story => story.Dmesg()),
        ("why video 8388608", story => story.Why("video", 8 << 20)),
        ("background 10", story => story.Background(10)),
        ("background 5ms", story => story.Background(TimeSpan.FromMilliseconds(5))),
    ];

    private static readonly string Declarations = """
        machine memory=64MiB
        area cma0 size=8MiB
        heap system
        heap video type=protected on=cma0
          allow cpu write in=subtitles
        device gpu
        tenant anonymous every=1ms

        """;

    [Test]
    public void AMethodPlaysTheSameAsTheLine()
    {
        // A heap that is nowhere is a mistake, unless the line says that it is meant.
        IEnumerable<string> lines = Both.Select(both =>
            both.Line.Contains("nosuch", StringComparison.Ordinal) ? both.Line + " -> ENOENT" : both.Line);
        Scenario read = Sample.Read(Declarations + string.Join('\n', lines));
        StepPlayer player = new(new MachineBuilder().Build(read.Machine));
        Story story = new(read.Machine);
        foreach (((string line, Func<Story, Outcome> play), Step step) in Both.Zip(read.Steps))
        {
            Outcome outcome = play(story);
            Outcome expected = player.Play(step);
            Assert.That(outcome.ToString(), Is.EqualTo(expected.ToString()), line);
            Assert.That(outcome.Lines, Is.EqualTo(expected.Lines), line);
            Assert.That(story.Last, Is.SameAs(outcome));
            Assert.That(story.ToScenario().Steps[^1].ToString(), Is.EqualTo(line));
        }

        Assert.That(story.Length, Is.EqualTo(Both.Length));
    }

    [Test]
    public void EveryMethodIsThere()
    {
        IEnumerable<string> methods = typeof(Story)
            .GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(method => method.ReturnType == typeof(Outcome) && !method.IsSpecialName && method.Name != "Play")
            .Select(method => VerbOf(method.Name))
            .Distinct()
            .Order(StringComparer.Ordinal);
        IEnumerable<string> played = Both
            .Select(both => both.Line.Split(": ")[^1].Split(" = ")[^1].Split(' ')[0])
            .Distinct()
            .Order(StringComparer.Ordinal);
        Assert.That(played, Is.EqualTo(methods));
    }

    [Test]
    public void AStoryIsAScenarioThatPasses()
    {
        Story story = new(Sample.Read(Declarations).Machine);
        foreach ((string _, Func<Story, Outcome> play) in Both)
        {
            play(story);
        }

        RunResult result = new ScenarioRunner(new MachineBuilder())
            .Run(Sample.Read(story.ToString()), new RunOptions { Exact = true });
        Assert.That(result.Wrong.Select(wrong => $"{wrong.Step}: {wrong.Difference}"), Is.Empty);
        Assert.That(result.End, Is.EqualTo(RunEnd.Passed));
    }

    [Test]
    public void EveryVerbHasAnAction()
    {
        foreach (Verb verb in VerbTable.All)
        {
            Story story = new(Sample.Read(Declarations).Machine);
            Argument[] arguments = [.. verb.Parameters.Select(Nothing)];
            Assert.That(() => story.Play(verb.Name, null, arguments), Throws.Nothing, verb.Name);
        }
    }

    [Test]
    public void AVerbThatIsNoneIsTheCallersMistake() =>
        Assert.That(() => new Story(new MachineDescription()).Play("fly", null), Throws.ArgumentException);

    // Names that stand for nothing, and the smallest numbers.
    private static Argument Nothing(Parameter parameter) =>
        parameter.Optional ? default : FlagWords.Of(parameter.Kind).Names is [string first, ..]
            ? new Argument(first)
            : parameter.Kind == ParameterKind.UdmabufItems
            ? new Argument("none")
            : parameter.Kind is ParameterKind.Bytes or ParameterKind.Number or ParameterKind.Byte
                ? Argument.Of(parameter.Kind, 0)
                : new Argument("x");

    private static Outcome As(Story story, string process, Func<Outcome> play)
    {
        story.Process = process;
        try
        {
            return play();
        }
        finally
        {
            story.Process = null;
        }
    }

    // FdInfo is fdinfo and BeginCpu is begin_cpu: the table of verbs tells which it is.
    private static string VerbOf(string method)
    {
        string joined = method.ToLowerInvariant();
        return VerbTable.All
            .Select(verb => verb.Name)
            .FirstOrDefault(name => name.Replace("_", "", StringComparison.Ordinal) == joined)
            ?? (method == nameof(Story.Truncate) ? "ftruncate" : "pin");
    }
}
