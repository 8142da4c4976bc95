using System.Globalization;
using DmaBufSim.Machines;
using DmaBufSim.Scenarios;
using DmaBufSim.Security;
using DmaBufSim.Workloads;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace DmaBufSim.Tests.Workloads;

/// <summary>Devices that use the buffers of a tenant.</summary>
[TestFixture]
public sealed class PipelineTests
{
    private const long Millisecond = 1_000_000;

    private const string Film = """
        machine memory=64MiB policy=POLICY
        GUARD
        area cma0 size=16MiB
        heap video type=protected on=cma0 peak=8MiB
          allow decoder write
          allow display read
        heap ui type=protected on=cma0 peak=4MiB
          allow camera write
          allow display read
        device decoder
        device display
        device camera
        device gpu
        tenant film type=buffers heap=video length=64KiB count=3 life=10500ms pause=5s writer=decoder reader=display turn=1s

        """;

    // By hand. Three buffers come at once, and each takes 0.1 ms; so turns are just after each second, ten in a session of
    // 10.5 s, and the reader begins with the second. The next session comes after 15.5 s. Hardware is told with each
    // writer that attaches and each buffer that goes, with each buffer that is made and goes, or at boot.
    [TestCase("ion", 0, 0)]
    [TestCase("attach", 3, 9)]
    [TestCase("per-usage", 3, 9)]
    [TestCase("carveout", 2, 2)]
    [TestCase("tee", 1, 3)]
    public void HardwareIsProgrammedWhenDevicesCome(string policy, int first, int later)
    {
        Workload workload = Build(Film, policy);
        WorkloadFigures figures = workload.Play(long.MaxValue, 9500 * Millisecond);
        Assert.That((figures.Attached, figures.Mapped, figures.ImportsRefused), Is.EqualTo((6L, 9L + 8, 0L)));
        Assert.That(workload.Machine.Firewall.Counters.Changes, Is.EqualTo(first));
        figures = workload.Play(long.MaxValue, 6500 * Millisecond);
        Assert.That((figures.Attached, figures.Mapped, figures.ImportsRefused), Is.EqualTo((6L, 2L, 0L)));
        Assert.That(workload.Machine.Firewall.Counters.Changes, Is.EqualTo(later));
        workload.Leave();
        Assert.That(workload.Machine.Buffers.Count, Is.Zero);
        Assert.That(workload.Machine.Importers.Sum(importer => importer.Imports.Count), Is.Zero);
    }

    // A slow model: every turn of every session is counted one by one. Without an area a request takes no time, and half a
    // millisecond keeps the end of a session apart from a turn.
    [Test]
    public void EveryTurnIsCounted() =>
        Prop.ForAll(ArbMap.Default.ArbFor<PositiveInt[]>(), drawn =>
        {
            int Draw(int at, int most) => at < drawn.Length ? 1 + (drawn[at].Get % most) : most;
            (int count, int life, int pause, int turn) = (Draw(0, 5), Draw(1, 50), Draw(2, 20), Draw(3, 12));
            int span = 20 * Draw(4, 10);
            string text = string.Create(CultureInfo.InvariantCulture, $"""
                machine memory=64MiB
                heap system
                device decoder contiguous=no
                device gpu
                tenant t type=buffers heap=system length=4096 count={count} life={life}500us pause={pause}ms writer=decoder reader=gpu turn={turn}ms
                """);
            (long attached, long mapped) = (0, 0);
            for (double session = 0; session <= span; session += life + 0.5 + pause)
            {
                attached += 2 * count;
                int turns = 0;
                for (double at = session + turn; at < session + life + 0.5 && at <= span; at += turn)
                {
                    mapped += turns == 0 ? 1 : 2;
                    turns++;
                }
            }

            WorkloadFigures figures = Build(text, "ion").Play(long.MaxValue, span * Millisecond);
            Assert.That((figures.Attached, figures.Mapped, figures.ImportsRefused), Is.EqualTo((attached, mapped, 0L)), text);
        }).QuickCheckThrowOnFailure();

