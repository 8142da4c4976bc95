using System.Numerics;
using System.Runtime.CompilerServices;
using DmaBufSim.Abi;
using DmaBufSim.Memory.Policies;
using DmaBufSim.Tracing;

namespace DmaBufSim.Memory;

/// <summary>A CMA area: frames set aside at boot, handed out as runs.</summary>
/// <remarks>
/// <para><b>Kernel:</b> mm/cma.c. Placement is exactly the kernel's, unless a policy wants another: movable memory that
/// borrows idle pages is moved out of a window, and a pinned page makes the window busy.</para>
/// <para><see cref="Activate"/> gives the idle pages to the page allocator. Until then, or where the policy lends none,
/// only <see cref="MovableMemory.Hold"/> borrows them.</para>
/// </remarks>
public sealed partial class CmaArea
{
    /// <summary>The highest alignment order that an area may be configured for.</summary>
    /// <remarks><b>Kernel:</b> CONFIG_CMA_ALIGNMENT.</remarks>
    public const int LargestAlignment = 12;

    private const long LongestDelay = 86_400_000_000_000;

    private readonly PhysicalMemory memory;
    private readonly KernelProfile kernel;
    private readonly Trace trace;
    private readonly Bitmap bitmap;

    // The blocks that came back and that the policy keeps, by their first page, in the order in which they came.
    private readonly List<FrameRun> kept = [];

    /// <summary>An area over frames.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="memory">The memory.</param>
    /// <param name="frames">Its frames: one run, or where the kernel can do that several, lowest first.</param>
    /// <param name="kernel">The kernel generation, for the text of the failure log.</param>
    /// <param name="trace">Where records and refusals go.</param>
    /// <param name="orderPerBit">Each bit stands for 2 to this power pages.</param>
    /// <param name="maxAlignment">The highest alignment order that users ask for (CONFIG_CMA_ALIGNMENT).</param>
    /// <param name="policy">How it is used, an object of its own; null for what Linux does.</param>
    public CmaArea(
        string name,
        PhysicalMemory memory,
        ReadOnlySpan<FrameRun> frames,
        KernelProfile kernel,
        Trace trace,
        int orderPerBit = 0,
        int maxAlignment = 8,
        CmaPolicy? policy = null)
    {
        Name = name;
        ranges = InOrder(frames, orderPerBit);
        OrderPerBit = orderPerBit;
        Policy = policy ?? new FirstFit();
        MaxAlignment = Policy.MaxAlignment(maxAlignment);
        if (MaxAlignment is < 0 or > LargestAlignment)
        {
            throw new CmaPolicyFaultException(
                Policy, $"gives the alignment order {MaxAlignment}; it must be from 0 to {LargestAlignment}");
        }

        if (Policy.Retries < 0)
        {
            throw new CmaPolicyFaultException(Policy, $"gives {Policy.Retries} retries; it must be 0 or more");
        }

        _ = RetryDelay;
        this.memory = memory;
        this.kernel = kernel;
        this.trace = trace;
        bitmap = new Bitmap(TotalPages >> orderPerBit);
        memory.AddArea(this);
    }

