using System.Numerics;
using DmaBufSim.Abi;
using DmaBufSim.Engine;
using DmaBufSim.Memory;
using DmaBufSim.Security;
using DmaBufSim.Tracing;

namespace DmaBufSim.Dma;

/// <summary>The translation of one device: which addresses it may use, and the frames behind them.</summary>
/// <remarks>
/// <para><b>Kernel:</b> drivers/iommu/dma-iommu.c and iova.c. Addresses are given out from the top down, each range
/// aligned to its size rounded up to a power of two; page 0 is never used.</para>
/// <para><b>Differs:</b> the search always starts at the top, without the cached node and the caches of small ranges,
/// and invalidation is immediate.</para>
/// <para><b>Cost:</b> a mapping costs one pass over the live ranges and the runs of the table.</para>
/// </remarks>
public sealed class IommuDomain(Trace trace)
{
    private const int SmallRange = 32;

    private readonly SortedList<ulong, Range> ranges = [];

    /// <summary>How many tables are mapped.</summary>
    public int Count => ranges.Count;

    internal Result Map(DmaDevice device, SgTable table, DmaDirection direction)
    {
        ulong? first = FindFree(device, (ulong)table.Pages);
        if (first is not { } page)
        {
            return trace.Refuse(
                Errno.ENOMEM, Reason.IovaExhausted, device.Master.Name, null, 0, (long)table.Pages << PhysicalMemory.PageShift);
        }

        ranges.Add(page, new Range(table, direction));
        SetSegments(table, page << PhysicalMemory.PageShift, device.MaxSegment ?? uint.MaxValue);
        return Result.Ok;
    }

    internal void Unmap(SgTable table)
    {
        int index = ranges.IndexOfValue(new Range(table, default));
        Invariant.Holds(index >= 0);
        ranges.RemoveAt(index);
    }

    /// <summary>The frames behind a device address, as far as they are consecutive.</summary>
    /// <returns><see cref="Errno.EFAULT"/> where nothing is mapped or the direction forbids the access.</returns>
    public Result<FrameRun> Translate(DmaDevice device, ulong address, AccessRights wanted)
    {
        ulong page = address >> PhysicalMemory.PageShift;
        int index = LastAtOrBelow(page);
        if (index < 0 || page - ranges.GetKeyAtIndex(index) >= (ulong)ranges.GetValueAtIndex(index).Table.Pages)
        {
            return trace.Refuse(Errno.EFAULT, Reason.OutsideAttachment, device.Master.Name);
        }

        Range range = ranges.GetValueAtIndex(index);

        // First-stage tables cannot express write-only, so only a write can be stopped.
        if (range.Direction == DmaDirection.ToDevice && (wanted & AccessRights.Write) != 0)
        {
            return trace.Refuse(Errno.EFAULT, Reason.DirectionForbids, device.Master.Name);
        }

        return range.Table.RunFrom((int)(page - ranges.GetKeyAtIndex(index)));
    }

    private ulong? FindFree(DmaDevice device, ulong pages)
    {
        if (pages < SmallRange)
        {
            pages = BitOperations.RoundUpToPowerOf2(pages);
        }

        ulong alignment = BitOperations.RoundUpToPowerOf2(pages);
        ulong end = (device.Mask >> PhysicalMemory.PageShift) + 1;
        for (int i = ranges.Count - 1; i >= -1; i--)
        {
            ulong floor = i < 0 ? 1 : ranges.GetKeyAtIndex(i) + ranges.GetValueAtIndex(i).ReservedPages;
            if (end >= pages)
            {
                ulong candidate = (end - pages) & ~(alignment - 1);
                if (candidate >= floor)
                {
                    return candidate;
                }
            }

            end = i < 0 ? 0 : ranges.GetKeyAtIndex(i);
        }

        return null;
    }

    // The loop of __finalise_sg(): the subtraction wraps in 32 bits, so that an entry longer than the limit
    // swallows everything after it, as it does in Linux.
    private static void SetSegments(SgTable table, ulong address, long maxSegment)
    {
        DmaSegment[] segments = table.SpareSegments;
        int count = 0;
        uint current = 0;
        foreach (FrameRun run in table.Runs)
        {
            long length = (long)run.Count << PhysicalMemory.PageShift;
            bool merges = current != 0 && unchecked((uint)maxSegment - current) >= unchecked((uint)length);
            if (merges)
            {
                DmaSegment previous = segments[count - 1];
                segments[count - 1] = previous with { Length = previous.Length + length };
                current = unchecked(current + (uint)length);
            }
            else
            {
                segments[count] = new DmaSegment(address, length);
                count++;
                current = unchecked((uint)length);
            }

            address += (ulong)length;
        }

        table.SetSegments(segments, count);
    }

    private int LastAtOrBelow(ulong page)
    {
        int low = 0;
        int high = ranges.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (ranges.GetKeyAtIndex(middle) <= page)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low - 1;
    }

    private readonly struct Range(SgTable table, DmaDirection direction) : IEquatable<Range>
    {
        public SgTable Table { get; } = table;

        public DmaDirection Direction { get; } = direction;

        public ulong ReservedPages => Table.Pages < SmallRange
            ? BitOperations.RoundUpToPowerOf2((ulong)Table.Pages)
            : (ulong)Table.Pages;

        public bool Equals(Range other) => ReferenceEquals(Table, other.Table);

        public override bool Equals(object? obj) => obj is Range other && Equals(other);

        public override int GetHashCode() => Table.Pages;
    }
}
