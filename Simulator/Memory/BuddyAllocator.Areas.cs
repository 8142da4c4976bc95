using DmaBufSim.Engine;

namespace DmaBufSim.Memory;

public sealed partial class BuddyAllocator
{
    private const int PageblockFrames = 1 << PageblockOrder;
    private const int InPageblock = PageblockFrames - 1;

    // The blocks of areas that were never touched are the end of the order-10 list, the highest of them first; like
    // those of boot they have no bookkeeping.
    private readonly List<(int Start, int End)> untouchedOfAreas = [];
    private int untouchedInAreas;

    /// <summary>The idle pages of an area become free pages for movable requests.</summary>
    /// <param name="range">Whole page blocks, which start at a multiple of 4 MiB.</param>
    /// <remarks>
    /// <b>Kernel:</b> <c>init_cma_reserved_pageblock()</c>: blocks are freed in ascending order and merge in pairs, so
    /// the highest comes to the head of its list.
    /// </remarks>
    internal void AddArea(FrameRun range)
    {
        int end = range.First + range.Count;
        int whole = end & ~InSection;
        for (int frame = range.First; frame < end; frame += PageblockFrames)
        {
            SetType(frame, PageblockOrder, MigrateType.Cma);
        }

        FreeCmaFrames += range.Count;
        untouchedOfAreas.Add((range.First, whole));
        untouchedInAreas += whole - range.First;
        if (whole < end)
        {
            Add(whole, PageblockOrder, MigrateType.Cma, atTail: false);
        }
    }

    /// <summary>Takes frames of an area, all of which are free, out of the free lists.</summary>
    /// <param name="first">The first frame.</param>
    /// <param name="count">How many.</param>
    /// <remarks>
    /// <b>Kernel:</b> what <c>alloc_contig_range()</c> leaves behind: the rest of the page blocks that it isolated is
    /// at the end of the lists, in ascending order.
    /// </remarks>
    internal void TakeRange(int first, int count)
    {
        Touch(first, count);
        SplitSection(first, MigrateType.Cma);
        SplitSection(first + count - 1, MigrateType.Cma);
        Carve(first, count, MigrateType.Cma);
    }

    /// <summary>Frames of an area become free pages again.</summary>
    /// <remarks>
    /// <b>Kernel:</b> <c>free_contig_range()</c>. Page by page or in aligned pieces, the same blocks come out.
    /// </remarks>
    internal void ReturnRange(int first, int count)
    {
        int end = first + count;
        while (first < end)
        {
            int order = Math.Min(PageblockOrder, LargestOrder(first, end - first));
            FreeOne(memory.SectionAt(first).Entries, first, order);
            first += 1 << order;
        }
    }

    private static int LargestOrder(int frame, int count)
    {
        int order = 0;
        while (order < MaxOrder && (frame & ((2 << order) - 1)) == 0 && 2 << order <= count)
        {
            order++;
        }

        return order;
    }

    // Moves what is free in the page blocks of a range to the end of the lists, without the range itself.
    private void Carve(int first, int count, MigrateType from)
    {
        int end = first + count;
        int stop = (end + InPageblock) & ~InPageblock;
        int taken = 0;
        for (int start = first & ~InPageblock; start < stop;)
        {
            // No block is longer than a section. One look at each frame: most of a full area is not free.
            int next = Math.Min(stop, (start | InSection) + 1);
            Span<Frame> entries = memory.SectionAt(start).Entries.AsSpan(start & InSection, next - start);
            for (int i = 0; i < entries.Length;)
            {
                if (entries[i].State != FrameState.FreeHead)
                {
                    i++;
                    continue;
                }

                int order = entries[i].Order;
                int at = start + i;
                int after = at + (1 << order);
                Remove(at, order, from);
                FreeCmaFrames -= from == MigrateType.Cma ? 1 << order : 0;
                taken += Math.Max(0, Math.Min(after, end) - Math.Max(at, first));
                PutBackPieces(at, Math.Min(after, first));
                PutBackPieces(Math.Max(at, end), after);
                i += 1 << order;
            }

            start = next;
        }

        Invariant.Holds(taken == count);
    }

    private void PutBackPieces(int at, int end)
    {
        while (at < end)
        {
            int order = LargestOrder(at, end - at);
            PutBack(at, order);
            at += 1 << order;
        }
    }

    private void PutBack(int frame, int order)
    {
        Add(frame, order, MigrateType.Cma, atTail: true);
        FreeCmaFrames += 1 << order;
    }

    private int FreeOrderAt(int frame)
    {
        ref Frame entry = ref At(frame);
        return entry.State == FrameState.FreeHead ? entry.Order : -1;
    }

    // A block of 4 MiB of which only one page block may belong to a range becomes two.
    private void SplitSection(int frame, MigrateType type)
    {
        int start = frame & ~InSection;
        if (FreeOrderAt(start) == MaxOrder)
        {
            Remove(start, MaxOrder, type);
            Add(start + PageblockFrames, PageblockOrder, type, atTail: false);
            Add(start, PageblockOrder, type, atTail: false);
        }
    }

    private int TakeUntouchedOfArea(int order)
    {
        for (int i = untouchedOfAreas.Count - 1; i >= 0; i--)
        {
            (int start, int end) = untouchedOfAreas[i];
            if (start < end)
            {
                int frame = end - Section.Frames;
                untouchedOfAreas[i] = (start, frame);
                untouchedInAreas -= Section.Frames;
                Expand(frame, MaxOrder, order, MigrateType.Cma);
                return frame;
            }
        }

        return -1;
    }

    // Gives bookkeeping to the blocks of a range. From the low end of an area that is one block at a time, and from
    // anywhere else all that are higher, because they come before it in the list.
    private void Touch(int first, int count)
    {
        for (int frame = first & ~InSection; frame < first + count && untouchedInAreas > 0; frame += Section.Frames)
        {
            for (int i = 0; i < untouchedOfAreas.Count; i++)
            {
                (int start, int end) = untouchedOfAreas[i];
                if (frame < start || frame >= end)
                {
                    continue;
                }

                if (frame == start)
                {
                    start += Section.Frames;
                    Add(frame, MaxOrder, MigrateType.Cma, atTail: true);
                    untouchedInAreas -= Section.Frames;
                }

                while (frame >= start && frame < end)
                {
                    end -= Section.Frames;
                    Add(end, MaxOrder, MigrateType.Cma, atTail: true);
                    untouchedInAreas -= Section.Frames;
                }

                untouchedOfAreas[i] = (start, end);
            }
        }
    }

    private bool IsUntouchedInArea(int frame)
    {
        foreach ((int start, int end) in untouchedOfAreas)
        {
            if (frame >= start && frame < end)
            {
                return true;
            }
        }

        return false;
    }

    private IEnumerable<int> UntouchedOfAreas()
    {
        for (int i = untouchedOfAreas.Count - 1; i >= 0; i--)
        {
            for (int frame = untouchedOfAreas[i].End - Section.Frames; frame >= untouchedOfAreas[i].Start;)
            {
                yield return frame;
                frame -= Section.Frames;
            }
        }
    }
}
