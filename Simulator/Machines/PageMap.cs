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

    /// <summary>It was set aside for a heap, or handed out to a pool, and no buffer has it.</summary>
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

    private PageMap(string? area, FrameRun range, long address, List<PageRun> runs, List<MappedBuffer> buffers)
    {
        Area = area;
        Range = range;
        Address = address;
        Runs = [.. runs];
        Buffers = [.. buffers];
        foreach (PageRun run in runs)
        {
            pages[(int)run.Use] += run.Count;
        }
    }

    /// <summary>The area, or null where it is the whole machine.</summary>
    public string? Area { get; }

    /// <summary>The frames.</summary>
    public FrameRun Range { get; }

    /// <summary>The physical address of the first byte.</summary>
    public long Address { get; }

    /// <summary>All pages, in order; no two neighbours are of the same use and buffer.</summary>
    public ImmutableArray<PageRun> Runs { get; }

    /// <summary>The buffers with pages here, oldest first.</summary>
    public ImmutableArray<MappedBuffer> Buffers { get; }

    /// <summary>How many pages are of a use.</summary>
    public long Pages(PageUse use) => pages[(int)use];

    /// <summary>The map of a whole machine.</summary>
    public static PageMap Of(Machine machine) =>
        Take(machine, null, new FrameRun(0, machine.Memory.FrameCount));

    /// <summary>The map of an area of a machine.</summary>
    public static PageMap Of(Machine machine, CmaArea area) => Take(machine, area.Name, area.Range);

    private static PageMap Take(Machine machine, string? area, FrameRun range)
    {
        int end = range.First + range.Count;
        List<PageRun> owned = OwnedIn(machine, range, out List<MappedBuffer> buffers);
        CmaArea[] areas = [.. machine.Areas.OrderBy(area => area.Range.First)];
        List<PageRun> runs = [];
        int next = 0;
        int nextArea = 0;
        for (int frame = range.First; frame < end;)
        {
            if (next < owned.Count && owned[next].First <= frame)
            {
                Add(runs, owned[next] with { First = frame - range.First });
                frame += owned[next].Count;
                next++;
                continue;
            }

            while (nextArea < areas.Length && frame >= areas[nextArea].Range.First + areas[nextArea].Range.Count)
            {
                nextArea++;
            }

            bool isInside = nextArea < areas.Length && frame >= areas[nextArea].Range.First;
            PageState state = machine.Memory.StateOf(isInside ? areas[nextArea] : null, frame);
            Add(runs, new PageRun(frame - range.First, 1, UseOf(state), 0));
            frame++;
        }

        return new PageMap(area, range, machine.Memory.Address(range.First), runs, buffers);
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

    // The pages of buffers in order of their frames. A page that two udmabufs show counts for the older one.
    private static List<PageRun> OwnedIn(Machine machine, FrameRun range, out List<MappedBuffer> buffers)
    {
        List<PageRun> owned = [];
        HashSet<int> shown = [];
        buffers = [];
        foreach (DmaBuf buffer in machine.Buffers.NewestFirst.Reverse())
        {
            bool isProtected = buffer.Exporter.Protection is not null;
            int before = owned.Count;
            foreach (FrameRun run in RunsOf(buffer, shown))
            {
                int first = Math.Max(run.First, range.First);
                int end = Math.Min(run.First + run.Count, range.First + range.Count);
                if (first < end)
                {
                    PageUse use = isProtected ? PageUse.Protected : PageUse.Buffer;
                    owned.Add(new PageRun(first, end - first, use, buffer.Inode));
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
