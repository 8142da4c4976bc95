namespace DmaBufSim.Memory;

/// <summary>Page blocks that are out of use while a window is emptied.</summary>
/// <remarks>
/// A search isolates the page blocks of one window after the other. Those that the next window has, too, stay isolated:
/// what is free in them would only leave the end of the lists again. A free block is put elsewhere by that in one case,
/// which <see cref="Reunite"/> makes up for.
/// </remarks>
public sealed partial class BuddyAllocator
{
    private FrameRun isolated;

    /// <summary>
    /// Takes the page blocks of a window out of use: nothing is allocated from them meanwhile. Those of the window
    /// before, as far as this one does not have them, come back into use.
    /// </summary>
    /// <remarks><b>Kernel:</b> <c>undo_isolate_page_range()</c>, <c>start_isolate_page_range()</c>.</remarks>
    internal void Isolate(int first, int count)
    {
        int start = first & ~InPageblock;
        int end = (first + count + InPageblock) & ~InPageblock;
        if (start < isolated.First || start >= isolated.End || end < isolated.End)
        {
            EndIsolation();
            isolated = new FrameRun(start, 0);
        }

        int old = isolated.End;
        for (int block = isolated.First; block < start; block += PageblockFrames)
        {
            EndIsolation(block);
        }

        isolated = new FrameRun(start, end - start);
        Touch(first, count);
        if (start < old)
        {
            Reunite(start);
        }

        for (int block = Math.Max(start, old); block < end; block += PageblockFrames)
        {
            SplitSection(block, MigrateType.Cma);
            SetType(block, PageblockOrder, MigrateType.Isolate);
            for (int at = NextFree(block, block); at < block + PageblockFrames; at = NextFree(block, at))
            {
                int order = At(at).Order;
                Remove(at, order, MigrateType.Cma);
                Add(at, order, MigrateType.Isolate, atTail: true);
                FreeCmaFrames -= 1 << order;
                at += 1 << order;
            }
        }
    }

    /// <summary>Takes the frames of a window, all of them free by now, and puts its page blocks back to use.</summary>
    internal void TakeIsolated(int first, int count)
    {
        for (int block = isolated.First; block < isolated.End; block += PageblockFrames)
        {
            SetType(block, PageblockOrder, MigrateType.Cma);
        }

        isolated = default;
        Carve(first, count, MigrateType.Isolate);
    }

    /// <summary>Puts the page blocks of the last window back into use.</summary>
    /// <remarks><b>Kernel:</b> <c>undo_isolate_page_range()</c>.</remarks>
    internal void EndIsolation()
    {
        for (int block = isolated.First; block < isolated.End; block += PageblockFrames)
        {
            EndIsolation(block);
        }

        isolated = default;
    }

    private void EndIsolation(int block)
    {
        SplitSection(block, MigrateType.Isolate);
        SetType(block, PageblockOrder, MigrateType.Cma);
        for (int at = NextFree(block, block); at < block + PageblockFrames; at = NextFree(block, at))
        {
            int order = At(at).Order;
            Remove(at, order, MigrateType.Isolate);
            if (order == PageblockOrder)
            {
                FreeOne(memory.SectionAt(at).Entries, at, order, atTail: true);
            }
            else
            {
                PutBack(at, order);
            }

            at += 1 << order;
        }
    }

    // Had the first page block that stays isolated been back in use meanwhile, it would have merged with a free one
    // below it; both parts come to the head of their list when it is isolated again. Above the last one the same cannot
    // happen: a window has something new to move, so that it goes on behind a page block that is free.
    private void Reunite(int block)
    {
        int buddy = block ^ PageblockFrames;
        if (FreeOrderAt(block) == PageblockOrder
            && TypeOf(buddy) == MigrateType.Cma && FreeOrderAt(buddy) == PageblockOrder)
        {
            Remove(buddy, PageblockOrder, MigrateType.Cma);
            Add(buddy, PageblockOrder, MigrateType.Cma, atTail: false);
        }
    }

    // The first free block of a page block that begins at a frame of it or behind that.
    private int NextFree(int block, int from)
    {
        int end = block + PageblockFrames;
        if (from < end)
        {
            Span<Frame> entries = memory.SectionAt(block).Entries.AsSpan(from & InSection, end - from);
            for (int i = 0; i < entries.Length; i++)
            {
                if (entries[i].State == FrameState.FreeHead)
                {
                    return from + i;
                }
            }
        }

        return end;
    }
}
