using DmaBufSim.Abi;
using DmaBufSim.Engine;
using DmaBufSim.Fences;
using DmaBufSim.Files;
using NUnit.Framework;

namespace DmaBufSim.Tests.Fences;

/// <summary>The cases of the kernel's suite tools/testing/selftests/sync, under their names.</summary>
[TestFixture("6.1")]
[TestFixture("6.12")]
[TestFixture("7.3")]
public sealed class SyncSelftests(string kernel)
{
    private FenceCore core = null!;
    private FileTable files = null!;

    [SetUp]
    public void SetUp()
    {
        core = MockFence.NewCore(kernel);
        files = new FileTable(core.Trace, 1024);
    }

    [TearDown]
    public void NothingIsLeft()
    {
        files.CloseAll();
        Assert.That(core.LiveFences, Is.Zero);
        Assert.That(core.Timelines.Timelines, Is.Empty);
    }

    [Test]
    public void test_alloc_timeline() => Assert.That(Timeline().Timeline.Value, Is.Zero);

    [Test]
    public void test_alloc_fence() => Assert.That(SyncFile.Find(files, Fence(Timeline(), 1)), Is.Not.Null);

    [Test]
    public void test_alloc_fence_negative()
    {
        Assert.That(files.Find(-1), Is.Null);
        Assert.That(Timeline().CreateFence(files, null).Errno, Is.EqualTo(Errno.EFAULT));
        Assert.That(files.Reserve().Value, Is.EqualTo(4), "the descriptor was given back");
    }

    [Test]
    public void test_fence_one_timeline_wait()
    {
        SwSyncTimeline timeline = Timeline();
        int fence = Fence(timeline, 5);
        Assert.That(Waits(fence), Is.False, "at 0");
        Assert.That(timeline.Increment(1).IsOk);
        Assert.That(Waits(fence), Is.False, "at 1");
        Assert.That(timeline.Increment(4).IsOk);
        Assert.That(Waits(fence), "at 5");
        Assert.That(timeline.Increment(10).IsOk);
        Assert.That(Waits(fence), "at 15");
    }

    [Test]
    public void test_fence_one_timeline_merge()
    {
        SwSyncTimeline timeline = Timeline();
        int d = Merge(Merge(Fence(timeline, 1), Fence(timeline, 2)), Fence(timeline, 3));
        Assert.That(Count(d, 0), Is.EqualTo(1), "the latest of the context");
        for (uint value = 1; value <= 3; value++)
        {
            timeline.Increment(1);
            Assert.That(Waits(d), Is.EqualTo(value == 3), $"at {value}");
        }

        Assert.That((Count(d, 0), Count(d, 1)), Is.EqualTo((0, 1)));
    }

    [Test]
    public void test_fence_merge_same_fence()
    {
        SwSyncTimeline timeline = Timeline();
        int fence = Fence(timeline, 5);
        int merged = Merge(fence, fence);
        Assert.That(Count(merged, 1), Is.Zero);
        timeline.Increment(5);
        Assert.That((Count(merged, 0), Count(merged, 1)), Is.EqualTo((0, 1)));
    }

    [Test]
    public void test_fence_multi_timeline_wait()
    {
        SwSyncTimeline[] timelines = [Timeline(), Timeline(), Timeline()];
        int merged = Merge(Merge(Fence(timelines[0], 5), Fence(timelines[1], 5)), Fence(timelines[2], 5));
        Assert.That((Count(merged, 0), Count(merged, 1)), Is.EqualTo((3, 0)));
        for (int i = 0; i < 3; i++)
        {
            Assert.That(Waits(merged), Is.False);
            timelines[i].Increment(5);
            Assert.That((Count(merged, 0), Count(merged, 1)), Is.EqualTo((2 - i, i + 1)));
        }

        Assert.That(Waits(merged));
    }

