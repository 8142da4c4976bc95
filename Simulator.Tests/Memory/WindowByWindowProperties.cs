using DmaBufSim.Abi;
using DmaBufSim.Memory;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Memory;

/// <summary>
/// A search beside one that is written the slow way: every window has its page blocks isolated and put back before the
/// next, and its pages leave one by one. Both leave the same behind, to the order of the free blocks.
/// </summary>
[TestFixture]
public sealed class WindowByWindowProperties
{
    [Test]
    public void ASearchInAFullMemory() => Steps.Check(200, 12, steps =>
    {
        int step = steps[^1];
        int pages = 1 + Steps.Below(ref step, 1100);
        int align = Steps.Below(ref step, 10);
        FullMemoryStory one = new(steps);
        FullMemoryStory other = new(steps);
        if (one.IsIsolated || one.Area.Policy.RunOrder is not null)
        {
            return;
        }

        int place = SearchSlowly(other.Memory, other.Area, pages, align);
        Result<int> got = one.Area.Allocate(pages, align);
        if (one.Area.KeptPages == 0 && other.Area.KeptPages == 0 && !IsRefusedUnseen(other.Area, pages))
        {
            Assert.That(got.IsOk ? one.Area.PageOf(got.Value) : -1, Is.EqualTo(place));
            Assert.That(one.Places(), Is.EqualTo(other.Places()));
        }
    });

    [Test]
    public void ASearchAmongWholePageBlocks() => Steps.Check(400, 3, steps =>
    {
        Blocks one = new(steps);
        Blocks other = new(steps);
        int step = steps[0];
        for (int i = 0; i < 4; i++)
        {
            int pages = 200 + Steps.Below(ref step, 1800);
            int align = i % 2 == 0 ? one.Area.AlignmentFor(pages) : Steps.Below(ref step, 10);
            int place = SearchSlowly(other.Memory, other.Area, pages, align);
            Result<int> got = one.Area.Allocate(pages, align);
            Assert.That(got.IsOk ? one.Area.PageOf(got.Value) : -1, Is.EqualTo(place));
            Assert.That(one.Digest(), Is.EqualTo(other.Digest()));
            step = steps[^1] - i;
        }
    });

    // What a refusal before the search decides leaves all as it is, and so does a search without a window.
    private static bool IsRefusedUnseen(CmaArea area, int pages) =>
        area.BitsFor(pages) > area.Used.Length || (area.Kernel.CmaCountsAvailable && pages > area.FreePages);

    private static int SearchSlowly(PhysicalMemory memory, CmaArea area, int pages, int align)
    {
        CmaWindows windows = area.WindowsFor(pages, align);
        CmaLoans lent = area.NeedLoans();
        while (windows.Next())
        {
            int frame = area.FrameOf(windows.Page);
            bool isClear = windows.Blocker < 0;
            bool isIsolated = area.IsInPageAllocator && lent.MovableIn(windows.FirstNewPage, windows.End - windows.FirstNewPage) > 0;
            if (isIsolated)
            {
                memory.Buddy.Isolate(frame, pages);
            }

            bool hasRoom = true;
            for (int page = windows.FirstNewPage; page < windows.End && hasRoom; page++)
            {
                if (!lent.Lent.AreSet(page, 1) || lent.Pinned.AreSet(page, 1))
                {
                    continue;
                }

                if (lent.OwnerOf(page).Kind == PageKind.CleanFile)
                {
                    memory.Movable.Drop(area.FrameOf(page));
                }
                else
                {
                    hasRoom = memory.Movable.Migrate(area.FrameOf(page), MigrateType.Movable) >= 0;
                }
            }

            if (isIsolated && isClear && hasRoom)
            {
                memory.Buddy.TakeIsolated(frame, pages);
            }
            else if (isIsolated)
            {
                memory.Buddy.EndIsolation();
            }
            else if (isClear && area.IsInPageAllocator)
            {
                memory.Buddy.TakeRange(frame, pages);
            }

            if (!hasRoom)
            {
                return -1;
            }

            if (isClear)
            {
                area.Used.Set(windows.Bit, area.BitsFor(pages));
                return windows.Page;
            }
        }

        return -1;
    }

    // An area of ten page blocks, of which some are emptied whole and few pages are pinned.
    private sealed class Blocks
    {
        private readonly MovableMemory apps;
        private readonly MovableMemory cache;

        public Blocks(int[] steps)
        {
            Trace trace = new();
            int step = steps[0];
            Memory = new PhysicalMemory(40 << 20, 0, trace);
            Area = new CmaArea("cma0", Memory, Memory.Reserve(20 << 20).Value, CmaTests.Kernel("6.12"), trace);
            Area.Activate();
            apps = new MovableMemory("apps", Memory, PageKind.Anonymous);
            cache = new MovableMemory("cache", Memory, Steps.Below(ref step, 2) == 0 ? PageKind.CleanFile : PageKind.DirtyFile);
            for (int i = 0; i < 30; i++)
            {
                apps.Grow((step + (i * 131)) % 500);
                cache.Grow((step + (i * 37)) % 100);
            }

            foreach (MovableMemory owner in (MovableMemory[])[apps, cache])
            {
                for (int pin = steps[^1] % 5; pin > 0; pin--)
                {
                    owner.PinAt((int)((steps[^1] + (pin * 7919L)) % owner.Frames.Count), longTerm: false);
                }

                for (int slot = 0; slot < owner.Frames.Count; slot++)
                {
                    int frame = owner.Frames[slot];
                    int fate = (int)((steps[steps.Length / 2] + ((frame >> 9) * 2654435761L)) >> 7) & 3;
                    if (Memory.Movable.PinsOf(frame) == 0 && (fate == 0 || (fate == 1 && slot % 3 > 0)))
                    {
                        owner.Free(slot);
                    }
                }
            }
        }

        public PhysicalMemory Memory { get; }

        public CmaArea Area { get; }

        public string Digest()
        {
            List<string> all = [$"{Memory.Buddy.FreeFrames} {Memory.Buddy.FreeCmaFrames}"];
            foreach (MigrateType type in Enum.GetValues<MigrateType>())
            {
                for (int order = 0; order <= BuddyAllocator.MaxOrder; order++)
                {
                    all.Add($"{type} {order} {string.Join(',', Memory.Buddy.FreeList(order, type))}");
                }
            }

            all.Add(string.Join(',', apps.Frames) + " and " + string.Join(',', cache.Frames));
            all.Add(string.Join(',', Area.Loans!.Lent.Words.ToArray()));
            return string.Join('\n', all);
        }
    }
}
