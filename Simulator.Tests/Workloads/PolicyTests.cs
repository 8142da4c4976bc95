using DmaBufSim.Abi;
using DmaBufSim.Machines;
using DmaBufSim.Workloads;
using NUnit.Framework;

namespace DmaBufSim.Tests.Workloads;

/// <summary>What policies of areas do to a pipeline among pins.</summary>
[TestFixture]
public sealed class PolicyTests
{
    private const long Millisecond = 1_000_000;

    // From boot on every page outside the area is taken by degrees, and the area is borrowed from. Pins last 50 ms.
    private static readonly TenantDescription Shells = new TenantDescription("shells", "anonymous")
        .With("grow", 64 << 10).With("every", Millisecond).With("life", 2000 * Millisecond).With("pause", 0);

    private static readonly TenantDescription Pins = new TenantDescription("pins", "pins")
        .With("on", "shells").With("count", 12).With("every", 250 * Millisecond).With("life", 50 * Millisecond);

    private static readonly TenantDescription Camera = new TenantDescription("camera", "buffers")
        .With("heap", "cma").With("length", 12 << 20).With("count", 1).With("start", 251 * Millisecond)
        .With("life", 100 * Millisecond).With("pause", 400 * Millisecond);

    [Test]
    public void ARequestThatIsMadeAgainOutlivesShortPins()
    {
        WorkloadFigures plain = Play("first-fit");
        WorkloadFigures retried = Play("retry");
        Assert.That(plain.Failures, Is.GreaterThan(0));
        Assert.That(retried.Failures, Is.LessThan(plain.Failures));
        Assert.That(retried.LongestLatency, Is.GreaterThan(100 * Millisecond));
        Assert.That(plain.LongestLatency, Is.LessThan(100 * Millisecond));
    }

    [Test]
    public void AnAreaThatLendsNothingThatMustMoveNeverFails()
    {
        WorkloadFigures guaranteed = Play("gcma");
        Assert.That((guaranteed.Failures, guaranteed.MovedPages, guaranteed.BusyWindows), Is.EqualTo((0L, 0L, 0L)));
    }

    [TestCase("compact-ahead")]
    [TestCase("best-fit")]
    [TestCase("reserved-pool")]
    [TestCase("align-4")]
    public void EveryPolicyPlaysTheSameWorkload(string policy) =>
        Assert.That(Play(policy).Allocations, Is.GreaterThan(0));

    [Test]
    public void LongTermPinsLeaveTheAreaAndDoNotBlockIt()
    {
        WorkloadFigures lasting = Play("first-fit", Pins.With("term", "long"));
        Assert.That(lasting.Pins, Is.GreaterThan(0));
        Assert.That(lasting.BusyWindows, Is.Zero);
    }

    // Reclaim frees pages for the page allocator: the cache in an area that it does not have is no help, and is no
    // memory of its own either until it is dropped for the buffer.
    [Test]
    public void ReclaimLeavesTheCacheOfAGuaranteedAreaToTheArea()
    {
        TenantDescription files = new TenantDescription("files", "cache")
            .With("file", 1 << 20).With("every", Millisecond).With("limit", 12 << 20).With("again", 0).With("dirty", 0);
        TenantDescription hungry = new TenantDescription("hungry", "anonymous")
            .With("start", 100 * Millisecond).With("grow", 8 << 20).With("every", Millisecond)
            .With("life", 1000 * Millisecond);
        TenantDescription camera = Camera.With("start", 500 * Millisecond).With("length", 16 << 20);
        Machine machine = Make("gcma", files, hungry, camera);
        Workload workload = new(machine);

        workload.Play(long.MaxValue, 400 * Millisecond);
        Assert.That(machine.Areas[0].LentPages, Is.EqualTo(3072), "12 MiB of files");
        WorkloadFigures figures = workload.Play(long.MaxValue, 150 * Millisecond);
        Assert.That((figures.Allocations, figures.DroppedPages), Is.EqualTo((1L, 3072L)));
        Assert.That(figures.LongestLatency, Is.GreaterThan(100_000));
    }

    // A page that only a pin keeps is still held, and giving up its file again frees nothing.
    [Test]
    public void ReclaimEndsWherePinsKeepWhatIsLeft()
    {
        TenantDescription files = new TenantDescription("files", "cache")
            .With("file", 1 << 20).With("every", Millisecond).With("limit", 60 << 20).With("dirty", 20);
        TenantDescription hungry = new TenantDescription("hungry", "anonymous")
            .With("processes", 6).With("grow", 1 << 20).With("every", 10 * Millisecond).With("life", 900 * Millisecond);
        TenantDescription network = new TenantDescription("network", "pins")
            .With("on", "files").With("term", "long").With("every", Millisecond).With("life", 60_000 * Millisecond);
        WorkloadFigures figures = new Workload(Make("gcma", files, hungry, network)).Play(20_000);
        Assert.That(figures.Events, Is.EqualTo(20_000));
        Assert.That(figures.Pins, Is.GreaterThan(100));
    }

    [Test]
    public void ReclaimTakesTheCacheThatThePageAllocatorHas()
    {
        TenantDescription files = new TenantDescription("files", "cache")
            .With("file", 1 << 20).With("every", Millisecond).With("limit", 40 << 20).With("again", 0).With("dirty", 0);
        TenantDescription hungry = new TenantDescription("hungry", "anonymous")
            .With("start", 39 * Millisecond).With("grow", 8 << 20).With("every", 1000 * Millisecond)
            .With("life", 5000 * Millisecond).With("processes", 5).With("pause", 0);
        Machine machine = Make("gcma", files, hungry);
        WorkloadFigures figures = new Workload(machine).Play(long.MaxValue, 60 * Millisecond);
        Assert.That(figures.PagesRefused, Is.Zero, "40 MiB fit beside the area, when its 24 MiB of cache are gone");
        Assert.That(machine.Areas[0].LentPages, Is.EqualTo(4096), "the area keeps what it has lent");
    }

    private static WorkloadFigures Play(string policy, TenantDescription? pins = null) =>
        new Workload(Make(policy, Shells, pins ?? Pins, Camera)).Play(long.MaxValue, 10_000 * Millisecond);

    private static Machine Make(string policy, params TenantDescription[] tenants) =>
        new MachineBuilder().Build(new MachineDescription
        {
            Memory = 64L << 20,
            Kernel = KernelProfile.Default,
            CmaPolicy = policy,
            Areas = [new AreaDescription("area", 16L << 20)],
            Heaps = [new HeapDescription("cma", "cma") { On = "area" }],
            Tenants = [.. tenants],
        });
}