    // One region, and two uses whose rules differ: the second is refused when hardware is to be told of it. By hand: it
    // tries at 0.1 s and then each second.
    [TestCase("attach", 0, 5)]
    [TestCase("per-usage", 5, 0)]
    public void APolicyThatProgramsAtAttachFailsThere(string policy, int failures, int refused)
    {
        const string Clip = "tenant clip type=buffers heap=ui length=64KiB count=1 start=100ms pause=1s writer=camera\n";
        Workload workload = Build(Film.Replace("GUARD", "guard firewall regions=1") + Clip, policy);
        RequestWatch watch = new((_, _) => []);
        workload.Watch = watch;
        WorkloadFigures figures = workload.Play(long.MaxValue, 5050 * Millisecond);
        Assert.That((figures.Failures, figures.ImportsRefused), Is.EqualTo(((long)failures, (long)refused)));
        ProtectionCounters counters = workload.Machine.Firewall.Counters;
        Assert.That(counters.ImporterFailures(ProtectionStep.Attach), Is.EqualTo(refused));
        Assert.That(workload.Machine.Buffers.Count, Is.EqualTo(3));
        Assert.That(
            watch.FirstRefusedImport is { } import ? $"{import.Tenant} {import.Step} {import.Device} {import.Refusal}" : "",
            refused == 0 ? Is.Empty : Does.StartWith("clip attach camera ").And.Contain("ENOSPC"));
    }

    // Nobody asks the GPU before it reads; by hand: it attaches and maps as the display would, and reads eight times.
    [TestCase("tee", ProtectionStep.Access, 8, 6)]
    [TestCase("per-usage", ProtectionStep.Attach, 2, 2)]
    public void AWrongReaderIsStoppedAtTheStepOfItsPolicy(string policy, ProtectionStep step, int refused, int attached)
    {
        Workload workload = Build(Film.Replace("reader=display", "reader=gpu", StringComparison.Ordinal), policy);
        WorkloadFigures figures = workload.Play(long.MaxValue, 9500 * Millisecond);
        Assert.That((figures.ImportsRefused, figures.Attached), Is.EqualTo(((long)refused, (long)attached)));
        Assert.That(workload.Machine.Firewall.Counters.ImporterFailures(step), Is.EqualTo(refused));
    }

    [Test]
    public void TheStoryMayTakeTheDevicesAway()
    {
        string text = Film + """
            background 5s -> ok attached=6 mapped=7 no_import=0
            unbind decoder -> ok held=3
            unbind display -> ok held=3
            background 10s -> ok attached=0 mapped=0 no_import=0
            background 2s -> ok attached=6 mapped=1 no_import=0
            always reference counts equal holders
            always every buffer is released
            """;
        RunResult result = new ScenarioRunner(new MachineBuilder()).Run(Parse(text, "attach"));
        Assert.That(result.Wrong.Select(step => step.Difference), Is.Empty);
        Assert.That(result.BrokenVerdicts, Is.Zero);
    }

    [Test]
    public void AProcessThatTheStoryEndsLetsItsDevicesGo()
    {
        Workload workload = Build(Film, "attach");
        workload.Play(long.MaxValue, 2500 * Millisecond);
        workload.Machine.FindProcess("tenant film")!.Exit();
        Assert.That(workload.Machine.Buffers.Count, Is.EqualTo(3));
        workload.Play(long.MaxValue, 1000 * Millisecond);
        Assert.That(workload.Machine.Buffers.Count, Is.Zero);
        Assert.That(
            () => new Workload(new MachineBuilder().Build(new MachineDescription
            {
                Heaps = [new HeapDescription("system", "system")],
                Tenants = [new TenantDescription("t", "buffers").With("heap", "system").With("length", 1).With("reader", "tv")],
            })),
            Throws.ArgumentException.With.Message.EqualTo("tenant 't': there is no device 'tv'"));
    }

    private static Workload Build(string text, string policy) =>
        new(new MachineBuilder().Build(Parse(text, policy).Machine));

    private static Scenario Parse(string text, string policy)
    {
        ParsedScenario parsed = ScenarioParser.Parse("t.heap", text
            .Replace("POLICY", policy, StringComparison.Ordinal).Replace("GUARD", "", StringComparison.Ordinal));
        return parsed.Scenario ?? throw new AssertionException(parsed.Report());
    }
}
