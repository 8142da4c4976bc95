using System.Runtime.InteropServices;
using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Dma;
using DmaBufSim.Files;
using DmaBufSim.Memory;
using DmaBufSim.Tracing;

namespace DmaBufSim.Heaps;

/// <summary>The storage of a udmabuf: pages of memfds, shared and never copied.</summary>
/// <remarks>
/// <b>Kernel:</b> <c>udmabuf_ops</c>, drivers/dma-buf/udmabuf.c. It keeps the pages and not the files, so a memfd may
/// be closed while its pages live on here.
/// </remarks>
public sealed class UdmabufBuffer : DmaBufExporter
{
    private readonly Udmabuf driver;
    private readonly MemfdPage[] pages;
    private SgTable? forCpu;

    internal UdmabufBuffer(Udmabuf driver, MemfdPage[] pages)
    {
        this.driver = driver;
        this.pages = pages;
    }

    /// <summary>The pages, in the order of the buffer's bytes. One may be there more than once.</summary>
    public ReadOnlySpan<MemfdPage> Pages => pages;

    /// <inheritdoc/>
    public override bool CanVmap => driver.Kernel.UdmabufHasVmap;

    /// <inheritdoc/>
    public override bool CachesTables => driver.Kernel.UdmabufCachesTables;

    /// <inheritdoc/>
    /// <remarks><b>Kernel:</b> <c>get_sg_table()</c>: each mapping has a table of its own.</remarks>
    protected internal override Result<SgTable> Map(DmaBufAttachment attachment, DmaDirection direction) =>
        MapFor(attachment.Device, direction);

    /// <inheritdoc/>
    protected internal override void Unmap(DmaBufAttachment attachment, SgTable table, DmaDirection direction) =>
        DmaMapping.Unmap(attachment.Device, table);

    /// <inheritdoc/>
    /// <returns><see cref="Errno.EINVAL"/> for a private mapping.</returns>
    protected internal override Result Mmap(DmaBuf buffer, in MappingRequest request) =>
        request.IsShared
            ? Result.Ok
            : driver.Trace.Refuse(Errno.EINVAL, Reason.PrivateMappingRefused, Udmabuf.ExporterName);

    /// <inheritdoc/>
    /// <returns>What the DMA layer answers, the first time.</returns>
    /// <remarks>
    /// <b>Kernel:</b> <c>begin_cpu_udmabuf()</c>: the first call maps the pages for the device of the driver, and that
    /// mapping stays.
    /// </remarks>
    protected internal override Result BeginCpuAccess(DmaBuf buffer, DmaDirection direction)
    {
        if (forCpu is null)
        {
            Result<SgTable> mapped = MapFor(driver.Device, direction);
            if (!mapped.IsOk)
            {
                return mapped.Status;
            }

            forCpu = mapped.Value;
        }
        else
        {
            CheckDirection("dma_sync_sg_for_cpu", direction);
        }

        NoteSync(buffer);
        return Result.Ok;
    }

    /// <inheritdoc/>
    /// <returns><see cref="Errno.EINVAL"/> before the first begin.</returns>
    /// <remarks><b>Kernel:</b> <c>end_cpu_udmabuf()</c>.</remarks>
    protected internal override Result EndCpuAccess(DmaBuf buffer, DmaDirection direction)
    {
        if (forCpu is null)
        {
            return driver.Trace.Refuse(Errno.EINVAL, Reason.CpuAccessNotBegun);
        }

        CheckDirection("dma_sync_sg_for_device", direction);
        NoteSync(buffer);
        return Result.Ok;
    }

    /// <inheritdoc/>
    protected internal override int FrameAt(int page) => pages[page].Frame;

    /// <inheritdoc/>
    protected internal override void Release(DmaBuf buffer)
    {
        if (forCpu is { } mapped)
        {
            DmaMapping.Unmap(driver.Device, mapped);
        }

        Udmabuf.Release(pages);
    }

    private static void CheckDirection(string function, DmaDirection direction)
    {
        if (direction == DmaDirection.None)
        {
            throw new KernelBugException(function, "!valid_dma_direction(dir)");
        }
    }

    private Result<SgTable> MapFor(DmaDevice device, DmaDirection direction)
    {
        SgTable table = MakeTable();
        Result mapped = driver.Mapping.Map(device, table, direction);
        return mapped.IsOk ? table : mapped;
    }

    private SgTable MakeTable()
    {
        List<FrameRun> runs = [];
        foreach (MemfdPage page in pages)
        {
            bool joins = driver.Kernel.UdmabufMergesPages
                && runs.Count > 0
                && runs[^1].First + runs[^1].Count == page.Frame;
            if (joins)
            {
                runs[^1] = runs[^1] with { Count = runs[^1].Count + 1 };
            }
            else
            {
                runs.Add(new FrameRun(page.Frame, 1));
            }
        }

        return new SgTable(CollectionsMarshal.AsSpan(runs));
    }

    private void NoteSync(DmaBuf buffer) =>
        driver.Trace.Note(TraceEvent.CacheSynced, buffer.Inode, 0, buffer.Size, driver.Device.Name);
}
