using DmaBufSim.Abi;
using DmaBufSim.Memory;
using DmaBufSim.Memory.Policies;
using NUnit.Framework;

namespace DmaBufSim.Tests.Memory;

/// <summary>Random stories of a whole memory: bitmap, free lists, owners and bytes agree, whatever happens.</summary>
[TestFixture]
public sealed class BorrowedPageProperties
{
    private static readonly Func<CmaPolicy>[] Policies =
    [
        () => new FirstFit(), () => new FirstFit(), () => new BestFit(), () => new AlignmentCap(4), () => new ReservedPool(),
        () => new GuaranteedCma(), () => new CompactionAhead(),
    ];

    [Test]
    public void EveryFrameIsWhereItsOwnersAndListsSay() => Steps.Check(60, 1000, steps =>
    {
        Story story = new(steps[0]);
        for (int i = 1; i < steps.Length; i++)
        {
            story.Play(steps[i]);
            if (i % 50 == 0)
            {
                story.Check();
            }
        }

        story.Check();
        story.ReleaseAll();
    });

    private sealed class Story
    {
        private readonly PhysicalMemory memory;
        private readonly CmaArea area;
        private readonly CmaPolicy policy;
        private readonly MovableMemory[] owners;
        private readonly List<(int Frame, int Pages)> buffers = [];
        private readonly List<(int Frame, int Order)> kernel = [];
        private readonly List<PagePin> pins = [];
        private readonly Dictionary<(int Owner, int Slot), byte> contents = [];
        private byte stamp;

        public Story(int start)
        {
            int step = start;
            policy = Policies[Steps.Below(ref step, Policies.Length)]();
            string release = Steps.Below(ref step, 2) == 0 ? "6.12" : "7.3";
            long areaBytes = (2L << 20) * (1 + Steps.Below(ref step, 5));
            (memory, area) = release == "7.3" && Steps.Below(ref step, 2) == 0
                ? BorrowedPageTests.InPieces((14L << 20) + (areaBytes % (4 << 20)), policy)
                : BorrowedPageTests.Switched(16 << 20, areaBytes, policy, release);
            owners =
            [
                new MovableMemory("apps", memory, PageKind.Anonymous),
                new MovableMemory("cache", memory, PageKind.CleanFile),
                new MovableMemory("log", memory, PageKind.DirtyFile),
            ];
        }

        public void Play(int number)
        {
            int step = number;
            switch (Steps.Below(ref step, 10))
            {
                case 0 or 1:
                    Allocate(1 + Steps.Below(ref step, 700), Steps.Below(ref step, 9));
                    break;
                case 2 when buffers.Count > 0:
                    int index = Steps.Below(ref step, buffers.Count);
                    area.Release(buffers[index].Frame, buffers[index].Pages);
                    buffers.RemoveAt(index);
                    break;
                case 3 or 4:
                    Grow(Steps.Below(ref step, 3), 1 + Steps.Below(ref step, 300));
                    break;
                case 5:
                    Shrink(Steps.Below(ref step, 3), ref step);
                    break;
                case 6:
                    Pin(Steps.Below(ref step, 3), ref step);
                    break;
                case 7 when pins.Count > 0:
                    int pin = Steps.Below(ref step, pins.Count);
                    pins[pin].Release();
                    pins.RemoveAt(pin);
                    break;
                case 8:
                    Result<int> got = memory.Buddy.Allocate(Steps.Below(ref step, 5), MigrateType.Unmovable);
                    if (got.IsOk)
                    {
                        // The same draw again says the order.
                        int order = OrderOf(number);
                        kernel.Add((got.Value, order));
                    }

                    break;
                default:
                    if (kernel.Count > 0)
                    {
                        int block = Steps.Below(ref step, kernel.Count);
                        memory.Buddy.Free(kernel[block].Frame, kernel[block].Order);
                        kernel.RemoveAt(block);
                    }

                    area.Idle();
                    break;
            }
        }

