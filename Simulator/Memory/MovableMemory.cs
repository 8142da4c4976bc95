using DmaBufSim.Abi;

namespace DmaBufSim.Memory;

/// <summary>An anonymous mapping, whose pages borrow idle pages of an area and can be moved out of it.</summary>
/// <remarks>
/// <para><b>Kernel:</b> pages of the mobility class Movable, <c>alloc_migration_target()</c>.</para>
/// <para><b>Differs:</b> which pages of the area it borrows is told from outside, with <see cref="Hold"/>; a page that
/// has to leave goes to memory outside every area, or nowhere.</para>
/// <para><b>Cost:</b> four bytes a page, and four more while it is outside the area.</para>
/// </remarks>
public sealed class MovableMemory
{
    private const int NoFrame = -1;

    private readonly PhysicalMemory memory;
    private readonly List<int> frames = [];
    private readonly List<int> outside = [];
    private readonly List<int> spare = [];

    /// <summary>A mapping without pages.</summary>
    /// <param name="name">What it is called where it is in the way.</param>
    /// <param name="area">The area that it borrows from.</param>
    public MovableMemory(string name, CmaArea area)
    {
        Name = name;
        Area = area;
        memory = area.Memory;
    }

    /// <summary>What it is called where it is in the way.</summary>
    public string Name { get; }

    /// <summary>The area that it borrows from.</summary>
    public CmaArea Area { get; }

    /// <summary>How many pages it has.</summary>
    public int Pages => frames.Count - spare.Count;

    /// <summary>How many of them were moved out of the area.</summary>
    public int PagesOutside => outside.Count;

    /// <summary>
    /// The frames of its pages: a page keeps its place in the list when it is moved; -1 where there is none.
    /// </summary>
    public IReadOnlyList<int> Frames => frames;

    /// <summary>Tells which pages of the area it holds from now on.</summary>
    /// <param name="runs">Their frames.</param>
    /// <returns>
    /// <see cref="Errno.EINVAL"/> for a page outside the area, <see cref="Errno.EBUSY"/> for one that is not idle;
    /// nothing has changed then.
    /// </returns>
    /// <remarks>
    /// Pages that it does not hold any more are freed, except that a pin keeps a page. To a place that is new comes
    /// a page that was moved out before, with its bytes; without such a page, a new one that reads as zeros.
    /// </remarks>
    public Result Hold(ReadOnlySpan<FrameRun> runs) => Area.Hold(this, runs);

    /// <summary>Takes a reference on the page that lies at a place of the area, so that it cannot be moved.</summary>
    /// <param name="page">The page, counted from the start of the area.</param>
    /// <returns>
    /// <see cref="Errno.EINVAL"/> where it has no page there, <see cref="Errno.ENOMEM"/> after 255 pins.
    /// </returns>
    /// <remarks><b>Kernel:</b> <c>get_user_pages()</c>, as vmsplice() uses it.</remarks>
    public Result<PagePin> Pin(long page) => Area.Pin(this, page);

    /// <summary>Unmaps it: every page is freed, except that a pin keeps a page of the area.</summary>
    public void Unmap()
    {
        Hold([]);
        foreach (int slot in outside)
        {
            memory.Buddy.Return(frames[slot], 0);
            Drop(slot);
        }

        outside.Clear();
    }

    /// <summary>A page settles at a frame of the area.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="isIdle">Whether its bytes come from elsewhere; otherwise they are in it already.</param>
    /// <returns>Which page it is.</returns>
    internal int Settle(int frame, bool isIdle)
    {
        int slot;
        if (isIdle && outside.Count > 0)
        {
            slot = outside[^1];
            outside.RemoveAt(outside.Count - 1);
            memory.Renew(frame, 1);
            memory.Move(frames[slot], frame);
            memory.Buddy.Return(frames[slot], 0);
            frames[slot] = frame;
            return slot;
        }

        if (isIdle)
        {
            memory.Renew(frame, 1);
        }

        if (spare.Count > 0)
        {
            slot = spare[^1];
            spare.RemoveAt(spare.Count - 1);
            frames[slot] = frame;
            return slot;
        }

        frames.Add(frame);
        return frames.Count - 1;
    }

    /// <summary>A page now lies outside the area.</summary>
    internal void MoveOut(int slot, int frame)
    {
        frames[slot] = frame;
        outside.Add(slot);
    }

    /// <summary>A page is unmapped.</summary>
    internal void Drop(int slot)
    {
        frames[slot] = NoFrame;
        spare.Add(slot);
    }
}

/// <summary>A reference that keeps a page of an area where it is.</summary>
public sealed class PagePin
{
    internal PagePin(MovableMemory owner, int page)
    {
        Owner = owner;
        Page = page;
    }

    /// <summary>Whose page it was when the reference was taken.</summary>
    public MovableMemory Owner { get; }

    /// <summary>The page, counted from the start of the area.</summary>
    public int Page { get; }

    /// <summary>Whether the reference is still held.</summary>
    public bool IsHeld { get; private set; } = true;

    /// <summary>Drops the reference, once.</summary>
    public void Release()
    {
        if (IsHeld)
        {
            IsHeld = false;
            Owner.Area.Unpin(Page);
        }
    }
}
