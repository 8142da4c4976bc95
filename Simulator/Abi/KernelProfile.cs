using System.Collections.Immutable;

namespace DmaBufSim.Abi;

/// <summary>
/// What differs between the kernel generations that can be simulated: every difference, and nowhere else.
/// </summary>
/// <remarks>A room asks for the one property it needs; no room compares version numbers.</remarks>
public sealed record KernelProfile
{
    /// <summary>The name a scenario uses: <c>6.1</c>, <c>6.12</c> or <c>7.3</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The stable release whose behaviour was recorded.</summary>
    public required string Release { get; init; }

    /// <summary>
    /// A private mapping of a system-heap buffer may cover one whole chunk. Otherwise it may cover one page only,
    /// because <c>system_heap_mmap()</c> remaps page by page.
    /// </summary>
    public required bool PrivateMapsWholeChunk { get; init; }

    /// <summary>The dma-buf filesystem is mounted no-exec: PROT_EXEC gives EPERM.</summary>
    public required bool NoExec { get; init; }

    /// <summary>
    /// An attachment with exactly one dynamic side is mapped for both directions at attach and keeps that table
    /// until detach (<c>dma_buf_dynamic_attach()</c> before 6.15).
    /// </summary>
    public required bool MapsDynamicImporterAtAttach { get; init; }

    /// <summary>
    /// A forked process does not run before it has something to do, and until then keeps the copies of its parent's
    /// sockets that it has no use for. Seen in recordings; later schedulers let it run at once.
    /// </summary>
    public required bool ForkedProcessWaits { get; init; }

    /// <summary>
    /// Mode bits of every file, as bufinfo prints them (<c>FMODE_OPENED</c> and friends), without read and write.
    /// </summary>
    public required uint FileModeBits { get; init; }

    /// <summary>
    /// The heap on the default CMA area is called <c>default_cma_region</c>, and the area has a second heap of its own
    /// name.
    /// </summary>
    public required bool NamesDefaultCmaRegion { get; init; }

    /// <summary>
    /// What <c>cma_alloc()</c> logs when no window was free: ENOMEM, or EBUSY where ranges are tried in turn.
    /// </summary>
    public required Errno CmaExhausted { get; init; }

    /// <summary>The CMA area counts its free pages, and refuses a larger request before it searches.</summary>
    public required bool CmaCountsAvailable { get; init; }

    /// <summary>The kernel function named in the failure line of the CMA log.</summary>
    public required string CmaAllocFunction { get; init; }

    /// <summary>Which allocations from areas wait for each other.</summary>
    public required CmaLock CmaLock { get; init; }

    /// <summary>
    /// A request for more pages than the area has counts as failed (before 6.9); neither log nor trace tell of it.
    /// </summary>
    public required bool CmaCountsOversize { get; init; }

    /// <summary>
    /// An area is a list of ranges and may have several (<c>cma_declare_contiguous_multi()</c>), each with a folder in
    /// debugfs, and <c>cma_alloc_finish</c> of a request that failed has page frame 0 instead of the one that was tried
    /// last (6.15 and later).
    /// </summary>
    public required bool CmaHasRanges { get; init; }

    /// <summary>sysfs has <c>release_pages_success</c> (6.9 and later).</summary>
    public required bool CmaCountsReleases { get; init; }

    /// <summary>The trace event <c>cma_alloc_finish</c> has an errno (6.2 and later).</summary>
    public required bool CmaTraceTellsErrno { get; init; }

    /// <summary>The trace event <c>mm_migrate_pages</c> counts the folios that it split (6.7 and later).</summary>
    public required bool MigrateTraceTellsSplits { get; init; }

    /// <summary>/proc/vmstat has <c>nr_free_pages_blocks</c> (6.15 and later).</summary>
    public required bool CountsFreePageblocks { get; init; }

    /// <summary>
    /// A signalled fence is cut loose from its driver: its names become <c>detached-driver</c> and
    /// <c>signaled-timeline</c>, and a table of operations without release and wait is dropped (7.x).
    /// </summary>
    public required bool DetachesSignaledFences { get; init; }

    /// <summary>
    /// A line about a fence starts with context and sequence number, and names only pending fences
    /// (<c>dma_fence_describe()</c> in 7.x).
    /// </summary>
    public required bool DescribesFenceContext { get; init; }

    /// <summary>
    /// <c>dma_fence_signal()</c> answers EINVAL for a fence that has signalled already; 7.x answers nothing.
    /// </summary>
    public required bool RefusesSecondSignal { get; init; }

    /// <summary>A fence array can be made to signal with its first member (<c>signal_on_any</c>, before 7.x).</summary>
    public required bool ArraysCanSignalOnAny { get; init; }

    /// <summary>The stub fence has the time of boot, not of its first use.</summary>
    public required bool StubSignalsAtBoot { get; init; }

    /// <summary>
    /// Fences take deadline hints, and sync_files and software timelines have ioctls for them (6.4 and later).
    /// </summary>
    public required bool HasFenceDeadlines { get; init; }

