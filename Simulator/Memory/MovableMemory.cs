using DmaBufSim.Abi;

namespace DmaBufSim.Memory;

/// <summary>An anonymous mapping or a file's page cache, whose pages the kernel may put elsewhere.</summary>
/// <remarks>
/// <para><b>Kernel:</b> pages of the mobility class Movable. <see cref="Grow"/> takes them as Linux does;
/// <see cref="Hold"/> is told from outside which pages of an area it has.</para>
/// <para><b>Cost:</b> four bytes a page.</para>
/// </remarks>
public sealed class MovableMemory : AddressSpace
{
    private const int NoFrame = -1;

    private readonly PhysicalMemory memory;
    private readonly List<int> frames = [];
    private readonly List<int> outside = [];
    private readonly List<int> spare = [];

    /// <summary>A mapping without pages, which is told which pages of an area it holds.</summary>
    /// <param name="name">What it is called where it is in the way.</param>
    /// <param name="area">The area that it borrows from.</param>
    public MovableMemory(string name, CmaArea area)
        : this(name, area.Memory, PageKind.Anonymous) => Area = area;

    /// <summary>A mapping without pages, which gets them from the page allocator.</summary>
    /// <param name="name">What it is called where it is in the way.</param>
    /// <param name="memory">The memory.</param>
    /// <param name="kind">What its pages hold.</param>
    public MovableMemory(string name, PhysicalMemory memory, PageKind kind)
    {
        Name = name;
        Kind = kind;
        this.memory = memory;
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override PageKind Kind { get; }

    /// <summary>The area that it is told to hold pages of, or null.</summary>
    public CmaArea? Area { get; }

    /// <summary>How many pages it has.</summary>
    public int Pages => frames.Count - spare.Count;

    /// <summary>How many of them were moved out of the area that it is told to hold pages of.</summary>
    public int PagesOutside => outside.Count;

    /// <summary>How many of its pages areas have dropped since it was made.</summary>
    public long DroppedPages { get; private set; }

    /// <summary>
    /// The frames of its pages: a page keeps its place in the list when it is moved; -1 where there is none.
    /// </summary>
    public IReadOnlyList<int> Frames => frames;

    /// <summary>Takes pages from the page allocator, which read as zeros.</summary>
    /// <param name="pages">How many.</param>
    /// <returns>How many it got: less where memory is full.</returns>
    /// <remarks>
    /// <b>Kernel:</b> <c>alloc_pages()</c> with GFP_HIGHUSER_MOVABLE, a page at a time: idle pages of areas by the half
    /// rule, then others, then areas again.
    /// </remarks>
    public int Grow(int pages)
    {
        for (int got = 0; got < pages; got++)
        {
            int slot = NextSlot;
            int frame = memory.Movable.Allocate(this, slot);
            if (frame < 0)
            {
                return got;
            }

            Occupy(slot, frame);
        }

        return pages;
    }

    /// <summary>Frees a page, except that a pin keeps it.</summary>
    /// <param name="slot">Its place in <see cref="Frames"/>.</param>
    public void Free(int slot)
    {
        int frame = frames[slot];
        if (frame != NoFrame)
        {
            outside.Remove(slot);
            memory.Movable.Leave(frame);
            Drop(slot);
        }
    }

    /// <summary>Tells which pages of the area it holds from now on.</summary>
    /// <param name="runs">Their frames.</param>
    /// <returns>
    /// <see cref="Errno.EINVAL"/> for a page outside the area, <see cref="Errno.EBUSY"/> for one that is not idle;
    /// nothing has changed then.
    /// </returns>
    /// <exception cref="InvalidOperationException">It was not made for an area.</exception>
    /// <remarks>
    /// Pages that it does not hold any more are freed, except that a pin keeps a page. To a place that is new comes
    /// a page that was moved out before, with its bytes; without such a page, a new one that reads as zeros.
    /// </remarks>
    public Result Hold(ReadOnlySpan<FrameRun> runs) =>
        Area?.Hold(this, runs) ?? throw new InvalidOperationException($"{Name} was not made for an area");

    /// <summary>Takes a short reference on the page that lies at a place of the area: it stays where it is.</summary>
    /// <param name="page">The page, counted from the start of the area.</param>
    /// <returns>
    /// <see cref="Errno.EINVAL"/> where it has no page there, <see cref="Errno.ENOMEM"/> after 255 pins.
    /// </returns>
    /// <remarks><b>Kernel:</b> <c>get_user_pages()</c>, as vmsplice() uses it.</remarks>
    public Result<PagePin> Pin(long page) =>
        Area?.Pin(this, page) ?? throw new InvalidOperationException($"{Name} was not made for an area");

    /// <summary>Takes a reference on a page.</summary>
    /// <param name="slot">Its place in <see cref="Frames"/>.</param>
    /// <param name="longTerm">The reference may last: the page leaves its area first.</param>
    /// <returns>
    /// <see cref="Errno.EINVAL"/> where there is no page; <see cref="Errno.ENOMEM"/> after 255 pins, and where a
    /// page that must leave its area cannot.
    /// </returns>
    /// <remarks>
    /// <b>Kernel:</b> <c>get_user_pages()</c>, with FOLL_LONGTERM
    /// <c>check_and_migrate_movable_pages()</c>, whose target is no movable page.
    /// </remarks>
    public Result<PagePin> PinAt(int slot, bool longTerm)
    {
        int frame = slot >= 0 && slot < frames.Count ? frames[slot] : NoFrame;
        Result<int> pinned = memory.PinPage(this, frame, longTerm);
        return pinned.IsOk ? new PagePin(this, memory, pinned.Value) : pinned.As<PagePin>();
    }

    /// <summary>Unmaps it: every page is freed, except that a pin keeps a page.</summary>
    public void Unmap()
    {
        outside.Clear();
        for (int slot = 0; slot < frames.Count; slot++)
        {
            Free(slot);
        }
    }

    /// <inheritdoc/>
    protected internal override void Moved(int index, int frame)
    {
        if (Area is not null && Area.Contains(frames[index]) && !Area.Contains(frame))
        {
            outside.Add(index);
        }

        frames[index] = frame;
    }

    /// <inheritdoc/>
    protected internal override void Dropped(int index)
    {
        DroppedPages++;
        Drop(index);
    }

    /// <summary>
    /// A page settles at an idle frame of the area; if it was moved out before, its bytes come with it.
    /// </summary>
    internal void Settle(int frame)
    {
        memory.Renew(frame, 1);
        if (outside.Count == 0)
        {
            int slot = NextSlot;
            memory.Movable.Bind(frame, this, slot);
            Occupy(slot, frame);
            return;
        }

        int back = outside[^1];
        outside.RemoveAt(outside.Count - 1);
        memory.Move(frames[back], frame);
        memory.Movable.Leave(frames[back]);
        memory.Movable.Bind(frame, this, back);
        frames[back] = frame;
    }

    /// <summary>A page that a pin has kept is used again.</summary>
    internal void Return(int frame)
    {
        int slot = NextSlot;
        memory.Movable.Rebind(frame, slot);
        Occupy(slot, frame);
    }

    /// <summary>A page is unmapped.</summary>
    internal void Drop(int slot)
    {
        frames[slot] = NoFrame;
        spare.Add(slot);
    }

    private int NextSlot => spare.Count > 0 ? spare[^1] : frames.Count;

    private void Occupy(int slot, int frame)
    {
        if (slot == frames.Count)
        {
            frames.Add(frame);
            return;
        }

        spare.RemoveAt(spare.Count - 1);
        frames[slot] = frame;
    }
}

/// <summary>A reference that keeps a page where it is.</summary>
public sealed class PagePin
{
    private readonly PhysicalMemory memory;

    internal PagePin(MovableMemory owner, PhysicalMemory memory, int frame)
    {
        Owner = owner;
        this.memory = memory;
        Frame = frame;
    }

    /// <summary>Whose page it was when the reference was taken.</summary>
    public MovableMemory Owner { get; }

    /// <summary>The frame of the page.</summary>
    public int Frame { get; }

    /// <summary>The page, counted from the start of its area; its frame where it is in none.</summary>
    public int Page => memory.AreaOf(Frame)?.PageOf(Frame) ?? Frame;

    /// <summary>Whether the reference is still held.</summary>
    public bool IsHeld { get; private set; } = true;

    /// <summary>Drops the reference, once.</summary>
    public void Release()
    {
        if (IsHeld)
        {
            IsHeld = false;
            memory.Movable.Unpin(Frame);
        }
    }
}
