using System.Globalization;
using DmaBufSim.Abi;
using DmaBufSim.Tracing;

namespace DmaBufSim.Memory;

public sealed partial class CmaArea
{
    private CmaLoans? loans;

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
        loans is not null
        && frame >= Range.First
        && frame < Range.First + Range.Count
        && loans.Lent.AreSet(frame - Range.First, 1);

    internal PhysicalMemory Memory => memory;

    internal CmaLoans? Loans => loans;

    internal Bitmap Used => bitmap;

    internal KernelProfile Kernel => kernel;

    internal int MaskFor(int alignOrder) => alignOrder <= OrderPerBit ? 0 : (1 << (alignOrder - OrderPerBit)) - 1;

    internal int OffsetFor(int alignOrder)
    {
        long basePfn = memory.Address(Range.First) >> PhysicalMemory.PageShift;
        return (int)((basePfn & ((1L << alignOrder) - 1)) >> OrderPerBit);
    }

    internal CmaWindows WindowsFor(int pages, int alignOrder) =>
        new(bitmap, loans?.Pinned, OrderPerBit, pages, MaskFor(alignOrder), OffsetFor(alignOrder));

    internal Result Hold(MovableMemory owner, ReadOnlySpan<FrameRun> runs)
    {
        Bitmap wanted = new(Range.Count);
        foreach (FrameRun run in runs)
        {
            Result possible = MayHold(owner, run);
            if (!possible.IsOk)
            {
                return possible;
            }

            wanted.Set(run.First - Range.First, run.Count);
        }

        loans ??= new CmaLoans(memory, Range);
        int end = Range.Count;
        for (int page = loans.Lent.NextSet(0, end); page < end; page = loans.Lent.NextSet(page + 1, end))
        {
            if (!wanted.AreSet(page, 1) && loans.IsMappedBy(page, owner))
            {
                loans.Leave(page);
            }
        }

        for (int page = wanted.NextSet(0, end); page < end; page = wanted.NextSet(page + 1, end))
        {
            if (!loans.IsMappedBy(page, owner))
            {
                loans.Lend(page, owner);
            }
        }

        return Result.Ok;
    }

    internal Result<PagePin> Pin(MovableMemory owner, long page)
    {
        if (loans is null || page < 0 || page >= Range.Count || !loans.IsMappedBy((int)page, owner))
        {
            return trace.Refuse(Errno.EINVAL, Reason.PageNotPinnable, PageText(owner.Name, page));
        }

        if (loans.PinsOf((int)page) == CmaLoans.MaxPins)
        {
            return trace.Refuse(Errno.ENOMEM, Reason.PageNotPinnable, PageText(owner.Name, page));
        }

        loans.Pin((int)page);
        return new PagePin(owner, (int)page);
    }

    internal void Unpin(int page) => loans!.Unpin(page);

    private Result<int> AllocateFromLent(int pages, int alignOrder, CmaLoans lent)
    {
        int blocker = -1;
        CmaWindows windows = WindowsFor(pages, alignOrder);
        while (windows.Next())
        {
            if (Clear(windows, lent, out bool hasRoom))
            {
                return Take(windows.Bit, BitsFor(pages), pages);
            }

            if (!hasRoom)
            {
                Fail(pages, Errno.ENOMEM);
                return RefuseBusy(pages, -1);
            }

            blocker = windows.Blocker;
        }

        if (blocker >= 0)
        {
            Fail(pages, Errno.EBUSY);
            return RefuseBusy(pages, blocker);
        }

        return RefuseFull(pages);
    }

    // What is in the way of a window leaves it, except for pinned pages, which make it busy. alloc_contig_range()
    private bool Clear(in CmaWindows windows, CmaLoans lent, out bool hasRoom)
    {
        int last = windows.End - 1;
        bool endsWithMove = lent.Lent.AreSet(last, 1) && !lent.Pinned.AreSet(last, 1);
        hasRoom = lent.MoveOut(windows.FirstNewPage, windows.End, out int moved);
        int pages = windows.End - windows.Page;
        TraceWindow(windows.Page, pages, moved, endsWithMove, hasRoom ? windows.Blocker : NoRoom);
        if (moved > 0)
        {
            trace.Note(TraceEvent.PagesMoved, windows.Page, pages, moved, Name);
        }

        if (!hasRoom || windows.Blocker < 0)
        {
            return hasRoom;
        }

        BusyWindows++;
        trace.Note(TraceEvent.WindowBusy, windows.Page, pages, windows.Blocker, Name);
        return false;
    }

    private Result RefuseBusy(int pages, int blocker)
    {
        string who = blocker < 0 ? Name : $"{Name}, {PageText(loans!.OwnerOf(blocker).Name, blocker)}";
        Reason reason = blocker < 0 ? Reason.NoRoomToMigrate : Reason.PagesPinned;
        return trace.Refuse(Errno.ENOMEM, reason, who, null, -1, (long)pages << PhysicalMemory.PageShift);
    }

    private Result MayHold(MovableMemory owner, FrameRun run)
    {
        int first = run.First - Range.First;
        if (first < 0 || run.Count <= 0 || run.Count > Range.Count - first)
        {
            return trace.Refuse(Errno.EINVAL, Reason.PageOutsideArea, PageText(Name, first));
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

    private static string PageText(string owner, long page) =>
        string.Create(CultureInfo.InvariantCulture, $"page {page} of {owner}");
}
