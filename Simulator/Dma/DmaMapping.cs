using DmaBufSim.Abi;
using DmaBufSim.Memory;
using DmaBufSim.Tracing;

namespace DmaBufSim.Dma;

/// <summary>Gives devices addresses for memory and takes them back.</summary>
/// <remarks><b>Kernel:</b> kernel/dma/mapping.c: dma-direct without an IOMMU, dma-iommu behind one.</remarks>
public sealed class DmaMapping(PhysicalMemory memory, Trace trace)
{
    /// <summary>Fills the device side of a table.</summary>
    /// <returns>
    /// <see cref="Errno.EIO"/> where a frame lies above the device's mask; <see cref="Errno.ENOMEM"/> where the IOMMU
    /// has no free range of addresses.
    /// </returns>
    /// <exception cref="KernelBugException">The direction is none.</exception>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>dma_map_sgtable()</c>, kernel/dma/mapping.c.</para>
    /// <para><b>Cost:</b> proportional to the runs. A second mapping of the same table allocates nothing.</para>
    /// <para><b>Differs:</b> there are no bounce buffers.</para>
    /// </remarks>
    public Result Map(DmaDevice device, SgTable table, DmaDirection direction)
    {
        if (direction == DmaDirection.None)
        {
            throw new KernelBugException("__dma_map_sg_attrs", "!valid_dma_direction(dir)");
        }

        return device.Iommu is { } iommu ? iommu.Map(device, table, direction) : MapDirect(device, table);
    }

    /// <summary>Takes the addresses back.</summary>
    /// <remarks><b>Kernel:</b> <c>dma_unmap_sgtable()</c>.</remarks>
    public static void Unmap(DmaDevice device, SgTable table)
    {
        device.Iommu?.Unmap(table);
        table.ClearSegments();
    }

    private Result MapDirect(DmaDevice device, SgTable table)
    {
        ReadOnlySpan<FrameRun> runs = table.Runs;
        if (runs.Length == 1)
        {
            DmaSegment segment = SegmentOf(runs[0]);
            if (!Reaches(device, segment))
            {
                return Refuse(device, 0, segment.Length);
            }

            table.SetSegment(segment);
            return Result.Ok;
        }

        DmaSegment[] segments = table.SpareSegments;
        long offset = 0;
        for (int i = 0; i < runs.Length; i++)
        {
            segments[i] = SegmentOf(runs[i]);
            if (!Reaches(device, segments[i]))
            {
                return Refuse(device, offset, segments[i].Length);
            }

            offset += segments[i].Length;
        }

        table.SetSegments(segments, runs.Length);
        return Result.Ok;
    }

    private DmaSegment SegmentOf(FrameRun run) =>
        new((ulong)memory.Address(run.First), (long)run.Count << PhysicalMemory.PageShift);

    private static bool Reaches(DmaDevice device, DmaSegment segment) =>
        segment.Address + (ulong)segment.Length - 1 <= device.Mask;

    private Result Refuse(DmaDevice device, long offset, long length) =>
        trace.Refuse(Errno.EIO, Reason.AddressBeyondMask, device.Master.Name, null, offset, length);
}