    [Test]
    public void test_stress_two_threads_shared_timeline()
    {
        const int Turns = 1 << 16;
        SwSyncTimeline timeline = Timeline();
        int[] fences = [Fence(timeline, 0), Fence(timeline, 1)];
        int counter = 0;
        for (uint turn = 0; turn < Turns; turn++)
        {
            int mine = (int)turn & 1;
            Assert.That(Waits(fences[mine ^ 1]), Is.False, "the other has to wait");
            Assert.That(Waits(fences[mine]));
            counter++;
            files.Close(fences[mine]);
            fences[mine] = Fence(timeline, turn + 2);
            timeline.Increment(1);
        }

        Assert.That((counter, timeline.Timeline.Value), Is.EqualTo((Turns, Turns)));
    }

    [Test]
    public void test_consumer_stress_multi_producer_single_consumer()
    {
        const int Rounds = 1 << 12;
        SwSyncTimeline[] producers = [Timeline(), Timeline(), Timeline(), Timeline(), Timeline()];
        SwSyncTimeline consumer = Timeline();
        RandomStream random = new(4);
        int work = 0;
        for (uint round = 1; round <= Rounds; round++)
        {
            int all = Fence(producers[0], round);
            foreach (SwSyncTimeline producer in producers.AsSpan(1))
            {
                all = Merge(all, Fence(producer, round), close: true);
            }

            int start = (int)random.Below(producers.Length);
            for (int i = 0; i < producers.Length; i++)
            {
                Assert.That(Waits(all), Is.False);
                work++;
                producers[(start + i) % producers.Length].Increment(1);
            }

            Assert.That(Waits(all));
            Assert.That(work, Is.EqualTo(round * producers.Length));
            files.Close(all);
            consumer.Increment(1);
        }

        Assert.That(consumer.Timeline.Value, Is.EqualTo(Rounds));
    }

    [Test]
    public void test_merge_stress_random_merge()
    {
        SwSyncTimeline[] timelines = new SwSyncTimeline[32];
        uint[] latest = new uint[32];
        for (int i = 0; i < timelines.Length; i++)
        {
            timelines[i] = Timeline();
        }

        RandomStream random = new(5);
        latest[0] = 1;
        int fence = Fence(timelines[0], 1);
        for (int step = 0; step < 32 * 1024; step++)
        {
            int which = (int)random.Below(32);
            uint value = (uint)random.Below(10_000) + 1;
            latest[which] = Math.Max(latest[which], value);
            fence = Merge(fence, Fence(timelines[which], value), close: true);
        }

        Assert.That(Info(fence).NumFences, Is.EqualTo(latest.Count(value => value > 0)));
        for (int i = 0; i < timelines.Length; i++)
        {
            timelines[i].Increment(latest[i] - 1);
            Assert.That(Waits(fence), Is.False, $"one before the last of timeline {i}");
            timelines[i].Increment(1);
        }

        Assert.That(Waits(fence));
    }

    private SwSyncTimeline Timeline()
    {
        SwSyncTimeline timeline = new(core, "runner");
        files.Install(files.Reserve().Value, timeline, closeOnExec: true);
        return timeline;
    }

    private int Fence(SwSyncTimeline timeline, uint value) =>
        timeline.CreateFence(files, new SwSyncCreateFenceData(value)).Value;

    private int Merge(int one, int other, bool close = false)
    {
        Result<int> merged = SyncFile.Find(files, one)!.Merge(files, new SyncMergeData("m", other));
        Assert.That(merged.IsOk);
        if (close)
        {
            files.Close(one);
            files.Close(other);
        }

        return merged.Value;
    }

    private bool Waits(int fence) => files.Find(fence)!.Poll(PollEvents.In) == PollEvents.In;

    private SyncFileInfo Info(int fence) => SyncFile.Find(files, fence)!.Info(new SyncFileInfoRequest(64)).Value;

    private int Count(int fence, int status) => Info(fence).Fences.Count(info => info.Status == status);
}
