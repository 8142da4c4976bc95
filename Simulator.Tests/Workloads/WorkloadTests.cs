using DmaBufSim.Buffers;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Memory;
using DmaBufSim.Workloads;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace DmaBufSim.Tests.Workloads;

[TestFixture]
public sealed class WorkloadTests
{
    private const long Millisecond = 1_000_000;
    private const long Second = 1000 * Millisecond;

    private static readonly TenantDescription Shells = new TenantDescription("shells", "anonymous")
        .With("processes", (1, 6)).With("grow", (4096, 64 * 4096)).With("every", (Millisecond, 20 * Millisecond))
        .With("life", (5 * Millisecond, 300 * Millisecond));

    private static readonly TenantDescription Cache = new TenantDescription("cache", "cache")
        .With("file", (1, 1 << 20)).With("every", (Millisecond, 5 * Millisecond)).With("limit", 6 << 20)
        .With("writeback", (Millisecond, Second)).With("dirty", 30);

    private static readonly TenantDescription Camera = new TenantDescription("camera", "buffers")
        .With("heap", "cma").With("format", "NV12").With("resolution", (640, 480)).With("count", (1, 12))
        .With("life", (10 * Millisecond, Second)).With("pause", (0, 100 * Millisecond));

    private static readonly TenantDescription Codec = new TenantDescription("codec", "buffers")
        .With("heap", "cma").With("length", (4096, 3 << 20)).With("every", (Millisecond, 33 * Millisecond));

    private static readonly TenantDescription Direct = new TenantDescription("direct", "pins")
        .With("on", "shells").With("count", (1, 4)).With("every", (Millisecond, 10 * Millisecond))
        .With("life", (Millisecond, 500 * Millisecond));

    private static readonly TenantDescription Lasting = new TenantDescription("lasting", "pins")
        .With("on", "cache").With("term", "long").With("life", (Millisecond, Second));

    [Test]
    public void FramesNeverOverlapAndAllAreGivenBack() =>
        Prop.ForAll(ArbMap.Default.ArbFor<ulong>(), ArbMap.Default.ArbFor<PositiveInt>(), (seed, pieces) =>
        {
            Machine machine = Build(seed, Shells, Cache, Camera, Codec, Direct, Lasting);
            long free = machine.Memory.Buddy.FreeFrames;
            Workload workload = new(machine);
            for (int i = 0; i < 1 + (pieces.Get % 20); i++)
            {
                workload.Play(100);
                AssertOneOwner(machine, workload);
            }

            workload.Leave();
            Assert.That(machine.Memory.Buddy.FreeFrames, Is.EqualTo(free));
            Assert.That(machine.Areas[0].FreePages, Is.EqualTo(machine.Areas[0].Range.Count));
            Assert.That(machine.Areas[0].IdlePages, Is.EqualTo(machine.Areas[0].Range.Count));
            Assert.That(machine.Areas[0].MaxChunk, Is.EqualTo(machine.Areas[0].Range.Count));
            Assert.That(machine.Buffers.Count, Is.Zero);
            Assert.That(workload.Play(10).Events, Is.Zero);
        }).QuickCheckThrowOnFailure();

    [Test]
    public void OneTenantMoreDoesNotChangeWhatTheOthersDraw()
    {
        // The camera takes from its area; shells take from elsewhere, and draw what they drew alone.
        WorkloadFigures alone = new Workload(Build(5, Shells)).Play(long.MaxValue, Second);
        WorkloadFigures both = new Workload(Build(5, Camera, Shells)).Play(long.MaxValue, Second);
        WorkloadFigures camera = new Workload(Build(5, Camera)).Play(long.MaxValue, Second);
        Assert.That(both.Pages, Is.EqualTo(alone.Pages).And.GreaterThan(0));
        Assert.That(both.Allocations, Is.EqualTo(camera.Allocations).And.GreaterThan(0));
        Assert.That(both.Events, Is.EqualTo(alone.Events + camera.Events));
    }

    [Test]
    public void AFullAreaRefusesAndTellsWhen()
    {
        // Twelve pictures of 113 pages at multiples of 128 pages need 1519 pages; there are 1024. Each request that gets a
        // free window takes 100 us, and the next is made when it is answered.
        TenantDescription greedy = Camera.With("count", 12).With("start", 7 * Second).With("life", Second).With("pause", Second);
        Workload workload = new(Build(1, size: 4, greedy));
        WorkloadFigures figures = workload.Play(long.MaxValue, 10 * Second);
        const long Filled = 8 * (Second / 10_000);
        Assert.That(figures.FirstFailure, Is.EqualTo((7 * Second) + Filled));
        Assert.That((figures.Allocations, figures.Failures), Is.EqualTo((24L, 3L)));
        Assert.That(workload.Machine.Buffers.Count, Is.Zero);
        Assert.That(workload.Play(long.MaxValue, 10 * Second).FirstFailure, Is.EqualTo((10 * Second) + (4 * Filled)));
        Assert.That(workload.Total.FirstFailure, Is.EqualTo((7 * Second) + Filled));
    }

