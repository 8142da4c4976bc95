using DmaBufSim.Abi;
using DmaBufSim.Machines;
using DmaBufSim.Scenarios;
using DmaBufSim.Workloads;
using NUnit.Framework;

namespace DmaBufSim.Tests.Workloads;

[TestFixture]
public sealed class CmaMutexTests
{
    // Three areas that are filled at the same moment: with one lock the last waits for the two before it, as in the
    // measurement of Ge Yang of 2025 (7, 14 and 21 s with cma_mutex, 7 s each with a lock for each area).
    [TestCase("6.12", null, 3)]
    [TestCase("7.3", null, 1)]
    [TestCase("7.3", CmaLock.Global, 3)]
    [TestCase("6.12", CmaLock.Area, 1)]
    [TestCase("6.12", CmaLock.None, 1)]
    public void OneLockMakesThreeAreasWait(string kernel, CmaLock? kind, int times)
    {
        Machine machine = Build(kernel, kind, """
            area one size=16MiB
            area two size=16MiB
            area three size=16MiB
            heap a type=cma on=one
            heap b type=cma on=two
            heap c type=cma on=three
            tenant x type=buffers heap=a length=4MiB count=1 life=1min
            tenant y type=buffers heap=b length=4MiB count=1 life=1min
            tenant z type=buffers heap=c length=4MiB count=1 life=1min
            """);
        WorkloadFigures done = new Workload(machine).Play(3);
        long one = machine.Areas[0].LastCost;
        Assert.That((done.Allocations, done.LongestLatency), Is.EqualTo((3L, times * one)));
    }

    [Test]
    public void WithoutALockTheSecondFindsPageBlocksBusy()
    {
        const string Areas = """
            area one size=16MiB
            heap a type=cma on=one
            tenant x type=buffers heap=a length=128KiB count=3 life=1min
            tenant y type=buffers heap=a length=128KiB count=3 life=1min
            """;
        WorkloadFigures locked = new Workload(Build("6.12", null, Areas)).Play(6);
        Assert.That((locked.Allocations, locked.BusyWindows), Is.EqualTo((6L, 0L)));
        Machine machine = Build("6.12", CmaLock.None, Areas);
        Workload workload = new(machine);
        WorkloadFigures free = workload.Play(100, 1_000_000_000);
        Assert.That((free.Allocations, free.Failures), Is.EqualTo((6L, 0L)));
        Assert.That(free.BusyWindows, Is.GreaterThan(0));
        workload.Leave();
        Assert.That(machine.Areas[0].Allocate(4096, 0).IsOk, Is.True, "nothing is isolated any more");
    }

    private static Machine Build(string kernel, CmaLock? kind, string declarations)
    {
        ParsedScenario parsed = ScenarioParser.Parse("story", $"machine kernel={kernel}\n{declarations}");
        Assert.That(parsed.Report(), Is.Empty);
        return new MachineBuilder().Build(parsed.Scenario!.Machine with { CmaLock = kind });
    }
}
