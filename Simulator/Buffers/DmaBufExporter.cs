using DmaBufSim.Abi;
using DmaBufSim.Dma;
using DmaBufSim.Files;
using DmaBufSim.Security;

namespace DmaBufSim.Buffers;

/// <summary>The storage behind one buffer, and what its exporter lets others do with it.</summary>
/// <remarks>
/// <para><b>Kernel:</b> <c>struct dma_buf_ops</c> with the private data of one buffer, include/linux/dma-buf.h.
/// The core checks first and then calls; an exporter never checks what the core has checked.</para>
/// </remarks>
public abstract class DmaBufExporter
{
    /// <summary>Whether it can pin and move its storage (the <c>pin</c> operation exists).</summary>
    public virtual bool IsDynamic => false;

    /// <summary>Whether the CPU may map it at all (the <c>mmap</c> operation exists).</summary>
    public virtual bool CanMmap => true;

    /// <summary>Whether the kernel may map it (the <c>vmap</c> operation exists).</summary>
    public virtual bool CanVmap => true;

    /// <summary>Whether the core keeps an attachment's first table until detach (<c>cache_sgt_mapping</c>).</summary>
    public virtual bool CachesTables => false;

    /// <summary>The access rules of this buffer, or null where every master may touch it.</summary>
    public virtual Protection? Protection => null;

    /// <summary>What it answers to an importer who asks whether the bytes are protected.</summary>
    /// <remarks><b>Kernel:</b> no Linux has this question.</remarks>
    public virtual bool TellsProtected => false;

    /// <summary>A process names bytes of the buffer, for access rules.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="current">The process that asks.</param>
    /// <param name="name">What rules call the region.</param>
    /// <param name="offset">Its first byte.</param>
    /// <param name="length">Its bytes.</param>
    /// <returns>
    /// <see cref="Errno.EPERM"/> for a process that did not allocate the buffer, <see cref="Errno.EBUSY"/> once it is
    /// in use, <see cref="Errno.EINVAL"/> for a region outside the buffer, for one that hardware cannot keep apart, and
    /// for a buffer without rules.
    /// </returns>
    protected internal virtual Result DefineRegion(
        DmaBuf buffer, object current, string name, long offset, long length) =>
        buffer.FileTrace.Refuse(Errno.EINVAL, Reason.NoRulesHere, name);

    /// <summary>A device attaches. May refuse; detach is not called then.</summary>
    protected internal virtual Result Attach(DmaBufAttachment attachment) => Result.Ok;

    /// <summary>A device detaches.</summary>
    protected internal virtual void Detach(DmaBufAttachment attachment)
    {
    }

    /// <summary>Gives the device its addresses.</summary>
    protected internal abstract Result<SgTable> Map(DmaBufAttachment attachment, DmaDirection direction);

    /// <summary>Takes the addresses back.</summary>
    protected internal abstract void Unmap(DmaBufAttachment attachment, SgTable table, DmaDirection direction);

    /// <summary>Keeps the storage where it is.</summary>
    protected internal virtual Result Pin(DmaBufAttachment attachment) => Result.Ok;

    /// <summary>Lets the storage move again.</summary>
    protected internal virtual void Unpin(DmaBufAttachment attachment)
    {
    }

    /// <summary>The CPU is about to access the bytes.</summary>
    protected internal virtual Result BeginCpuAccess(DmaBuf buffer, DmaDirection direction) => Result.Ok;

    /// <summary>The CPU has accessed the bytes.</summary>
    protected internal virtual Result EndCpuAccess(DmaBuf buffer, DmaDirection direction) => Result.Ok;

    /// <summary>A process maps pages that lie inside the buffer.</summary>
    protected internal virtual Result Mmap(DmaBuf buffer, in MappingRequest request) => Result.Ok;

    /// <summary>The kernel maps the whole buffer.</summary>
    protected internal virtual Result Vmap(DmaBuf buffer) => Result.Ok;

    /// <summary>Somebody asked for a mapping of the CPU, and the exporter has none.</summary>
    /// <param name="request">What a process asked for; null where the kernel did.</param>
    protected internal virtual void NoMapping(MappingRequest? request)
    {
    }

    /// <summary>The kernel mapping goes away.</summary>
    protected internal virtual void Vunmap(DmaBuf buffer)
    {
    }

    /// <summary>The frame behind a page of the buffer.</summary>
    protected internal abstract int FrameAt(int page);

    /// <summary>The last reference is gone: gives the storage back.</summary>
    protected internal abstract void Release(DmaBuf buffer);
}

/// <summary>What a dynamic importer offers to the exporter.</summary>
/// <remarks><b>Kernel:</b> <c>struct dma_buf_attach_ops</c>.</remarks>
public abstract class ImporterCallbacks
{
    /// <summary>Whether the importer can reach memory of another device.</summary>
    public virtual bool AllowsPeerToPeer => true;

    /// <summary>The storage is about to move: the importer must drop its mapping and map again.</summary>
    protected internal abstract void MoveNotify(DmaBufAttachment attachment);
}
