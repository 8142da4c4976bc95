using DmaBufSim.Abi;
using DmaBufSim.Memory;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Memory;

/// <summary>
/// A small area of one to three ranges whose buffers, tenants and pins change at random, beside a slow model of the same.
/// </summary>
internal sealed class AreaStory
{
    private readonly List<(int Frame, int Pages)> buffers = [];
    private readonly MovableMemory[] tenants;
    private readonly List<byte>[] contents;
    private readonly List<PagePin> pins = [];
    private readonly SlowArea model;

    // The frame of each page, as the ranges were laid out.
    private readonly int[] frames;
    private byte stamp;

    public AreaStory(int start)
    {
        int step = start;
        int orderPerBit = Steps.Below(ref step, 4) switch { 0 => 1, 1 => 2, _ => 0 };
        string kernel = Steps.Below(ref step, 2) == 0 ? "6.12" : "7.3";
        FrameRun[] ranges = new FrameRun[kernel == "7.3" ? 1 + Steps.Below(ref step, 3) : 1];
        int free = 2048 + Steps.Below(ref step, 400);
        for (int i = 0; i < ranges.Length; i++)
        {
            ranges[i] = new FrameRun(free, (1 + Steps.Below(ref step, 90 / ranges.Length)) << orderPerBit);
            free = ranges[i].End + Steps.Below(ref step, 70);
        }

        frames = [.. ranges.SelectMany(range => Enumerable.Range(range.First, range.Count))];
        Memory = new PhysicalMemory(12 << 20, 0x40000000, new Trace());
        Memory.Reserve(4 << 20);
        TakeRoom(Steps.Below(ref step, 3) == 0 ? 40 : 1500);
        StartRoom = Memory.Buddy.FreeFrames;
        KernelProfile profile = CmaTests.Kernel(kernel);
        Area = new CmaArea("cma0", Memory, ranges, profile, new Trace(), orderPerBit, maxAlignment: 5);
        (int, int)[] pfns = [.. ranges.Select(range => ((0x40000000 >> 12) + range.First, range.Count))];
        model = new SlowArea(pfns, orderPerBit, profile.CmaCountsAvailable)
        {
            Room = StartRoom,
        };
        tenants = [new MovableMemory("a", Area), new MovableMemory("b", Area)];
        contents = [[], []];
    }

    public PhysicalMemory Memory { get; }

    public CmaArea Area { get; }

    public long StartRoom { get; }

    public IReadOnlyList<PagePin> Pins => pins;

    public void Play(int step)
    {
        switch (Steps.Below(ref step, 7))
        {
            case 0 or 1:
                Allocate(1 + Steps.Below(ref step, 20), Steps.Below(ref step, 6));
                break;
            case 2 when buffers.Count > 0:
                Release(Steps.Below(ref step, buffers.Count));
                break;
            case 3:
                Hold(Steps.Below(ref step, 2), ref step);
                break;
            case 4:
                Pin(Steps.Below(ref step, 2), Steps.Below(ref step, frames.Length));
                break;
            case 5 when pins.Count > 0:
                Unpin(pins[Steps.Below(ref step, pins.Count)]);
                break;
            default:
                Write(Steps.Below(ref step, 2), step);
                break;
        }
    }

    public void ReleaseAll()
    {
        while (buffers.Count > 0)
        {
            Release(0);
        }

        while (pins.Count > 0)
        {
            Unpin(pins[0]);
        }

        tenants[0].Unmap();
        tenants[1].Unmap();
    }

    public void Unpin(PagePin pin)
    {
        pin.Release();
        pins.Remove(pin);
        model.Pins[pin.Page]--;
        if (model.Pins[pin.Page] == 0 && !tenants[0].Frames.Concat(tenants[1].Frames).Contains(FrameOf(pin.Page)))
        {
            model.Tenant[pin.Page] = SlowArea.Nobody;
        }
    }

    public void Check()
    {
        for (int page = 0; page < frames.Length; page++)
        {
            Assert.That(Area.IsAllocated(frames[page]), Is.EqualTo(model.Used[page]), $"used {page}");
            Assert.That(Area.IsLent(frames[page]), Is.EqualTo(model.Tenant[page] != SlowArea.Nobody), $"lent {page}");
        }

        Assert.That(Area.FreePages, Is.EqualTo(model.FreePages));
        Assert.That(Area.PinnedPages, Is.EqualTo(model.Pins.Count(pins => pins > 0)));
        Assert.That(Area.LentPages, Is.EqualTo(model.Tenant.Count(tenant => tenant != SlowArea.Nobody)));
        Assert.That(Area.IdlePages, Is.EqualTo(model.Used.Zip(model.Tenant).Count(p => !p.First && p.Second == SlowArea.Nobody)));
        Assert.That(Area.BusyWindows, Is.EqualTo(model.Busy));
        CheckContents();
    }

