using System.Numerics;
using DmaBufSim.Abi;
using DmaBufSim.Memory;

namespace DmaBufSim.Benchmarks;

/// <summary>
/// Requests to CMA areas of 16 Ki and 1 Mi pages at 50, 90 and 99 % full, as ratios to one scan of the bitmap.
/// </summary>
internal static class AreaTimes
{
    private const int Rounds = 7;
    private const int Pages = 64;
    private const int PinEvery = 97;

    public static int Run()
    {
        Console.WriteLine("pages    full  scan      allocate+release  the same, pins  explanation");
        foreach (int count in (int[])[16 << 10, 1 << 20])
        {
            foreach (int percent in (int[])[50, 90, 99])
            {
                Measure(count, percent);
            }
        }

        Console.WriteLine("an area of 1 Mi pages, and no memory left but some pages");
        Console.WriteLine("request  free    answer             moves     scan      explanation");
        foreach (int pages in (int[])[Pages, 4096])
        {
            foreach (int free in (int[])[100, 4000, 100_000])
            {
                MeasureFull(pages, free);
            }
        }

        MeasureFull(4096, 100_000, unpinned: 0);

        return 0;
    }

    private static void Measure(int count, int percent)
    {
        CmaArea plain = Fill(count, percent);
        CmaArea pinned = Fill(count, percent);
        Pin(pinned);
        double scan = Best(() => Scan(plain), 200);
        double request = Best(() => TakeAndRelease(plain), 200);
        double retried = Best(() => TakeAndRelease(pinned), 20);
        double why = Best(() => CmaDiagnosis.Of(pinned, Pages).FewestPages, 5);
        Console.WriteLine(
            $"{count,7}  {percent,3} %  {scan / 1000,6:F3} us  {request / scan,9:F2} x       {retried / scan,9:F2} x     {why / scan,7:F1} x = {why / 1e6:F2} ms");
    }

    // The area and the memory around it hold movable pages to the last, and every so many pages of the area one is
    // pinned, from its start up to its last 16 Ki pages: the request has all windows below that emptied.
    private static void MeasureFull(int pages, int free, int unpinned = 16 << 10)
    {
        DmaBufSim.Tracing.Trace trace = new();
        PhysicalMemory memory = new(8L << 30, 0, trace);
        CmaArea area = new("cma0", memory, memory.Reserve(4L << 30).Value, KernelProfile.Default, trace);
        area.Activate();
        MovableMemory apps = new("apps", memory, PageKind.Anonymous);
        apps.Grow(memory.TotalFrames);
        for (int slot = 0; slot < apps.Frames.Count; slot++)
        {
            int page = area.PageOf(apps.Frames[slot]);
            if (page >= 0 && page % PinEvery == 0 && page < area.TotalPages - unpinned)
            {
                apps.PinAt(slot, longTerm: false);
            }
        }

        for (int slot = 7; free > 0; slot += 13)
        {
            if (apps.Frames[slot % apps.Frames.Count] is var frame and >= 0 && area.PageOf(frame) % PinEvery != 0)
            {
                apps.Free(slot % apps.Frames.Count);
                free--;
            }
        }

        long room = memory.Buddy.FreeFrames + memory.Buddy.FreeCmaFrames;
        CmaDiagnosis why = CmaDiagnosis.Of(area, pages);
        double scan = Best(() => Scan(area), 200);
        double time = Best(() => CmaDiagnosis.Of(area, pages).Windows, 1);
        Console.WriteLine(
            $"{pages,7}  {room,6}  {why.Reason,-17}  {why.Moves,8}  {scan / 1000,6:F3} us  {time / scan,7:F0} x = {time / 1e6:F1} ms");
    }

    // Every free page of the area is looked at, 64 at a time.
    private static int Scan(CmaArea area)
    {
        int used = 0;
        foreach (ulong word in area.Bitmap)
        {
            used += BitOperations.PopCount(word);
        }

        return used;
    }

    private static int TakeAndRelease(CmaArea area)
    {
        Result<int> frame = area.Allocate(Pages, area.AlignmentFor(Pages));
        if (frame.IsOk)
        {
            area.Release(frame.Value, Pages);
        }

        return frame.Value;
    }

    // Buffers of 1 to 200 pages, of which some are given back; the last of the area is left free.
    private static CmaArea Fill(int count, int percent)
    {
        DmaBufSim.Tracing.Trace trace = new();
        PhysicalMemory memory = new(8L << 30, 0, trace);
        CmaArea area = new(
            "cma0", memory, memory.Reserve((long)count << PhysicalMemory.PageShift).Value, KernelProfile.Default, trace);
        area.Activate();
        uint state = 12345;
        int Below(int bound)
        {
            state = unchecked((state * 1664525) + 1013904223);
            return (int)((state >> 8) % (uint)bound);
        }

        int top = count - (2 * Pages);
        int first = area.Allocate(top, 0).Value;
        for (int at = 0; at < top;)
        {
            int pages = Math.Min(1 + Below(40), top - at);
            if (Below(100) >= percent)
            {
                area.Release(first + at, pages);
            }

            at += pages;
        }

        return area;
    }

    private static void Pin(CmaArea area)
    {
        List<FrameRun> runs = [];
        for (int page = 0; page < area.Range.Count - (2 * Pages); page += PinEvery)
        {
            if (!area.IsAllocated(area.Range.First + page))
            {
                runs.Add(new FrameRun(area.Range.First + page, 1));
            }
        }

        MovableMemory tenant = new("w", area);
        if (!tenant.Hold(runs.ToArray()).IsOk)
        {
            throw new InvalidOperationException("a page was not idle");
        }

        foreach (FrameRun run in runs)
        {
            tenant.Pin(run.First - area.Range.First);
        }
    }

    private static double Best(Func<int> call, int times)
    {
        long sink = 0;
        double best = Timing.Best(Rounds, times, () => sink += call());
        GC.KeepAlive(sink);
        return best;
    }
}