    /// <summary>Reserving slots for zero fences is refused with a warning (6.2 and later).</summary>
    public required bool RefusesZeroSlots { get; init; }

    /// <summary>The seals that memfds know.</summary>
    public required MemfdSeals KnownSeals { get; init; }

    /// <summary>The default of <c>size_limit_mb</c>, the most MiB that one udmabuf may have.</summary>
    public required int UdmabufSizeLimitMiB { get; init; }

    /// <summary>
    /// An empty stretch in the list of a udmabuf is accepted, as long as the whole is not empty (before 6.12).
    /// </summary>
    public required bool UdmabufAcceptsEmptyItems { get; init; }

    /// <summary>
    /// Neighbouring pages of a udmabuf become one entry of a table; 6.12 makes an entry for each page.
    /// </summary>
    public required bool UdmabufMergesPages { get; init; }

    /// <summary>
    /// An attachment to a udmabuf keeps its first table until detach (<c>cache_sgt_mapping</c>, before 6.15).
    /// </summary>
    public required bool UdmabufCachesTables { get; init; }

    /// <summary>
    /// The pages of a udmabuf leave CMA areas first (<c>memfd_pin_folios()</c>, 6.12); before, they stay and block
    /// them.
    /// </summary>
    public required bool UdmabufPagesLeaveAreas { get; init; }

    /// <summary>The kernel can map a udmabuf (6.2 and later).</summary>
    public required bool UdmabufHasVmap { get; init; }

    private static readonly KernelProfile Linux61 = new()
    {
        Name = "6.1",
        Release = "6.1.192",
        PrivateMapsWholeChunk = false,
        NoExec = false,
        MapsDynamicImporterAtAttach = true,
        ForkedProcessWaits = true,
        FileModeBits = 0x00080004,
        NamesDefaultCmaRegion = false,
        CmaExhausted = Errno.ENOMEM,
        CmaCountsAvailable = false,
        CmaAllocFunction = "cma_alloc",
        CmaLock = CmaLock.Global,
        CmaCountsOversize = true,
        CmaHasRanges = false,
        CmaCountsReleases = false,
        CmaTraceTellsErrno = false,
        MigrateTraceTellsSplits = false,
        CountsFreePageblocks = false,
        DetachesSignaledFences = false,
        DescribesFenceContext = false,
        RefusesSecondSignal = true,
        ArraysCanSignalOnAny = true,
        StubSignalsAtBoot = false,
        HasFenceDeadlines = false,
        RefusesZeroSlots = false,
        KnownSeals = MemfdSeals.Seal | MemfdSeals.Shrink | MemfdSeals.Grow | MemfdSeals.Write | MemfdSeals.FutureWrite,
        UdmabufSizeLimitMiB = 64,
        UdmabufAcceptsEmptyItems = true,
        UdmabufMergesPages = true,
        UdmabufCachesTables = true,
        UdmabufPagesLeaveAreas = false,
        UdmabufHasVmap = false,
    };

    /// <summary>Linux 6.12, the default.</summary>
    public static KernelProfile Default { get; } = Linux61 with
    {
        Name = "6.12",
        Release = "6.12.117",
        ForkedProcessWaits = false,
        CmaAllocFunction = "__cma_alloc",
        CmaCountsOversize = false,
        CmaCountsReleases = true,
        CmaTraceTellsErrno = true,
        MigrateTraceTellsSplits = true,
        HasFenceDeadlines = true,
        RefusesZeroSlots = true,
        KnownSeals = Linux61.KnownSeals | MemfdSeals.Execute,
        UdmabufAcceptsEmptyItems = false,
        UdmabufMergesPages = false,
        UdmabufPagesLeaveAreas = true,
        UdmabufHasVmap = true,
    };

    private static readonly KernelProfile Linux73 = Default with
    {
        Name = "7.3",
        Release = "7.3.4",
        PrivateMapsWholeChunk = true,
        NoExec = true,
        MapsDynamicImporterAtAttach = false,
        FileModeBits = 0x02080004,
        NamesDefaultCmaRegion = true,
        CmaExhausted = Errno.EBUSY,
        CmaCountsAvailable = true,
        CmaAllocFunction = "__cma_alloc_frozen",
        CmaLock = CmaLock.Area,
        CmaHasRanges = true,
        CountsFreePageblocks = true,
        DetachesSignaledFences = true,
        DescribesFenceContext = true,
        RefusesSecondSignal = false,
        ArraysCanSignalOnAny = false,
        StubSignalsAtBoot = true,
        UdmabufSizeLimitMiB = int.MaxValue,
        UdmabufMergesPages = true,
        UdmabufCachesTables = false,
    };

    /// <summary>Every kernel generation, oldest first.</summary>
    public static ImmutableArray<KernelProfile> All { get; } = [Linux61, Default, Linux73];

    /// <summary>The generation of that name, or null.</summary>
    public static KernelProfile? Find(string name)
    {
        foreach (KernelProfile profile in All)
        {
            if (profile.Name == name)
            {
                return profile;
            }
        }

        return null;
    }
}
