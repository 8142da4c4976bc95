using DmaBufSim.Abi;
using DmaBufSim.Memory;
using DmaBufSim.Memory.Policies;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Memory;

/// <summary>
/// A small machine that is filled, mostly to its last page: movable pages in and outside of one or two areas, pins,
/// buffers, pages of the kernel, isolated blocks. The same numbers make the same machine.
/// </summary>
internal sealed class FullMemoryStory
{
    private static readonly Func<CmaPolicy>[] Policies =
    [
        () => new FirstFit(), () => new FirstFit(), () => new FirstFit(), () => new BestFit(), () => new AlignmentCap(4),
        () => new ReservedPool(), () => new GuaranteedCma(), () => new CompactionAhead(),
    ];

    private readonly Trace trace = new();
    private readonly CmaArea? second;
    private readonly MovableMemory[] owners;
    private readonly List<(int Frame, int Pages)> buffers = [];
    private readonly List<(int Frame, int Order)> kernel = [];
    private readonly List<PagePin> pins = [];

    public FullMemoryStory(int[] steps)
    {
        int step = steps[0];
        string release = Steps.Below(ref step, 3) switch { 0 => "6.1", 1 => "6.12", _ => "7.3" };
        Func<CmaPolicy> policy = Policies[Steps.Below(ref step, Policies.Length)];
        int orderPerBit = Steps.Below(ref step, 5) == 0 ? 1 + Steps.Below(ref step, 2) : 0;
        long bytes = (2L << 20) * (1 + Steps.Below(ref step, 3));
        bool isInPieces = release == "7.3" && Steps.Below(ref step, 2) == 0;
        bool hasTwo = Steps.Below(ref step, 3) == 0;
        bool isSwitchedOn = Steps.Below(ref step, 4) > 0;
        Memory = isInPieces
            ? new PhysicalMemory(20 << 20, 4L << 30, trace, new FrameRun(1024, 1024))
            : new PhysicalMemory(12 << 20, 0, trace);
        FrameRun[] ranges = isInPieces
            ? Memory.ReservePieces((8 << 20) + bytes).Value
            : [Memory.Reserve(bytes).Value];
        Area = Made("cma0", ranges, policy());
        second = hasTwo && Memory.CanReserve(2 << 20) ? Made("cma1", [Memory.Reserve(2 << 20).Value], new FirstFit()) : null;
        if (isSwitchedOn)
        {
            Area.Activate();
        }

        second?.Activate();
        owners =
        [
            new MovableMemory("apps", Memory, PageKind.Anonymous),
            new MovableMemory("cache", Memory, PageKind.CleanFile),
            new MovableMemory("log", Memory, PageKind.DirtyFile),
            new MovableMemory("told", Area),
        ];
        foreach (int number in steps[1..])
        {
            Play(number);
        }

        if (Steps.Below(ref step, 5) > 0)
        {
            Fill(steps[^1]);
        }

        CmaArea Made(string name, FrameRun[] frames, CmaPolicy how) =>
            new(name, Memory, frames, CmaTests.Kernel(release), trace, orderPerBit, maxAlignment: 8, how);
    }

    public PhysicalMemory Memory { get; }

    public CmaArea Area { get; }

    public bool IsIsolated { get; private set; }

    public long PagesMoved => Area.MovedPages + Area.DroppedPages;

    /// <summary>Frees and unpins what an explanation names; false where a policy would keep it.</summary>
    public void Free(CmaHold hold)
    {
        int frame = Area.FrameOf(hold.First);
        if (hold.Owner is null)
        {
            Area.Release(frame, hold.Count);
            return;
        }

        PagePin[] those = [.. pins.Where(pin => pin.IsHeld && pin.Frame == frame)];
        Assert.That((those.Length, hold.Owner.Name), Is.EqualTo((hold.Pins, Memory.Movable.OwnerOf(frame)!.Name)));
        Array.ForEach(those, pin => pin.Release());
    }

    /// <summary>Frees pages outside the area, any; how many it could not.</summary>
    public int FreeElsewhere(int pages, int seed)
    {
        foreach (MovableMemory owner in owners.Skip(seed % 3).Concat(owners))
        {
            for (int i = 0; i < owner.Frames.Count && pages > 0; i++)
            {
                int slot = (i + seed) % owner.Frames.Count;
                int frame = owner.Frames[slot];
                if (frame >= 0 && !Area.Contains(frame) && Memory.Movable.PinsOf(frame) == 0)
                {
                    owner.Free(slot);
                    pages--;
                }
            }
        }

        foreach ((int frame, int order) in kernel.Where(block => block.Order == 0))
        {
            if (pages > 0)
            {
                Memory.Buddy.Free(frame, order);
                pages--;
            }
        }

        return pages;
    }

    /// <summary>The free blocks in the order in which they are taken, and where everybody's pages are.</summary>
    public List<string> Places()
    {
        List<string> all = [];
        foreach (MigrateType type in Enum.GetValues<MigrateType>())
        {
            for (int order = 0; order <= BuddyAllocator.MaxOrder; order++)
            {
                all.Add($"{type} {order} {string.Join(',', Memory.Buddy.FreeList(order, type))}");
            }
        }

        all.Add($"{Memory.Buddy.FreeFrames} {Memory.Buddy.FreeCmaFrames} {Memory.BytesCommitted}");
        all.AddRange(owners.Select(owner =>
            $"{string.Join(',', owner.Frames)} {owner.DroppedPages} {owner.Number} {owner.HeldFrames} {owner.LentFrames}"));
        return all;
    }

