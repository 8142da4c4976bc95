using DmaBufSim.Abi;

namespace DmaBufSim.Memory;

public sealed partial class CmaArea
{
    private CmaLoans? loans;
    private int nextDiscardable;

    /// <summary>Whether the page allocator has the idle pages.</summary>
    public bool IsInPageAllocator { get; private set; }

    /// <summary>Pages that hold movable memory at this moment.</summary>
    public int LentPages => loans?.Lent.Used ?? 0;

    /// <summary>Those of them that are pinned.</summary>
    public int PinnedPages => loans?.Pinned.Used ?? 0;

    /// <summary>Pages that are neither handed out nor lent.</summary>
    /// <remarks><b>Kernel:</b> NR_FREE_CMA_PAGES, which is <c>CmaFree</c>.</remarks>
    public long IdlePages => FreePages - (OrderPerBit == 0 || loans is null ? LentPages : LentUnderClearBits(loans));

    /// <summary>How many windows were found busy since boot.</summary>
    /// <remarks><b>Kernel:</b> the trace event <c>cma_alloc_busy_retry</c>.</remarks>
    public long BusyWindows { get; private set; }

    /// <summary>Whether a frame holds movable memory.</summary>
    public bool IsLent(int frame) =>
        loans is not null && PageOf(frame) is var page && page >= 0 && loans.Lent.AreSet(page, 1);

    internal PhysicalMemory Memory => memory;

    internal CmaLoans? Loans => loans;

    internal Bitmap Used => bitmap;

    /// <summary>The blocks that are kept; the one that is given away first comes first.</summary>
    internal IReadOnlyList<FrameRun> Kept => kept;

    internal KernelProfile Kernel => kernel;

    /// <summary>Gives the idle pages to the page allocator, where the policy lends them to movable memory.</summary>
    /// <exception cref="InvalidOperationException">
    /// A range does not start at a multiple of 4 MiB or end with a page block, or the area was used already.
    /// </exception>
    /// <remarks><b>Kernel:</b> <c>cma_activate_area()</c>.</remarks>
    public void Activate()
    {
        bool isWhole = Array.TrueForAll(ranges, range => range.Frames.First % Section.Frames == 0
            && range.Frames.Count % (1 << BuddyAllocator.PageblockOrder) == 0);
        if (!isWhole || IsInPageAllocator || UsedPages > 0 || LentPages > 0)
        {
            throw new InvalidOperationException($"area {Name} cannot be switched on");
        }

        if (Policy.Lends == CmaLending.Movable)
        {
            IsInPageAllocator = true;
            foreach (CmaRange range in ranges)
            {
                memory.Buddy.AddArea(range.Frames);
            }
        }
    }

    internal CmaLoans NeedLoans() => loans ??= new CmaLoans(memory, this);

    /// <summary>An idle page for clean page cache, where the policy lends pages to that alone; otherwise -1.</summary>
    internal int TakeDiscardable()
    {
        if (Policy.Lends != CmaLending.Discardable || IdlePages == 0)
        {
            return -1;
        }

        for (int page = nextDiscardable; ; page++)
        {
            page = page < TotalPages ? page : 0;
            int bit = bitmap.NextClear(page >> OrderPerBit);
            page = bit < bitmap.Length ? Math.Max(page, bit << OrderPerBit) : TotalPages - 1;
            if (bit < bitmap.Length && !NeedLoans().Lent.AreSet(page, 1))
            {
                nextDiscardable = page + 1;
                int frame = FrameOf(page);
                memory.Renew(frame, 1);
                return frame;
            }
        }
    }

    internal Result Hold(MovableMemory owner, ReadOnlySpan<FrameRun> runs)
    {
        Bitmap wanted = new(TotalPages);
        foreach (FrameRun run in runs)
        {
            Result possible = MayHold(owner, run);
            if (!possible.IsOk)
            {
                return possible;
            }

            wanted.Set(PageOf(run.First), run.Count);
        }

        CmaLoans lent = NeedLoans();
        int end = TotalPages;
        for (int page = lent.Lent.NextSet(0, end); page < end; page = lent.Lent.NextSet(page + 1, end))
        {
            if (!wanted.AreSet(page, 1) && lent.IsMappedBy(page, owner))
            {
                owner.Drop(memory.Movable.IndexOf(FrameOf(page)));
                memory.Movable.Leave(FrameOf(page));
            }
        }

        for (int page = wanted.NextSet(0, end); page < end; page = wanted.NextSet(page, end))
        {
            page = Lend(owner, page, wanted.NextClear(page));
        }

        return Result.Ok;
    }

    internal Result<PagePin> Pin(MovableMemory owner, long page)
    {
        bool isThere = loans is not null && page >= 0 && page < TotalPages && loans.IsMappedBy((int)page, owner);
        int frame = isThere ? FrameOf((int)page) : -1;
        if (!isThere || loans!.PinsOf((int)page) == ReverseMap.MaxPins)
        {
            return trace.Refuse(
                isThere ? Errno.ENOMEM : Errno.EINVAL, Reason.PageNotPinnable, PageText(owner.Name, page));
        }

        memory.Movable.Pin(frame);
        return new PagePin(owner, memory, frame);
    }

    // Lends idle pages, and those that the same owner had left behind pinned.
    private int Lend(MovableMemory owner, int first, int end)
    {
        for (int page = first; page < end;)
        {
            int idleEnd = loans!.Lent.NextSet(page, end);
            if (idleEnd == page)
            {
                if (!loans.IsMappedBy(page, owner))
                {
                    owner.Return(FrameOf(page));
                }

                page++;
                continue;
            }

            if (IsInPageAllocator)
            {
                foreach (FrameRun run in FramesOf(page, idleEnd - page))
                {
                    memory.Buddy.TakeRange(run.First, run.Count);
                }
            }

            for (; page < idleEnd; page++)
            {
                owner.Settle(FrameOf(page));
            }
        }

        return end;
    }

    private Result MayHold(MovableMemory owner, FrameRun run)
    {
        int first = PageOf(run.First);
        if (first < 0 || run.Count <= 0 || run.Count > RangeOf(first).EndPage - first)
        {
            long place = first < 0 ? ranges[^1].FirstPage + (long)run.First - ranges[^1].Frames.First : first;
            return trace.Refuse(Errno.EINVAL, Reason.PageOutsideArea, PageText(Name, place));
        }

        int end = first + run.Count;
        int bits = ((end - 1) >> OrderPerBit) + 1;
        int bit = bitmap.NextSet(first >> OrderPerBit, bits);
        if (bit < bits)
        {
            return trace.Refuse(Errno.EBUSY, Reason.PageNotIdle, PageText(Name, Math.Max(first, bit << OrderPerBit)));
        }

        for (int page = loans?.Lent.NextSet(first, end) ?? end; page < end; page = loans!.Lent.NextSet(page + 1, end))
        {
            if (loans!.OwnerOf(page) != owner)
            {
                return trace.Refuse(Errno.EBUSY, Reason.PageNotIdle, PageText(loans.OwnerOf(page).Name, page));
            }
        }

        return Result.Ok;
    }

    // A request of an odd size leaves lent pages behind in the last of its bits.
    private int LentUnderClearBits(CmaLoans lent)
    {
        int count = 0;
        for (int bit = bitmap.NextClear(0); bit < bitmap.Length; bit = bitmap.NextClear(bit + 1))
        {
            count += lent.Lent.CountSet(bit << OrderPerBit, 1 << OrderPerBit);
        }

        return count;
    }
}