        public void Check()
        {
            HashSet<int> taken = [];
            void Take(int frame, string who) => Assert.That(taken.Add(frame), Is.True, $"frame {frame} of {who} has two owners");
            for (int who = 0; who < owners.Length; who++)
            {
                for (int slot = 0; slot < owners[who].Frames.Count; slot++)
                {
                    int frame = owners[who].Frames[slot];
                    if (frame >= 0)
                    {
                        Take(frame, owners[who].Name);
                        Assert.That(area.Contains(frame) == area.IsLent(frame), Is.True);
                        Assert.That(memory.Page(frame)[9], Is.EqualTo(contents[(who, slot)]), $"bytes of {who}:{slot}");
                    }
                }
            }

            buffers.ForEach(b => Enumerable.Range(b.Frame, b.Pages).ToList().ForEach(frame => Take(frame, "a buffer")));
            kernel.ForEach(b => Enumerable.Range(b.Frame, 1 << b.Order).ToList().ForEach(frame => Take(frame, "the kernel")));
            foreach (int frame in pins.Select(pin => pin.Frame).Distinct())
            {
                taken.Add(frame);
            }

            HashSet<int> free = FreeFrames(out long cma, out long others);
            Assert.That((memory.Buddy.FreeCmaFrames, memory.Buddy.FreeFrames), Is.EqualTo((cma, others)));
            for (int frame = 0; frame < memory.FrameCount; frame++)
            {
                bool isIdleInArea = area.Contains(frame) && !area.IsInPageAllocator && !area.IsLent(frame) && !area.IsAllocated(frame);
                bool isKept = area.Contains(frame) && area.IsAllocated(frame) && !taken.Contains(frame);
                Assert.That(memory.Buddy.IsFree(frame), Is.EqualTo(free.Contains(frame)), $"frame {frame}");
                Assert.That(
                    (taken.Contains(frame) ? 1 : 0) + (free.Contains(frame) ? 1 : 0) + (isIdleInArea ? 1 : 0) + (isKept ? 1 : 0),
                    Is.EqualTo(memory.IsMemory(frame) ? 1 : 0),
                    $"frame {frame}");
                Assert.That(!isKept || policy is ReservedPool, Is.True, $"frame {frame} is lost");
                if (area.Contains(frame) && area.IsInPageAllocator)
                {
                    Assert.That(memory.Buddy.TypeOf(frame), Is.EqualTo(MigrateType.Cma));
                    Assert.That(area.IsAllocated(frame) && area.IsLent(frame), Is.False);
                }
            }
        }

        public void ReleaseAll()
        {
            buffers.ForEach(b => area.Release(b.Frame, b.Pages));
            kernel.ForEach(b => memory.Buddy.Free(b.Frame, b.Order));
            pins.ForEach(pin => pin.Release());
            Array.ForEach(owners, owner => owner.Unmap());
            Assert.That((area.LentPages, area.PinnedPages), Is.EqualTo((0, 0)));
            if (policy is ReservedPool)
            {
                return;
            }

            // Once a range is taken whole, a request as large as the next one finds its place there.
            foreach (CmaRange range in area.Ranges)
            {
                Result<int> whole = area.Allocate(range.Frames.Count, 0);
                Assert.That(whole.IsOk ? whole.Value : -1, Is.EqualTo(range.Frames.First), "each range is one run again");
            }

            foreach (CmaRange range in area.Ranges)
            {
                area.Release(range.Frames.First, range.Frames.Count);
            }

            int frames = area.IsInPageAllocator ? memory.TotalFrames : memory.TotalFrames - area.TotalPages;
            int halves = memory.Buddy.FreeBlocks(9);
            Assert.That((memory.Buddy.FreeBlocks(10) * 1024) + (halves * 512), Is.EqualTo(frames));
            Assert.That(halves, Is.LessThanOrEqualTo(2), "where an area ends in the middle of 4 MiB");
        }

