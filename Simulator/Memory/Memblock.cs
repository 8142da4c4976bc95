namespace DmaBufSim.Memory;

/// <summary>The memory that nobody has touched since boot, in runs of whole 4 MiB.</summary>
/// <remarks>
/// <para><b>Kernel:</b> mm/memblock.c, and what <c>memblock_free_all()</c> leaves at the end of the order-10
/// list.</para>
/// <para><b>Cost:</b> a look at each run; there is one more than there are holes.</para>
/// </remarks>
internal sealed class Memblock
{
    /// <summary>The most ranges that one area can have.</summary>
    /// <remarks><b>Kernel:</b> CMA_MAX_RANGES.</remarks>
    public const int MostRanges = 8;

    private const int InSection = Section.Frames - 1;
    private const long Low = 1L << (32 - PhysicalMemory.PageShift);

    // Lowest first.
    private readonly List<FrameRun> runs = [];
    private readonly long basePfn;

    /// <summary>All memory but its holes.</summary>
    /// <param name="frames">How many frames there are, holes included.</param>
    /// <param name="basePfn">The page frame number of frame 0.</param>
    /// <param name="holes">Frames that are no memory: whole 4 MiB, lowest first.</param>
    public Memblock(int frames, long basePfn, ReadOnlySpan<FrameRun> holes)
    {
        this.basePfn = basePfn;
        runs.Add(new FrameRun(0, frames));
        foreach (FrameRun hole in holes)
        {
            Cut(runs.Count - 1, hole);
        }

        Frames = runs.Sum(run => run.Count);
    }

    /// <summary>The same as another.</summary>
    public Memblock(Memblock original)
    {
        basePfn = original.basePfn;
        Restore(original);
    }

    /// <summary>How many frames there are.</summary>
    public int Frames { get; private set; }

    /// <summary>The runs, lowest first.</summary>
    public IReadOnlyList<FrameRun> Runs => runs;

    /// <summary>It is the same as another again.</summary>
    public void Restore(Memblock original)
    {
        runs.Clear();
        runs.AddRange(original.runs);
        Frames = original.Frames;
    }

    /// <summary>Whether nobody has touched a frame.</summary>
    public bool Contains(int frame)
    {
        foreach (FrameRun run in runs)
        {
            if (run.Contains(frame))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Takes the lowest 4 MiB; -1 where there are none.</summary>
    public int TakeLowest()
    {
        if (runs.Count == 0)
        {
            return -1;
        }

        int frame = runs[0].First;
        Cut(0, new FrameRun(frame, Section.Frames));
        Frames -= Section.Frames;
        return frame;
    }

    /// <summary>
    /// Where frames can be set aside: as high as possible, from a multiple of 4 MiB on; null where no run is that long.
    /// </summary>
    public FrameRun? FindHighest(long frames)
    {
        for (int i = runs.Count - 1; i >= 0; i--)
        {
            if (frames <= runs[i].Count)
            {
                return new FrameRun((runs[i].End - (int)frames) & ~InSection, (int)frames);
            }
        }

        return null;
    }

    /// <summary>Where frames can be set aside, in one run or else in pieces; none where they do not fit.</summary>
    public FrameRun[] FindAnywhere(long frames) => FindHighest(frames) is { } run ? [run] : FindPieces(frames);

    /// <summary>Sets frames aside that were found, with the rest of the 4 MiB that they end in.</summary>
    public void Remove(FrameRun run)
    {
        int end = (run.End + InSection) & ~InSection;
        Cut(runs.FindIndex(one => one.Contains(run.First)), new FrameRun(run.First, end - run.First));
        Frames -= end - run.First;
    }

    /// <summary>
    /// Where frames can be set aside in pieces: the longest runs that begin above 4 GiB, as few as are needed, lowest
    /// first, the last of them in part; none where <see cref="MostRanges"/> of them have too few frames.
    /// </summary>
    /// <remarks>
    /// <b>Kernel:</b> <c>cma_declare_contiguous_multi()</c>. Of runs of one length the lower comes first.
    /// </remarks>
    private FrameRun[] FindPieces(long frames)
    {
        List<FrameRun> pieces = [];
        long missing = frames;
        foreach (FrameRun run in runs.Where(run => basePfn + run.First >= Low)
            .OrderByDescending(run => run.Count)
            .Take(MostRanges))
        {
            if (missing > 0)
            {
                pieces.Add(run);
                missing -= run.Count;
            }
        }

        if (missing > 0)
        {
            return [];
        }

        // Fewer pieces would not have been enough, so each of them is needed.
        pieces.Sort((one, other) => one.First.CompareTo(other.First));
        pieces[^1] = pieces[^1] with { Count = pieces[^1].Count + (int)missing };
        return [.. pieces];
    }

    private void Cut(int index, FrameRun hole)
    {
        FrameRun run = runs[index];
        runs.RemoveAt(index);
        if (hole.End < run.End)
        {
            runs.Insert(index, new FrameRun(hole.End, run.End - hole.End));
        }

        if (run.First < hole.First)
        {
            runs.Insert(index, run with { Count = hole.First - run.First });
        }
    }
}
