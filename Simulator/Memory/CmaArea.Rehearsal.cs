using DmaBufSim.Engine;
using DmaBufSim.Tracing;

namespace DmaBufSim.Memory;

/// <summary>The area in a memory in which a request can be tried.</summary>
public sealed partial class CmaArea
{
    /// <summary>The same area in a copy of its memory. Its policy is asked nothing but the order of the free runs.
    /// </summary>
    internal CmaArea(CmaArea original, PhysicalMemory copy, Trace trace)
    {
        Name = original.Name;
        ranges = original.ranges;
        OrderPerBit = original.OrderPerBit;
        MaxAlignment = original.MaxAlignment;
        Policy = original.Policy;
        kernel = original.kernel;
        memory = copy;
        this.trace = trace;
        bitmap = new Bitmap(original.bitmap.Length);
    }

    /// <summary>
    /// This area in a memory of its own, in which whatever is done leaves this one as it is; until the next rehearsal.
    /// </summary>
    internal CmaArea Rehearse() => memory.Rehearse().AreaOf(ranges[0].Frames.First)!;

    /// <summary>It has the same pages as another, and has never been asked for any.</summary>
    internal void Restore(CmaArea original)
    {
        IsInPageAllocator = original.IsInPageAllocator;
        isolated = original.isolated;
        BusyWindows = 0;
        MovedPages = 0;
        DroppedPages = 0;
        bitmap.Restore(original.bitmap);
        kept.Clear();
        kept.AddRange(original.kept);
        if (original.loans is { } lent)
        {
            NeedLoans().Lent.Restore(lent.Lent);
            NeedLoans().Pinned.Restore(lent.Pinned);
            NeedLoans().Droppable.Restore(lent.Droppable);
        }
        else
        {
            loans = null;
        }
    }

    /// <summary>What is in the way in a window is freed and unpinned, lowest page first. Only in a rehearsal.</summary>
    internal void FreeWindow(int first, int pages)
    {
        Invariant.Holds(memory.IsRehearsal);
        for (int page = first; page < first + pages; page++)
        {
            int frame = FrameOf(page);
            if (loans is not null && loans.Lent.AreSet(page, 1))
            {
                for (int pins = loans.PinsOf(page); pins > 0; pins--)
                {
                    memory.Movable.Unpin(frame);
                }
            }
            else if (IsInPageAllocator && bitmap.AreSet(page >> OrderPerBit, 1) && !memory.Buddy.IsFree(frame))
            {
                memory.Buddy.ReturnRange(frame, 1);
            }
        }

        int end = (first >> OrderPerBit) + BitsFor(pages);
        for (int bit = bitmap.NextSet(first >> OrderPerBit, end); bit < end; bit = bitmap.NextSet(bit, end))
        {
            bitmap.Clear(bit, 1);
        }
    }
}
