using DmaBufSim.Memory;

namespace DmaBufSim.Machines;

/// <summary>The figures of a machine's memory at one moment.</summary>
/// <param name="Step">How many steps of the story were played.</param>
/// <param name="Nanoseconds">Simulated time since the machine was switched on.</param>
/// <param name="FreePages">Free pages of the whole machine, with the idle pages of areas (<c>MemFree</c>).</param>
/// <param name="Area">The figures of the area that is watched, or null.</param>
/// <param name="FragmentationIndex">
/// Of the page allocator, in thousandths: -1000 where a block is there, near 0 where memory lacks, near 1000 where it
/// is in pieces.
/// </param>
/// <param name="UnusableIndex">
/// Of the page allocator, in thousandths: the part of its free memory that lies in blocks that are too small.
/// </param>
/// <param name="MovedPages">Pages that were copied out of windows so far.</param>
/// <param name="DroppedPages">Pages of page cache that were dropped to empty windows so far.</param>
/// <param name="Failures">Requests for memory that failed so far.</param>
public readonly record struct MachineSample(
    long Step,
    long Nanoseconds,
    long FreePages,
    AreaSample? Area,
    int FragmentationIndex,
    int UnusableIndex,
    long MovedPages,
    long DroppedPages,
    long Failures);

/// <summary>The figures of an area at one moment.</summary>
/// <param name="FreePages">Pages that are not handed out.</param>
/// <param name="IdlePages">Those of them that hold no movable memory either.</param>
/// <param name="LargestRun">The longest run of pages that are not handed out (<c>maxchunk</c>).</param>
public readonly record struct AreaSample(long FreePages, long IdlePages, long LargestRun);

/// <summary>Takes samples of a machine.</summary>
/// <param name="area">The name of the area that is watched, or null.</param>
/// <param name="order">The order that the two indices of the page allocator are taken for.</param>
public sealed class MachineSampler(string? area, int order)
{
    private readonly List<MachineSample> samples = [];
    private long failures;

    /// <summary>The area that is watched, or null.</summary>
    public string? Area => area;

    /// <summary>The order that the two indices are taken for.</summary>
    public int Order => order;

    /// <summary>The samples so far.</summary>
    public IReadOnlyList<MachineSample> Samples => samples;

    /// <summary>Counts a request that failed.</summary>
    public void CountFailure() => failures++;

    /// <summary>Takes a sample.</summary>
    public void Take(Machine machine, long step)
    {
        CmaArea? watched = machine.Areas.FirstOrDefault(one => one.Name == area);
        IEnumerable<CmaArea> counted = watched is null ? machine.Areas : [watched];
        BuddyAllocator buddy = machine.Memory.Buddy;
        samples.Add(new MachineSample(
            step,
            machine.Clock.Now,
            buddy.FreeFrames + machine.Areas.Sum(one => one.IdlePages),
            watched is null ? null : new AreaSample(watched.FreePages, watched.IdlePages, watched.MaxChunk),
            FragmentationIndex(buddy, order),
            UnusableIndex(buddy, order),
            counted.Sum(one => one.MovedPages),
            counted.Sum(one => one.DroppedPages),
            failures));
    }

    /// <summary>Why a block of an order cannot be had, in thousandths.</summary>
    public static int FragmentationIndex(BuddyAllocator buddy, int order) =>
        FreeBlockIndices.Fragmentation(order, Blocks(buddy));

    /// <summary>How much of the free memory is of no use for an order, in thousandths.</summary>
    public static int UnusableIndex(BuddyAllocator buddy, int order) =>
        FreeBlockIndices.Unusable(order, Blocks(buddy));

    private static long[] Blocks(BuddyAllocator buddy) =>
        [.. Enumerable.Range(0, BuddyAllocator.MaxOrder + 1).Select(order => (long)buddy.FreeBlocks(order))];
}