        private static int OrderOf(int number)
        {
            int step = number;
            Steps.Below(ref step, 10);
            return Steps.Below(ref step, 5);
        }

        private HashSet<int> FreeFrames(out long cma, out long others)
        {
            HashSet<int> free = [];
            cma = 0;
            others = 0;
            for (int order = 0; order <= BuddyAllocator.MaxOrder; order++)
            {
                foreach (MigrateType type in Enum.GetValues<MigrateType>())
                {
                    foreach (int block in memory.Buddy.FreeList(order, type))
                    {
                        Assert.That(block % (1 << order), Is.Zero);
                        Assert.That(memory.Buddy.TypeOf(block), Is.EqualTo(type));
                        Assert.That(type, Is.Not.EqualTo(MigrateType.Isolate), "isolation ends with the call");
                        cma += type == MigrateType.Cma ? 1 << order : 0;
                        others += type == MigrateType.Cma ? 0 : 1 << order;
                        Enumerable.Range(block, 1 << order).ToList().ForEach(frame => Assert.That(free.Add(frame), Is.True));
                    }
                }
            }

            return free;
        }

        private void Allocate(int pages, int align)
        {
            CmaDiagnosis why = CmaDiagnosis.Of(area, pages, align);
            long busy = area.BusyWindows;
            long moved = area.MovedPages + area.DroppedPages;
            Result<int> got = area.Allocate(pages, align);
            Assert.That((got.IsOk, got.Reason), Is.EqualTo((why.Fits, why.Reason)));
            Assert.That(got.IsOk ? area.PageOf(got.Value) : -1, Is.EqualTo(why.Page));
            Assert.That(
                (area.BusyWindows - busy, area.MovedPages + area.DroppedPages - moved),
                Is.EqualTo(((long)why.BusyWindows, (long)why.Moves)));
            if (got.IsOk)
            {
                Assert.That(Enumerable.Range(got.Value, pages).Any(memory.IsWritten), Is.False);
                memory.Fill(got.Value, 0, 4096, 0xee);
                memory.Fill(got.Value + pages - 1, 0, 4096, 0xee);
                buffers.Add((got.Value, pages));
            }
        }

        private void Grow(int who, int pages)
        {
            int[] before = [.. owners[who].Frames];
            int count = owners[who].Pages;
            int got = owners[who].Grow(pages);
            Assert.That(owners[who].Pages, Is.EqualTo(count + got));
            for (int slot = 0; slot < owners[who].Frames.Count; slot++)
            {
                if (slot >= before.Length || before[slot] < 0)
                {
                    int frame = owners[who].Frames[slot];
                    if (frame >= 0)
                    {
                        Assert.That(memory.IsWritten(frame), Is.False);
                        stamp = (byte)((stamp % 250) + 1);
                        memory.Fill(frame, 0, 4096, stamp);
                        contents[(who, slot)] = stamp;
                    }
                }
            }
        }

        private void Shrink(int who, ref int step)
        {
            int every = 1 + Steps.Below(ref step, 9);
            for (int slot = 0; slot < owners[who].Frames.Count; slot += every)
            {
                owners[who].Free(slot);
            }
        }

        private void Pin(int who, ref int step)
        {
            if (owners[who].Frames.Count == 0)
            {
                return;
            }

            int slot = Steps.Below(ref step, owners[who].Frames.Count);
            bool longTerm = Steps.Below(ref step, 3) == 0;
            Result<PagePin> pin = owners[who].PinAt(slot, longTerm);
            if (pin.IsOk)
            {
                Assert.That(owners[who].Frames[slot], Is.EqualTo(pin.Value.Frame));
                Assert.That(area.Contains(pin.Value.Frame) && (longTerm || !policy.AllowsPins), Is.False);
                pins.Add(pin.Value);
            }
        }
    }
}