    /// <summary>An area over one run of frames.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="memory">The memory.</param>
    /// <param name="range">Its frames.</param>
    /// <param name="kernel">The kernel generation, for the text of the failure log.</param>
    /// <param name="trace">Where records and refusals go.</param>
    /// <param name="orderPerBit">Each bit stands for 2 to this power pages.</param>
    /// <param name="maxAlignment">The highest alignment order that users ask for (CONFIG_CMA_ALIGNMENT).</param>
    /// <param name="policy">How it is used, an object of its own; null for what Linux does.</param>
    public CmaArea(
        string name,
        PhysicalMemory memory,
        FrameRun range,
        KernelProfile kernel,
        Trace trace,
        int orderPerBit = 0,
        int maxAlignment = 8,
        CmaPolicy? policy = null)
        : this(name, memory, [range], kernel, trace, orderPerBit, maxAlignment, policy)
    {
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>How it is used.</summary>
    public CmaPolicy Policy { get; }

    /// <summary>Each bit stands for 2 to this power pages.</summary>
    public int OrderPerBit { get; }

    /// <summary>The highest alignment order that users ask for.</summary>
    public int MaxAlignment { get; }

    /// <summary>Pages that are handed out, in whole bits.</summary>
    public long UsedPages => (long)bitmap.Used << OrderPerBit;

    /// <summary>Pages that are not.</summary>
    public long FreePages => TotalPages - UsedPages;

    /// <summary>Those of the used pages that nobody uses: the policy keeps them.</summary>
    public long KeptPages => kept.Sum(block => (long)block.Count);

    /// <summary>The most pages that were handed out at once since boot.</summary>
    public long PeakPages { get; private set; }

    /// <summary>The first page behind all that was ever handed out, counted from the start of the area.</summary>
    public int TopPage { get; private set; }

    /// <summary>The longest free run in pages, whatever its alignment.</summary>
    public int MaxChunk => FreeRuns().Select(run => run.Count).DefaultIfEmpty().Max();

    /// <summary>Pages handed out since boot.</summary>
    public long AllocatedPagesSucceeded { get; private set; }

    /// <summary>Pages asked for in vain since boot.</summary>
    public long AllocatedPagesFailed { get; private set; }

    /// <summary>Pages given back since boot.</summary>
    public long ReleasedPages { get; private set; }

    /// <summary>Pages that were copied out of windows since boot.</summary>
    public long MovedPages { get; private set; }

    /// <summary>Pages of page cache that were dropped to empty windows since boot.</summary>
    public long DroppedPages { get; private set; }

    /// <summary>What the last <see cref="Allocate"/> would take on a real machine, in nanoseconds.</summary>
    /// <remarks>
    /// The time for finding, isolating and emptying windows, by public figures; not that for waiting for another
    /// allocation, and not that for clearing the buffer.
    /// </remarks>
    public long LastCost { get; private set; }

    /// <summary>The bitmap, lowest bit first.</summary>
    public ReadOnlySpan<ulong> Bitmap => bitmap.Words;

    /// <summary>
    /// The alignment order that users ask for with a number of pages: the smallest that covers it, up to the cap.
    /// </summary>
    /// <remarks><b>Kernel:</b> <c>get_order()</c> and CONFIG_CMA_ALIGNMENT.</remarks>
    public int AlignmentFor(int pages) =>
        Math.Min(MaxAlignment, 32 - BitOperations.LeadingZeroCount((uint)pages - 1));

    /// <summary>Takes a run of frames.</summary>
    /// <param name="pages">How many; at least one.</param>
    /// <param name="alignOrder">The physical frame number is a multiple of 2 to this power.</param>
    /// <returns>
    /// The first frame; <see cref="Errno.ENOMEM"/> where the area is too small, no run is long enough, or every run has
    /// a pinned page. The frames read as zeros.
    /// </returns>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>cma_alloc()</c> with <c>bitmap_find_next_zero_area_off()</c> and
    /// <c>alloc_contig_range()</c>. A window that turns out busy has been emptied of all that could be moved.</para>
    /// <para><b>Cost:</b> one pass over the bitmap, 64 bits at a time, and each page that is moved.</para>
    /// </remarks>
    public Result<int> Allocate(int pages, int alignOrder)
    {
        trace.Ftrace?.CmaAllocStart(Name, pages, AvailablePages, TotalPages, alignOrder);
        LastCost = CmaCosts.Attempt;
        int bits = BitsFor(pages);
        if (bits > bitmap.Length)
        {
            return RefuseOversize(pages);
        }

        if (!memory.IsRehearsal)
        {
            Policy.Requested(this, pages, alignOrder);
        }

        if (kept.Count > 0 && TakeKept(pages, alignOrder) is var page and >= 0)
        {
            LastCost = 0;
            return HandOut(page, pages);
        }

        if (kernel.CmaCountsAvailable && pages > FreePages)
        {
            return RefuseFull(pages);
        }

        if (loans is not null || isolated is not null || Policy.RunOrder is not null)
        {
            return Search(pages, alignOrder);
        }

        int bit = FindClearRun(bits, alignOrder);
        if (bit < 0)
        {
            return RefuseFull(pages);
        }

        TraceWindow(bit << OrderPerBit, pages, moved: 0, endsWithMove: false, blocker: -1);
        if (IsInPageAllocator)
        {
            memory.Buddy.TakeRange(FrameOf(bit << OrderPerBit), pages);
        }

        bitmap.Set(bit, bits);
        return HandOut(bit << OrderPerBit, pages);
    }

    /// <summary>Gives frames back.</summary>
    /// <exception cref="KernelBugException">The frames are not an allocated part of the area.</exception>
    /// <remarks>
    /// <b>Kernel:</b> <c>cma_release()</c>. A part of an allocation may go back where a bit is one page.
    /// </remarks>
    public void Release(int frame, int pages)
    {
        int page = PageOf(frame);
        int bit = page >> OrderPerBit;
        int bits = BitsFor(pages);
        if (page < 0 || pages > RangeOf(page).EndPage - page || !bitmap.AreSet(bit, bits)
            || (kept.Count > 0 && IsKept(page, pages)))
        {
            throw new KernelBugException(
                "cma_release", $"{pages} pages from frame {frame} are not allocated in '{Name}'");
        }

        ReleasedPages += pages;
        trace.Ftrace?.CmaRelease(Name, PfnOf(frame), pages);
        trace.Note(TraceEvent.PagesFreed, frame, pages, name: Name);
        if (Policy.Keeps(this, page, pages))
        {
            kept.Add(new FrameRun(page, pages));
            return;
        }

        if (IsInPageAllocator)
        {
            memory.Buddy.ReturnRange(frame, pages);
        }

        bitmap.Clear(bit, bits);
    }

    /// <summary>Whether a frame is handed out.</summary>
    public bool IsAllocated(int frame) =>
        PageOf(frame) is var page && page >= 0 && bitmap.AreSet(page >> OrderPerBit, 1);

    /// <summary>Answers a request for more pages than the area has.</summary>
    internal Result RefuseOversize(long pages)
    {
        // Older kernels answer before they count or log anything.
        if (kernel.CmaCountsAvailable)
        {
            Fail(pages, kernel.CmaExhausted);
        }
        else if (kernel.CmaCountsOversize)
        {
            CountFailure(pages);
        }

        return trace.Refuse(Errno.ENOMEM, Reason.LargerThanArea, Name);
    }

    /// <summary>How many bits of the bitmap a request takes.</summary>
    public int BitsFor(int pages) => (int)(((long)pages + (1 << OrderPerBit) - 1) >> OrderPerBit);

    /// <summary>The nanoseconds that the policy wants a request to wait before it is made again.</summary>
    /// <exception cref="CmaPolicyFaultException">They are negative or more than a day has.</exception>
    public long RetryDelay
    {
        get
        {
            long delay = Policy.RetryDelay;
            return delay is >= 0 and <= LongestDelay
                ? delay
                : throw new CmaPolicyFaultException(
                    Policy, $"gives the retry delay {delay}; it must be from 0 to {LongestDelay} nanoseconds");
        }
    }

    private Result RefuseFull(int pages)
    {
        Fail(pages, kernel.CmaExhausted);
        return Refuse(pages, Reason.NoContiguousRun, Name);
    }

    private int TakeKept(int pages, int alignOrder)
    {
        int index = kept.FindIndex(block => Serves(block, pages, alignOrder));
        int page = index < 0 ? -1 : kept[index].First;
        if (index >= 0)
        {
            kept.RemoveAt(index);
        }

        return page;
    }

    /// <summary>Whether the policy keeps one of some pages.</summary>
    internal bool IsKept(int page, int pages) =>
        kept.Exists(block => block.First < page + pages && page < block.End);

    /// <summary>Whether a block that is kept is given to a request.</summary>
    internal bool Serves(FrameRun block, int pages, int alignOrder) =>
        block.Count == pages && IsAligned(block.First, alignOrder);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Result<int> HandOut(int page, int pages)
    {
        AllocatedPagesSucceeded += pages;
        AllocationsSucceeded++;
        PeakPages = Math.Max(PeakPages, UsedPages);
        TopPage = Math.Max(TopPage, page + pages);
        int frame = FrameOf(page);
        memory.Renew(frame, pages);
        trace.Ftrace?.CmaAllocFinish(Name, PfnOf(frame), pages, 0);
        trace.Note(TraceEvent.PagesTaken, frame, pages, name: Name);
        return frame;
    }
}