    /// <summary>All that can be seen of the machine.</summary>
    public string Digest()
    {
        List<string> all = Places();
        foreach (CmaArea area in Memory.Areas)
        {
            all.Add(string.Join(',', area.Bitmap.ToArray()));
            all.Add(string.Join(',', area.Loans?.Lent.Words.ToArray() ?? []));
            all.Add(string.Join(',', area.Loans?.Pinned.Words.ToArray() ?? []));
            all.Add($"{area.BusyWindows} {area.MovedPages} {area.DroppedPages} {area.LastCost} {area.IdleCost} {area.KeptPages}");
            all.Add($"{area.AllocationsSucceeded} {area.AllocationsFailed} {area.PeakPages} {area.TopPage} {area.Log.Count}");
        }

        all.Add($"{trace.KernelLog.Count} {trace.LastRefusal}");
        return string.Join('\n', all);
    }

    private void Play(int number)
    {
        int step = number;
        switch (Steps.Below(ref step, 12))
        {
            case 0 or 1:
                owners[Steps.Below(ref step, 3)].Grow(1 + Steps.Below(ref step, 900));
                break;
            case 2 or 3:
                // To the last page, and then a few of another owner go.
                owners[Steps.Below(ref step, 3)].Grow(20_000);
                Shrink(owners[Steps.Below(ref step, 3)], Steps.Below(ref step, 600), 1 + Steps.Below(ref step, 9));
                break;
            case 4:
                Shrink(owners[Steps.Below(ref step, 3)], 1 + Steps.Below(ref step, 900), 1 + Steps.Below(ref step, 9));
                break;
            case 5 or 6:
                Pin(owners[Steps.Below(ref step, 3)], 1 + Steps.Below(ref step, 6), Steps.Below(ref step, 4096));
                break;
            case 7:
                Unpin(ref step);
                break;
            case 8:
                Result<int> got = Area.Allocate(1 + Steps.Below(ref step, 300), Steps.Below(ref step, 9));
                step = number / 12;
                if (got.IsOk)
                {
                    buffers.Add((got.Value, 1 + Steps.Below(ref step, 300)));
                }

                break;
            case 9 when buffers.Count > 0:
                int index = Steps.Below(ref step, buffers.Count);
                Area.Release(buffers[index].Frame, buffers[index].Pages);
                buffers.RemoveAt(index);
                break;
            case 10:
                // Every third is given back, and leaves a free block that is not movable.
                int order = Steps.Below(ref step, 4);
                for (int i = Steps.Below(ref step, 60); i > 0; i--)
                {
                    if (Memory.Buddy.Allocate(order, MigrateType.Unmovable) is { IsOk: true } block)
                    {
                        kernel.Add((block.Value, order));
                    }

                    if (i % 3 == 0 && kernel.Count > 0)
                    {
                        Memory.Buddy.Free(kernel[^1].Frame, kernel[^1].Order);
                        kernel.RemoveAt(kernel.Count - 1);
                    }
                }

                break;
            case 11 when Steps.Below(ref step, 6) == 0:
                Area.BeginIsolation(Steps.Below(ref step, Area.TotalPages), 1);
                IsIsolated = true;
                break;
            default:
                int first = Steps.Below(ref step, Area.TotalPages - 80);
                owners[3].Hold([.. Area.FramesOf(first, 1 + Steps.Below(ref step, 80))]);
                break;
        }
    }

    // To the last page; some in the area are pinned, evenly or at random, and some are freed.
    private void Fill(int number)
    {
        int step = number / 17;
        int who = Steps.Below(ref step, 3);
        owners[who].Grow(1 + Steps.Below(ref step, 3000));
        owners[(who + 1) % 3].Grow(20_000);
        int every = 40 + Steps.Below(ref step, 900);
        int jitter = 1 + Steps.Below(ref step, 300);
        foreach (MovableMemory owner in owners)
        {
            for (int slot = number % every; slot < owner.Frames.Count; slot += every + (slot * 31 % jitter))
            {
                if (owner.Frames[slot] >= 0 && owner.PinAt(slot, longTerm: false) is { IsOk: true } pin)
                {
                    pins.Add(pin.Value);
                }
            }
        }

        Shrink(owners[(who + 1) % 3], number % 700, 1 + (number % 5));
        Shrink(owners[who], number % 300, 1 + (number % 7));
    }

    private static void Shrink(MovableMemory owner, int pages, int every)
    {
        for (int slot = 0; slot < owner.Frames.Count && pages > 0; slot += every, pages--)
        {
            owner.Free(slot);
        }
    }

    private void Pin(MovableMemory owner, int count, int stride)
    {
        for (int i = 0; i < count && owner.Frames.Count > 0; i++)
        {
            Result<PagePin> pin = owner.PinAt((stride + (i * (1 + stride))) % owner.Frames.Count, longTerm: stride % 7 == 0);
            if (pin.IsOk)
            {
                pins.Add(pin.Value);
            }
        }
    }

    private void Unpin(ref int step)
    {
        if (pins.Count > 0)
        {
            int index = Steps.Below(ref step, pins.Count);
            pins[index].Release();
            pins.RemoveAt(index);
        }
    }
}
