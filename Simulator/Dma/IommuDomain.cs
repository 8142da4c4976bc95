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
/// aligned to its size rounded up to a power of two; page 0 is never used. A search goes on below the range that was
/// given out last, and only then looks above it.</para>
/// <para><b>Differs:</b> no caches of small ranges that were freed, no limit but the device's mask, and invalidation is
/// immediate.</para>
/// <para><b>Cost:</b> a mapping costs the ranges that the search passes and the runs of the table.</para>
/// </remarks>
public sealed class IommuDomain(Trace trace)
{
    private const int SmallRange = 32;

    private readonly SortedList<ulong, Range> ranges = [];

    // The range below which the next search starts; null for the top.
    private ulong? searchBelow;

    /// <summary>How many tables are mapped.</summary>
    public int Count => ranges.Count;

    internal Result Map(DmaDevice device, SgTable table, DmaDirection direction)
    {
        ulong? first = FindFree(device, (ulong)table.Pages);
        if (first is not { } page)
        {
            return trace.Refuse(
                Errno.ENOMEM,
                Reason.IovaExhausted,
                device.Master.Name,
                null,
                0,
                (long)table.Pages << PhysicalMemory.PageShift);
        }

        ranges.Add(page, new Range(table, direction));
        searchBelow = page;
        uint maxSegment = (uint)Math.Min(device.MaxSegment ?? uint.MaxValue, uint.MaxValue);
        SetSegments(table, page << PhysicalMemory.PageShift, maxSegment);
        return Result.Ok;
    }

    internal void Unmap(SgTable table)
    {
        Invariant.Holds(table.SegmentCount > 0);
        ulong page = table.Segments[0].Address >> PhysicalMemory.PageShift;
        int index = ranges.IndexOfKey(page);
        Invariant.Holds(index >= 0);
        Invariant.Holds(ranges.GetValueAtIndex(index).Table == table);
        if (page >= searchBelow)
        {
            searchBelow = index + 1 < ranges.Count ? ranges.GetKeyAtIndex(index + 1) : null;
        }

        ranges.RemoveAt(index);
    }

    /// <summary>The frames behind a device address, as far as they are consecutive.</summary>
    /// <param name="device">The device.</param>
    /// <param name="address">The address.</param>
    /// <param name="wanted">What the device wants to do.</param>
    /// <param name="offset">Where in the buffer the driver means to be; it goes into a refusal only.</param>
    /// <param name="length">How many bytes from there.</param>
    /// <returns><see cref="Errno.EFAULT"/> where nothing is mapped or the direction forbids the access.</returns>
    public Result<FrameRun> Translate(
        DmaDevice device, ulong address, AccessRights wanted, long offset = -1, long length = -1)
    {
        ulong page = address >> PhysicalMemory.PageShift;
        int index = LastAtOrBelow(page);
        if (index < 0 || page - ranges.GetKeyAtIndex(index) >= (ulong)ranges.GetValueAtIndex(index).Table.Pages)
        {
            return trace.Refuse(Errno.EFAULT, Reason.OutsideAttachment, device.Master.Name, null, offset, length);
        }

        Range range = ranges.GetValueAtIndex(index);

        // First-stage tables cannot express write-only, so only a write can be stopped.
        if (range.Direction == DmaDirection.ToDevice && (wanted & AccessRights.Write) != 0)
        {
            return trace.Refuse(Errno.EFAULT, Reason.DirectionForbids, device.Master.Name, null, offset, length);
        }

        return range.Table.RunFrom((int)(page - ranges.GetKeyAtIndex(index)));
    }

    private ulong? FindFree(DmaDevice device, ulong pages)
    {
        if (pages < SmallRange)
        {
            pages = BitOperations.RoundUpToPowerOf2(pages);
        }

        ulong end = (device.Mask >> PhysicalMemory.PageShift) + 1;
        if (searchBelow is not { } last)
        {
            return Search(ranges.Count, pages, end, 1);
        }

        int index = ranges.IndexOfKey(last);
        return Search(index, pages, end, 1)
            ?? Search(ranges.Count, pages, end, last + ranges.GetValueAtIndex(index).ReservedPages);
    }

    // Looks at the gaps below a range, or from the top for the index past the last, down to a page.
    private ulong? Search(int from, ulong pages, ulong end, ulong lowest)
    {
        ulong alignment = BitOperations.RoundUpToPowerOf2(pages);
        for (int i = from; i >= 0; i--)
        {
            ulong top = i < ranges.Count ? Math.Min(end, ranges.GetKeyAtIndex(i)) : end;
            if (top < pages)
            {
                return null;
            }

            ulong candidate = (top - pages) & ~(alignment - 1);
            ulong floor = i > 0 ? ranges.GetKeyAtIndex(i - 1) + ranges.GetValueAtIndex(i - 1).ReservedPages : 1;
            if (candidate < lowest)
            {
                return null;
            }

            if (candidate >= floor)
            {
                return candidate;
            }
        }

        return null;
    }

    // The loop of __finalise_sg(): the subtraction wraps in 32 bits, so that an entry longer than the limit
    // swallows everything after it, as it does in Linux. A range at the very top ends where addresses wrap.
    private static void SetSegments(SgTable table, ulong address, uint maxSegment)
    {
        DmaSegment[] segments = table.SpareSegments;
        int count = 0;
        uint current = 0;
        foreach (FrameRun run in table.Runs)
        {
            long length = (long)run.Count << PhysicalMemory.PageShift;
            bool merges = current != 0 && unchecked(maxSegment - current >= (uint)length);
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

            address = unchecked(address + (ulong)length);
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

    private readonly record struct Range(SgTable Table, DmaDirection Direction)
    {
        public ulong ReservedPages => Table.Pages < SmallRange
            ? BitOperations.RoundUpToPowerOf2((ulong)Table.Pages)
            : (ulong)Table.Pages;
    }
}
