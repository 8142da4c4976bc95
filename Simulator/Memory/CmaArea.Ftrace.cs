using DmaBufSim.Abi;

namespace DmaBufSim.Memory;

/// <summary>What the trace buffer and the counters of the kernel get to know of an area.</summary>
public sealed partial class CmaArea
{
    // No page is in the way of a window, but the pages in it have nowhere to go.
    private const int NoRoom = -2;

    /// <summary>Calls of <see cref="Allocate"/> that succeeded since boot.</summary>
    /// <remarks><b>Kernel:</b> <c>cma_alloc_success</c> of /proc/vmstat.</remarks>
    public long AllocationsSucceeded { get; private set; }

    /// <summary>Calls that failed since boot.</summary>
    /// <remarks><b>Kernel:</b> <c>cma_alloc_fail</c> of /proc/vmstat.</remarks>
    public long AllocationsFailed { get; private set; }

    /// <summary>Pages that are not handed out, by the requests: what a bit has beyond its request counts too.</summary>
    /// <remarks><b>Kernel:</b> <c>available_count</c> of struct cma.</remarks>
    public long AvailablePages => TotalPages - (AllocatedPagesSucceeded - ReleasedPages);

    /// <summary>Answers a request for more pages than a heap can count.</summary>
    internal Result RefuseAbsurd(long pages)
    {
        trace.Ftrace?.CmaAllocStart(Name, pages, AvailablePages, TotalPages, MaxAlignment);
        return RefuseOversize(pages);
    }

    private void CountFailure(long pages)
    {
        // The counter of Linux wraps, too.
        AllocatedPagesFailed = unchecked(AllocatedPagesFailed + pages);
        AllocationsFailed++;
    }

    // alloc_contig_range()
    private void TraceWindow(int page, int pages, int moved, bool endsWithMove, int blocker)
    {
        if (trace.Ftrace is not { } ftrace)
        {
            return;
        }

        int frame = FrameOf(page);
        ftrace.WindowTried(PfnOf(frame), moved, endsWithMove, blocker == NoRoom);
        if (blocker == NoRoom)
        {
            return;
        }

        (int start, int end) = IdleBlockAround(frame);
        start = end > frame ? start : frame;
        int fin = blocker < 0 ? IdleBlockAround(frame + pages - 1).End : FrameOf(blocker);
        ftrace.TestPagesIsolated(PfnOf(start), PfnOf(frame + pages), PfnOf(fin));
        if (blocker >= 0)
        {
            ftrace.CmaAllocBusyRetry(Name, PfnOf(frame), pages);
        }
    }

    // The block that a free page belongs to while its page block is isolated.
    private (int Start, int End) IdleBlockAround(int frame)
    {
        FrameRun frames = RangeOf(PageOf(frame)).Frames;
        (int Start, int End) block = (frame, frame);
        for (int order = 0; order <= BuddyAllocator.PageblockOrder; order++)
        {
            int start = frame & ~((1 << order) - 1);
            int end = start + (1 << order);
            if (start < frames.First || end > frames.End || !AreIdle(start, end))
            {
                break;
            }

            block = (start, end);
        }

        return block;
    }

    private bool AreIdle(int start, int end)
    {
        for (int frame = start; frame < end; frame++)
        {
            if (IsAllocated(frame) || IsLent(frame))
            {
                return false;
            }
        }

        return true;
    }

    private long PfnOf(int frame) => memory.Address(frame) >> PhysicalMemory.PageShift;
}