    private void Allocate(int pages, int align)
    {
        (int page, Errno logged) = model.Allocate(pages, align);
        int lines = Area.Log.Count;
        Result<int> got = Area.Allocate(pages, align);
        Assert.That(got.IsOk ? PageOf(got.Value) : -1, Is.EqualTo(page));
        if (got.IsOk)
        {
            Assert.That(Enumerable.Range(got.Value, pages).Any(Memory.IsWritten), Is.False);
            buffers.Add((got.Value, pages));
            Memory.Fill(got.Value + (pages / 2), 0, 4096, 0xee);
        }
        else if (pages <= frames.Length)
        {
            Assert.That(got.Errno, Is.EqualTo(Errno.ENOMEM));
            Assert.That(Area.Log[lines], Does.EndWith($"ret: -{(int)logged}"));
        }
    }

    private void Release(int index)
    {
        (int frame, int pages) = buffers[index];
        buffers.RemoveAt(index);
        Area.Release(frame, pages);
        model.Used.AsSpan(PageOf(frame), model.Round(pages)).Clear();
    }

    private void Hold(int who, ref int step)
    {
        List<FrameRun> runs = [];
        int at = 0;
        for (int i = Steps.Below(ref step, 4); i > 0; i--)
        {
            at += Steps.Below(ref step, 20);
            int count = 1 + Steps.Below(ref step, 15);
            if (at + count > frames.Length)
            {
                break;
            }

            runs.AddRange(Area.FramesOf(at, count));
            at += count;
        }

        bool[] wanted = new bool[frames.Length];
        foreach (FrameRun run in runs)
        {
            wanted.AsSpan(PageOf(run.First), run.Count).Fill(true);
        }

        char name = tenants[who].Name[0];
        bool possible = !Enumerable.Range(0, wanted.Length).Any(page =>
            wanted[page] && (model.Used[page] || (model.Tenant[page] != SlowArea.Nobody && model.Tenant[page] != name)));
        int[] before = [.. tenants[who].Frames];
        int outside = tenants[who].PagesOutside;
        Assert.That(tenants[who].Hold(runs.ToArray()).IsOk, Is.EqualTo(possible));
        if (!possible)
        {
            Assert.That(tenants[who].Frames, Is.EqualTo(before));
            return;
        }

        model.Room += outside - tenants[who].PagesOutside;
        for (int page = 0; page < wanted.Length; page++)
        {
            bool leaves = model.Tenant[page] == name && !wanted[page] && model.Pins[page] == 0;
            model.Tenant[page] = wanted[page] ? name : leaves ? SlowArea.Nobody : model.Tenant[page];
        }

        Adopt(who, before);
    }

    // A page that was not there before reads as zeros, or as what a pin has kept.
    private void Adopt(int who, int[] before)
    {
        for (int slot = 0; slot < tenants[who].Frames.Count; slot++)
        {
            int frame = tenants[who].Frames[slot];
            if (slot == contents[who].Count)
            {
                contents[who].Add(0);
            }

            bool moved = slot < before.Length && before[slot] >= 0
                && (PageOf(before[slot]) < 0 || before[slot] == frame);
            contents[who][slot] = frame < 0 ? (byte)0 : moved ? contents[who][slot] : Memory.Page(frame)[7];
        }
    }

    private void Pin(int who, int page)
    {
        bool possible = tenants[who].Frames.Contains(FrameOf(page));
        Result<PagePin> pin = tenants[who].Pin(page);
        Assert.That(pin.IsOk, Is.EqualTo(possible));
        if (pin.IsOk)
        {
            pins.Add(pin.Value);
            model.Pins[page]++;
        }
    }

    private void Write(int who, int step)
    {
        if (tenants[who].Frames.Count == 0)
        {
            return;
        }

        int slot = step % tenants[who].Frames.Count;
        if (tenants[who].Frames[slot] >= 0)
        {
            stamp = (byte)((stamp % 251) + 1);
            contents[who][slot] = stamp;
            Memory.Fill(tenants[who].Frames[slot], 0, 4096, stamp);
        }
    }

    private void CheckContents()
    {
        HashSet<int> taken = [];
        for (int who = 0; who < tenants.Length; who++)
        {
            for (int slot = 0; slot < tenants[who].Frames.Count; slot++)
            {
                int frame = tenants[who].Frames[slot];
                if (frame < 0)
                {
                    continue;
                }

                Assert.That(taken.Add(frame), Is.True, "two pages in one frame");
                Assert.That(Memory.Page(frame).ContainsAnyExcept(contents[who][slot]), Is.False, $"bytes of page {slot}");
                bool inArea = PageOf(frame) >= 0;
                Assert.That(inArea ? Area.IsLent(frame) : !Memory.Buddy.IsFree(frame), Is.True, "an owner for each frame");
            }
        }

        int outside = tenants.Sum(tenant => tenant.PagesOutside);
        Assert.That(Memory.Buddy.FreeFrames, Is.EqualTo(StartRoom - outside));
        Assert.That(model.Room, Is.EqualTo(Memory.Buddy.FreeFrames));
    }

    private int FrameOf(int page) => frames[page];

    private int PageOf(int frame) => Array.IndexOf(frames, frame);

    private void TakeRoom(int left)
    {
        while (Memory.Buddy.FreeFrames > left)
        {
            Memory.Buddy.Allocate(0, MigrateType.Unmovable);
        }
    }
}
