using System.Collections.Immutable;
using DmaBufSim.Buffers;
using DmaBufSim.Heaps;
using DmaBufSim.Memory;

namespace DmaBufSim.Machines;

/// <summary>What a page is used for.</summary>
public enum PageUse
{
    /// <summary>It can be had.</summary>
    Free,

    /// <summary>
    /// It was set aside for a heap, or handed out to a pool, and no buffer has it; or it is no memory.
    /// </summary>
    Reserved,

    /// <summary>Movable memory: anonymous pages, pages of files and of memfds.</summary>
    Movable,

    /// <summary>Movable memory with references that keep it where it is.</summary>
    Pinned,

    /// <summary>Memory of the kernel that stays where it is and is no buffer.</summary>
    Kernel,

    /// <summary>Memory of a buffer.</summary>
    Buffer,

    /// <summary>Memory of a buffer whose heap has rules about who may touch it.</summary>
    Protected,
}

/// <summary>Consecutive pages of one use.</summary>
/// <param name="First">The first, counted from the start of the map.</param>
/// <param name="Count">How many.</param>
/// <param name="Use">What they are used for.</param>
/// <param name="Inode">Of the buffer that they belong to, or 0.</param>
public readonly record struct PageRun(int First, int Count, PageUse Use, long Inode);

/// <summary>A buffer that has pages in a map.</summary>
/// <param name="Inode">Its inode number, which no other buffer has.</param>
/// <param name="Name">The name that a program gave it, or null.</param>
/// <param name="Pages">How many of its pages lie in the map.</param>
/// <param name="IsProtected">Whether there are rules about who may touch it.</param>
public sealed record MappedBuffer(long Inode, string? Name, int Pages, bool IsProtected);

/// <summary>What each page of an area, or of a whole machine, was used for at one moment. Pure data.</summary>
/// <remarks><b>Cost:</b> to take one, a question per page; to keep it, what its runs need.</remarks>
public sealed class PageMap
{
    private readonly long[] pages = new long[Enum.GetValues<PageUse>().Length];

    private PageMap(
        string? area, ImmutableArray<CmaRange> ranges, long[] addresses, List<PageRun> runs, List<MappedBuffer> buffers)
    {
        Area = area;
        Ranges = ranges;
        Addresses = [.. addresses];
        Runs = [.. runs];
        Buffers = [.. buffers];
        foreach (PageRun run in runs)
        {
            pages[(int)run.Use] += run.Count;
        }
    }

    /// <summary>The area, or null where it is the whole machine.</summary>
    public string? Area { get; }

    /// <summary>The frames: those of the machine in one range, those of an area in as many as it has.</summary>
    public ImmutableArray<CmaRange> Ranges { get; }

    /// <summary>The physical address of the first byte of each range.</summary>
    public ImmutableArray<long> Addresses { get; }

    /// <summary>How many pages there are in all ranges.</summary>
    public int PageCount => Ranges[^1].EndPage;

    /// <summary>All pages, in order; no two neighbours are of the same use and buffer.</summary>
    public ImmutableArray<PageRun> Runs { get; }

    /// <summary>The buffers with pages here, oldest first.</summary>
    public ImmutableArray<MappedBuffer> Buffers { get; }

    /// <summary>How many pages are of a use.</summary>
    public long Pages(PageUse use) => pages[(int)use];

    /// <summary>The map of a whole machine.</summary>
    public static PageMap Of(Machine machine) =>
        Take(machine, null, [new CmaRange(new FrameRun(0, machine.Memory.FrameCount), 0)]);

    /// <summary>The map of an area of a machine.</summary>
    public static PageMap Of(Machine machine, CmaArea area) => Take(machine, area.Name, area.Ranges);

    private static PageMap Take(Machine machine, string? area, ImmutableArray<CmaRange> ranges)
    {
        List<PageRun> owned = OwnedIn(machine, ranges, out List<MappedBuffer> buffers);
        (CmaArea Area, FrameRun Frames)[] areas =
        [
            .. machine.Areas.SelectMany(one => one.Ranges.Select(range => (Area: one, range.Frames)))
                .OrderBy(one => one.Frames.First),
        ];
        List<PageRun> runs = [];
        int next = 0;
        foreach (CmaRange range in ranges)
        {
            int nextArea = 0;
            for (int page = range.FirstPage; page < range.EndPage;)
            {
                if (next < owned.Count && owned[next].First <= page)
                {
                    Add(runs, owned[next]);
                    page += owned[next].Count;
                    next++;
                    continue;
                }

                int frame = range.Frames.First + page - range.FirstPage;
                while (nextArea < areas.Length && frame >= areas[nextArea].Frames.End)
                {
                    nextArea++;
                }

                bool isInside = nextArea < areas.Length && frame >= areas[nextArea].Frames.First;
                PageState state = machine.Memory.StateOf(isInside ? areas[nextArea].Area : null, frame);
                Add(runs, new PageRun(page, 1, UseOf(state), 0));
                page++;
            }
        }

        long[] addresses = [.. ranges.Select(range => machine.Memory.Address(range.Frames.First))];
        return new PageMap(area, ranges, addresses, runs, buffers);
    }

    private static void Add(List<PageRun> runs, PageRun run)
    {
        if (runs.Count > 0 && runs[^1] is var last && last.Use == run.Use && last.Inode == run.Inode)
        {
            runs[^1] = last with { Count = last.Count + run.Count };
        }
        else
        {
            runs.Add(run);
        }
    }

    private static PageUse UseOf(PageState state) => state switch
    {
        PageState.Free => PageUse.Free,
        PageState.Movable => PageUse.Movable,
        PageState.Pinned => PageUse.Pinned,
        PageState.Unmovable => PageUse.Kernel,
        _ => PageUse.Reserved,
    };

    // The pages of buffers in order. A page that two udmabufs show counts for the older one.
    private static List<PageRun> OwnedIn(
        Machine machine, ImmutableArray<CmaRange> ranges, out List<MappedBuffer> buffers)
    {
        List<PageRun> owned = [];
        HashSet<int> shown = [];
        buffers = [];
        foreach (DmaBuf buffer in machine.Buffers.NewestFirst.Reverse())
        {
            bool isProtected = buffer.Exporter.Protection is not null;
            int before = owned.Count;
            PageUse use = isProtected ? PageUse.Protected : PageUse.Buffer;
            foreach (FrameRun run in RunsOf(buffer, shown))
            {
                foreach (CmaRange range in ranges)
                {
                    int first = Math.Max(run.First, range.Frames.First);
                    int end = Math.Min(run.End, range.Frames.End);
                    if (first < end)
                    {
                        int page = range.FirstPage + first - range.Frames.First;
                        owned.Add(new PageRun(page, end - first, use, buffer.Inode));
                    }
                }
            }

            if (owned.Count > before)
            {
                int count = owned.Skip(before).Sum(run => run.Count);
                buffers.Add(new MappedBuffer(buffer.Inode, buffer.Name, count, isProtected));
            }
        }

        owned.Sort((one, other) => one.First.CompareTo(other.First));
        return owned;
    }

    private static IEnumerable<FrameRun> RunsOf(DmaBuf buffer, HashSet<int> shown) => buffer.Exporter switch
    {
        HeapBuffer storage => storage.Table.Runs.ToArray(),
        UdmabufBuffer storage => storage.Pages.ToArray()
            .Where(page => shown.Add(page.Frame))
            .Select(page => new FrameRun(page.Frame, 1)),
        _ => [],
    };
}