    [Test]
    public void AProcessThatTheStoryEndsIsNoTrouble()
    {
        Workload workload = new(Build(1, Codec));
        workload.Play(50);
        workload.Machine.FindProcess("tenant codec")!.Exit();
        Assert.That(workload.Play(50).Allocations, Is.Zero);
        workload.Leave();
        Assert.That(workload.Machine.Buffers.Count, Is.Zero);
    }

    [Test]
    public void SamplesComeAtTheirInterval()
    {
        Machine machine = Build(1, Camera.With("count", 4).With("start", Second).With("life", Second).With("pause", Second));
        Workload workload = new(machine);
        MachineSampler sampler = new("area", order: 9);
        workload.Sample(sampler, Second / 2);
        workload.Play(long.MaxValue, 3 * Second);
        long[] half = [0, 1, 2, 3, 4, 5, 6];
        Assert.That(sampler.Samples.Select(sample => sample.Nanoseconds), Is.EqualTo(half.Select(i => i * Second / 2)));
        Assert.That(sampler.Samples.Select(sample => sample.Area!.Value.FreePages), Is.EqualTo(new[] { 2048, 2048, 2048, 1596, 1596, 2048, 2048 }));
        Assert.That(sampler.Samples[3].Area!.Value.LargestRun, Is.EqualTo(2048 - (3 * 128) - 113));
    }

    [Test]
    public void SamplesCountFailures()
    {
        Machine machine = Build(1, size: 4, Camera.With("count", 12).With("start", Second).With("pause", Second));
        Workload workload = new(machine);
        MachineSampler sampler = new("area", order: 9);
        workload.Sample(sampler, Second / 2);
        workload.Play(long.MaxValue, 3 * Second);
        Assert.That(sampler.Samples.Select(sample => sample.Failures), Is.EqualTo(new[] { 0, 0, 0, 1, 1, 2, 2 }));
    }

    [Test]
    public void ATenantOfOnesOwnActsInItsEvents()
    {
        Workload workload = new(Build(1));
        workload.Add("clock", context => new Ticking(context));
        Assert.That(workload.Play(long.MaxValue, 10 * Millisecond).Events, Is.EqualTo(11));
        Ticking ticking = (Ticking)workload.Find("clock")!;
        Assert.That(ticking.Told, Is.EqualTo(Enumerable.Range(0, 11)));
        workload.Leave();
        Assert.That(ticking.HasLeft, Is.True);
    }

    [TestCase("disk", "every", 1, "tenant 't': unknown type 'disk'")]
    [TestCase("cache", "evry", 1, "tenant 't': unknown key 'evry'")]
    [TestCase("cache", "every", 0, "tenant 't': 'every' cannot have that value")]
    [TestCase("buffers", "length", 4096, "tenant 't': a tenant of type buffers needs heap=")]
    public void ADescriptionThatIsWrongIsTold(string type, string key, long value, string message) =>
        Assert.That(
            () => new Workload(Build(1, new TenantDescription("t", type).With(key, value))),
            Throws.ArgumentException.With.Message.EqualTo(message));

    [TestCase("heap", "none", "tenant 't': there is no heap 'none'")]
    [TestCase("format", "NV13", "tenant 't': 'format' cannot have that value")]
    public void AWordThatNamesNothingIsTold(string key, string word, string message) =>
        Assert.That(
            () => new Workload(Build(1, new TenantDescription("t", "buffers").With(key, word))),
            Throws.ArgumentException.With.Message.EqualTo(message));

    private static Machine Build(ulong seed, params ReadOnlySpan<TenantDescription> tenants) => Build(seed, 8, tenants);

    private static Machine Build(ulong seed, int size, params ReadOnlySpan<TenantDescription> tenants) =>
        new MachineBuilder().Build(new MachineDescription
        {
            Memory = 64L << 20,
            Seed = seed,
            Areas = [new AreaDescription("area", (long)size << 20)],
            Heaps = [new HeapDescription("cma", "cma") { On = "area" }],
            Tenants = [.. tenants],
        });

    private static void AssertOneOwner(Machine machine, Workload workload)
    {
        HashSet<int> seen = [];
        foreach (DmaBuf buffer in machine.Buffers.NewestFirst)
        {
            foreach (FrameRun run in ((HeapBuffer)buffer.Exporter).Table.Runs)
            {
                Assert.That(Enumerable.Range(run.First, run.Count).All(seen.Add), Is.True);
            }
        }

        foreach (Tenant tenant in workload.Tenants)
        {
            for (int i = 0; i < tenant.MemoryCount; i++)
            {
                int[] frames = [.. tenant.MemoryAt(i)?.Frames.Where(frame => frame >= 0) ?? []];
                Assert.That(frames.All(seen.Add), Is.True);
                Assert.That(frames, Has.None.Matches<int>(machine.Memory.Buddy.IsFree));
            }
        }
    }

    private sealed class Ticking(TenantContext context) : Tenant(context)
    {
        public List<int> Told { get; } = [];

        public bool HasLeft { get; private set; }

        protected internal override void Come() => After(0, 0);

        protected internal override void Happen(int what)
        {
            Told.Add(what);
            After(Millisecond, what + 1);
        }

        protected internal override void Leave() => HasLeft = true;
    }
}
