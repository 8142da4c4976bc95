using DmaBufSim.Engine;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace DmaBufSim.Tests.Engine;

[TestFixture]
public sealed class EventQueueTests
{
    // A delay adds an event, null takes one. Few different delays make many equal times.
    private static readonly Gen<int?> Call =
        Gen.Frequency((3, Gen.Choose(0, 6).Select(delay => (int?)delay)), (2, Gen.Constant((int?)null)));

    [Test]
    public void ItGivesWhatASortedListGives() =>
        Prop.ForAll(Call.ListOf().ToArbitrary(), calls =>
        {
            SimClock clock = new();
            EventQueue<int> queue = new(clock);
            List<(long Time, int Number)> model = [];
            long now = 0;
            int number = 0;
            foreach (int? call in calls)
            {
                if (call is { } delay)
                {
                    queue.Add(delay, number);
                    model.Add((now + delay, number));
                    number++;
                }
                else if (model.Count > 0)
                {
                    (long time, int first) = model.Min();
                    model.Remove((time, first));
                    now = time;
                    Assert.That(queue.NextTime, Is.EqualTo(time));
                    Assert.That(queue.Take(), Is.EqualTo(first));
                }

                Assert.That(queue.Count, Is.EqualTo(model.Count));
                Assert.That(clock.Now, Is.EqualTo(now));
            }
        }).QuickCheckThrowOnFailure();

    [Test]
    public void ThousandsComeInOrder()
    {
        RandomStream random = new(3);
        EventQueue<long> queue = new(new SimClock());
        long[] times = [.. Enumerable.Range(0, 20_000).Select(_ => random.Below(5000))];
        foreach (long time in times)
        {
            queue.Add(time, time);
        }

        Assert.That(Enumerable.Range(0, times.Length).Select(_ => queue.Take()), Is.EqualTo(times.Order()));
    }

    [Test]
    public void AnEventThatIsLateLeavesTheClockAlone()
    {
        SimClock clock = new();
        EventQueue<string> queue = new(clock);
        queue.Add(10, "late");
        clock.Advance(25);
        Assert.That((queue.NextTime, queue.Take(), clock.Now), Is.EqualTo((10L, "late", 25L)));
    }

    [Test]
    public void AnEmptyQueueHasNoEvent()
    {
        EventQueue<int> queue = new(new SimClock());
        queue.Add(5, 1);
        queue.Clear();
        Assert.That((queue.Count, queue.NextTime), Is.EqualTo((0, long.MaxValue)));
        Assert.That(queue.Take, Throws.InvalidOperationException);
        Assert.That(() => queue.Add(-1, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void AnEventAllocatesNothing()
    {
        EventQueue<(int, int)> queue = new(new SimClock());
        queue.Add(1, (1, 2));
        queue.Add(queue.Take().Item1, (2, 3));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            queue.Add(i % 7, queue.Take());
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }
}
