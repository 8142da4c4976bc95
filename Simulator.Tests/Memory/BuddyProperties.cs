using DmaBufSim.Abi;
using DmaBufSim.Memory;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Memory;

[TestFixture]
public sealed class BuddyProperties
{
    private const int Frames = 4096;

    [Test]
    public void PlacesEveryBlockWhereTheKernelRulesPutIt() => Steps.Check(300, 120, steps =>
    {
        BuddyAllocator buddy = NewBuddy();
        BuddyModel model = new(Frames);
        List<(int Frame, int Order)> held = [];
        foreach (int number in steps)
        {
            int step = number;
            if (Steps.Below(ref step, 5) < 2 && held.Count > 0)
            {
                int index = Steps.Below(ref step, held.Count);
                (int frame, int order) = held[index];
                held.RemoveAt(index);
                buddy.Free(frame, order);
                model.Free(frame, order);
            }
            else
            {
                int order = Steps.Below(ref step, BuddyAllocator.MaxOrder + 1);
                MigrateType type = (MigrateType)Steps.Below(ref step, 3);
                Result<int> frame = buddy.Allocate(order, type);
                Assert.That(frame.IsOk ? frame.Value : -1, Is.EqualTo(model.Allocate(order, type)));
                if (frame.IsOk)
                {
                    held.Add((frame.Value, order));
                }
            }

            AssertSame(buddy, model);
        }
    });

    [Test]
    public void FragmentedZonesFollowTheKernelRules() => Steps.Check(100, 300, steps =>
    {
        // Fill the zone with small blocks first, so that claiming parts and stealing are the rule and not the exception.
        BuddyAllocator buddy = NewBuddy();
        BuddyModel model = new(Frames);
        List<(int Frame, int Order)> held = [];
        for (int i = 0; buddy.FreeFrames > 0; i++)
        {
            MigrateType type = (MigrateType)(steps[i % steps.Length] % 3);
            int order = Math.Min(i % 7, 63 - (int)long.LeadingZeroCount(buddy.FreeFrames));
            Result<int> frame = buddy.Allocate(order, type);
            Assert.That(frame.IsOk ? frame.Value : -1, Is.EqualTo(model.Allocate(order, type)));
            if (frame.IsOk)
            {
                held.Add((frame.Value, order));
            }
        }

        foreach (int number in steps)
        {
            int step = number;
            if (Steps.Below(ref step, 2) == 0 && held.Count > 0)
            {
                int index = Steps.Below(ref step, held.Count);
                (int frame, int order) = held[index];
                held.RemoveAt(index);
                buddy.Free(frame, order);
                model.Free(frame, order);
            }
            else
            {
                int order = Steps.Below(ref step, 6);
                MigrateType type = (MigrateType)Steps.Below(ref step, 3);
                Result<int> frame = buddy.Allocate(order, type);
                Assert.That(frame.IsOk ? frame.Value : -1, Is.EqualTo(model.Allocate(order, type)));
                if (frame.IsOk)
                {
                    held.Add((frame.Value, order));
                }
            }
        }

        AssertSame(buddy, model);
    });

    [Test]
    public void NoFrameHasTwoOwners() => Steps.Check(200, 150, steps =>
    {
        BuddyAllocator buddy = NewBuddy();
        bool[] owned = new bool[Frames];
        List<(int Frame, int Order)> held = [];
        foreach (int number in steps)
        {
            int step = number;
            if (Steps.Below(ref step, 3) == 0 && held.Count > 0)
            {
                int index = Steps.Below(ref step, held.Count);
                (int frame, int order) = held[index];
                held.RemoveAt(index);
                buddy.Free(frame, order);
                Array.Clear(owned, frame, 1 << order);
            }
            else
            {
                int order = Steps.Below(ref step, 9);
                Result<int> frame = buddy.Allocate(order, (MigrateType)Steps.Below(ref step, 3));
                if (!frame.IsOk)
                {
                    continue;
                }

                Assert.That(frame.Value % (1 << order), Is.Zero);
                Assert.That(owned.AsSpan(frame.Value, 1 << order).Contains(true), Is.False);
                owned.AsSpan(frame.Value, 1 << order).Fill(true);
                held.Add((frame.Value, order));
            }
        }

        Assert.That(buddy.FreeFrames, Is.EqualTo(owned.Count(o => !o)));
        for (int frame = 0; frame < Frames; frame++)
        {
            Assert.That(buddy.IsFree(frame), Is.EqualTo(!owned[frame]), $"frame {frame}");
        }
    });

    /// <summary>
    /// What the kernel restores: all memory is in largest blocks again, each on the list of its page blocks' type. The types
    /// and the order of the list are not restored.
    /// </summary>
    [Test]
    public void FreeingEverythingInAnyOrderMergesEverything() => Steps.Check(200, 150, steps =>
    {
        BuddyAllocator buddy = NewBuddy();
        List<(int Frame, int Order, int Key)> held = [];
        foreach (int number in steps)
        {
            int step = number;
            int order = Steps.Below(ref step, 8);
            Result<int> frame = buddy.Allocate(order, (MigrateType)Steps.Below(ref step, 3));
            if (frame.IsOk)
            {
                held.Add((frame.Value, order, step));
            }
        }

        foreach ((int frame, int order, int _) in held.OrderBy(block => block.Key))
        {
            buddy.Free(frame, order);
        }

        int[] blocks = [.. from type in new[] { 0, 1, 2 } from frame in buddy.FreeList(10, (MigrateType)type) select frame];
        Assert.That(blocks, Is.EquivalentTo(new[] { 0, 1024, 2048, 3072 }));
        Assert.That(buddy.FreeFrames, Is.EqualTo(Frames));
        for (int order = 0; order < 10; order++)
        {
            Assert.That(buddy.FreeBlocks(order), Is.Zero, $"order {order}");
        }
    });

    /// <summary>With movable requests only, nothing is claimed, so the types come back too.</summary>
    [Test]
    public void MovableRequestsLeaveNoTrace() => Steps.Check(100, 150, steps =>
    {
        BuddyAllocator buddy = NewBuddy();
        List<(int Frame, int Order, int Key)> held = [];
        foreach (int number in steps)
        {
            int step = number;
            int order = Steps.Below(ref step, 8);
            Result<int> frame = buddy.Allocate(order, MigrateType.Movable);
            if (frame.IsOk)
            {
                held.Add((frame.Value, order, step));
            }
        }

        foreach ((int frame, int order, int _) in held.OrderBy(block => block.Key))
        {
            buddy.Free(frame, order);
        }

        Assert.That(buddy.FreeList(10, MigrateType.Movable), Is.EquivalentTo(new[] { 0, 1024, 2048, 3072 }));
    });

    private static BuddyAllocator NewBuddy() => new PhysicalMemory((long)Frames << 12, 0, new Trace()).Buddy;

    private static void AssertSame(BuddyAllocator buddy, BuddyModel model)
    {
        for (int order = 0; order <= BuddyAllocator.MaxOrder; order++)
        {
            foreach (MigrateType type in new[] { MigrateType.Unmovable, MigrateType.Movable, MigrateType.Reclaimable })
            {
                int[] expected = model.List(order, type);
                Assert.That(buddy.FreeList(order, type), Is.EqualTo(expected), $"{order}/{type}");
                Assert.That(buddy.FreeBlocks(order, type), Is.EqualTo(expected.Length));
            }
        }

        for (int frame = 0; frame < Frames; frame += 512)
        {
            Assert.That(buddy.TypeOf(frame), Is.EqualTo(model.TypeOf(frame)));
        }
    }
}
