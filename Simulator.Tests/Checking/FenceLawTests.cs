using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Checking;
using DmaBufSim.Fences;
using DmaBufSim.Machines;
using DmaBufSim.Scenarios;
using DmaBufSim.Tests.Support;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Checking;

/// <summary>The contract between drivers, kept and broken.</summary>
[TestFixture]
public sealed class FenceLawTests
{
    [TestCase("inc t 3", null)]
    [TestCase("close t", null)]
    [TestCase("inc t 2", "fence 3:3 of runner never signals: descriptor 6 of first stands for it")]
    [TestCase("close f",
        "fence 3:1 of runner never signals: buffer #1 has it for write, a poll for in of buffer #1 waits, "
        + "a call on buffer #1 gave up waiting")]
    [TestCase("send p f",
        "fence 3:1 of runner never signals: buffer #1 has it for write, a poll for in of buffer #1 waits, "
        + "descriptor 5 of first stands for it, a message stands for it, a call on buffer #1 gave up waiting")]
    [TestCase("wait f",
        "fence 3:1 of runner never signals: buffer #1 has it for write, a poll for in of buffer #1 waits, "
        + "descriptor 5 of first stands for it, first sleeps for it, a call on buffer #1 gave up waiting")]
    public void EveryFenceSignals(string last, string? violation) => Assert.That(
        Judge(
            "fork p", "b = alloc system 4096", "t = timeline", "f = fence t 1 f", "import_sync b write f",
            "poll b in", "sync b read", "g = fence t 3 g", last).Of("always every fence signals"),
        Is.EqualTo(violation));

    [Test]
    public void AMemberOfAnArrayIsNamed() => Assert.That(
        Judge("t = timeline", "f = fence t 1 f", "u = timeline", "g = fence u 1 g", "m = merge f g m", "close f",
            "close g", "inc t 1").Of("always every fence signals"),
        Is.EqualTo("fence 4:1 of runner never signals: descriptor 7 of first stands for it"));

    [TestCase("lock b", "on the way to signal fence 3:1, first may have to wait for the lock of buffer #1")]
    [TestCase("wait b kernel", null)]
    [TestCase("wait b bookkeep", "on the way to signal fence 3:1, first may have to wait for fence 3:2 of runner")]
    [TestCase("wait g", "on the way to signal fence 3:1, first may have to wait for fence 3:2 of runner")]
    [TestCase("poll b in", null)]
    [TestCase("unlock b", null)]
    public void SignallingNeverWaits(string step, string? violation)
    {
        string[] before =
        [
            "b = alloc system 4096", "t = timeline", "f = fence t 1 f", "g = fence t 2 g", "add_fence b bookkeep g",
        ];
        const string Law = "always signalling never waits";
        Assert.That(Judge([.. before, "begin_signalling f", step, "end_signalling f"]).Of(Law), Is.EqualTo(violation));
        Assert.That(Judge([.. before, "begin_signalling f", "end_signalling f", step]).Of(Law), Is.Null);
    }

    [TestCase(true)]
    [TestCase(false)]
    public void ACallbackThatWaitsIsSeen(bool locks)
    {
        Machine machine = Box.Empty.Heap("system", "system").Build();
        SignallingNeverWaits law = new();
        machine.Trace.Sink = new Watcher(machine, law);
        DmaBuf buffer = machine.Buffer(machine.Alloc("system", 4096));
        SwSyncTimeline timeline = new(machine.Fences, "driver");
        int descriptor = timeline.CreateFence(machine.First.Files, new SwSyncCreateFenceData(1)).Value;
        DmaFence fence = SyncFile.Find(machine.First.Files, descriptor)!.Fence;
        fence.AddCallback(new Impatient(locks ? () => buffer.Resv.Lock() : () => machine.Fences.GetStub().WaitTimeout(9)));
        Assert.That(fence.WaitTimeout(1).Value, Is.Zero);
        Assert.That(law.Violation, Is.Null);
        timeline.Increment(1);
        Assert.That(
            law.Violation,
            Is.EqualTo($"on the way to signal fence 3:1, a callback may have to wait for {(locks ? "the lock of a reservation" : "a fence")}"));
    }

    [Test]
    public void ACircleIsReportedAsTheChainThatItIs()
    {
        Judged story = Judge(
            "b = alloc system 4096", "t = timeline", "f = fence t 1 f", "import_sync b write f", "fork gpu",
            "fork display", "gpu: begin_signalling f", "display: lock b", "display: wait b write", "gpu: lock b");
        Assert.That(story.Of("always waits form no circle"), Is.EqualTo(
            "gpu waits for the lock of buffer #1, which display holds; "
            + "display waits for fence 3:1 of runner, which gpu is to signal"));
        Assert.That(story.LineOf("always waits form no circle"), Is.EqualTo(11));
    }

    [Test]
    public void OneAloneCanBeACircle() => Assert.That(
        Judge("b = alloc system 4096", "lock b", "lock b").Of("always waits form no circle"),
        Is.EqualTo("first waits for the lock of buffer #1, which first holds"));

    private static Judged Judge(params string[] steps)
    {
        string text = $"heap system\n{string.Join('\n', steps)}\n{string.Join('\n', Laws.Sentences)}\n";
        Scenario scenario = ScenarioParser.Parse("story.heap", text).Scenario!;
        return new Judged(new ScenarioRunner(new MachineBuilder()).Run(scenario));
    }

    private sealed class Judged(RunResult result)
    {
        public string? Of(string law) => Find(law).Violation;

        public int LineOf(string law) => Find(law).Line;

        private JudgedVerdict Find(string law) => result.Verdicts.Single(verdict => verdict.Verdict.Sentence == law);
    }

    private sealed class Impatient(Action wait) : DmaFenceCallback
    {
        protected internal override void Signaled(DmaFence fence) => wait();
    }

    private sealed class Watcher(Machine machine, MachineLaw law) : TraceSink
    {
        public override void Write(in TraceRecord record) => law.Observe(machine, record);
    }
}
