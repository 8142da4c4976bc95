using DmaBufSim.Abi;
using DmaBufSim.Fences;
using DmaBufSim.Files;
using DmaBufSim.Tracing;

namespace DmaBufSim.Buffers;

/// <summary>The live buffers of one machine, and the one place where they are made.</summary>
/// <remarks><b>Kernel:</b> <c>db_list</c> and <c>dma_buf_export()</c>, drivers/dma-buf/dma-buf.c.</remarks>
/// <param name="fences">What the fences of the machine share, with its kernel and its trace.</param>
public sealed class DmaBufList(FenceCore fences)
{
    private readonly KernelProfile kernel = fences.Kernel;
    private readonly Trace trace = fences.Trace;
    private DmaBuf? newest;
    private long lastInode;
    private bool hasWarnedOfVmap;

    /// <summary>How many buffers live.</summary>
    public int Count { get; private set; }

    /// <summary>The buffers, newest first, as the debugging files print them.</summary>
    public IEnumerable<DmaBuf> NewestFirst
    {
        get
        {
            for (DmaBuf? at = newest; at is not null; at = at.Older)
            {
                yield return at;
            }
        }
    }

    internal FenceCore Fences => fences;

    internal KernelProfile Kernel => kernel;

    internal Trace Trace => trace;

    /// <summary>Makes a buffer over an exporter's storage, with one reference that belongs to the caller.</summary>
    /// <param name="exporter">The storage.</param>
    /// <param name="size">Bytes.</param>
    /// <param name="flags">The access mode of the file.</param>
    /// <param name="exporterName">What fdinfo and bufinfo print.</param>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>dma_buf_export()</c>. Inode numbers count up from 1 and are never used again.</para>
    /// <para><b>Cost:</b> one object.</para>
    /// </remarks>
    public DmaBuf Export(DmaBufExporter exporter, long size, OpenFlags flags, string exporterName)
    {
        lastInode++;
        DmaBuf buffer = new(this, exporter, size, flags, exporterName, lastInode) { Older = newest };
        if (newest is not null)
        {
            newest.Newer = buffer;
        }

        newest = buffer;
        Count++;
        trace.Note(TraceEvent.BufferExported, lastInode, size, name: exporterName);
        return buffer;
    }

    // WARN_ON_ONCE() in dma_buf_vmap().
    internal void WarnOfVmapOnce()
    {
        if (!hasWarnedOfVmap)
        {
            hasWarnedOfVmap = true;
            trace.Warn("dma_buf_vmap", "ret");
        }
    }

    internal void Remove(DmaBuf buffer)
    {
        if (buffer.Newer is { } newer)
        {
            newer.Older = buffer.Older;
        }
        else
        {
            newest = buffer.Older;
        }

        if (buffer.Older is { } older)
        {
            older.Newer = buffer.Newer;
        }

        Count--;
    }
}
