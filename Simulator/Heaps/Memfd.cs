using DmaBufSim.Abi;
using DmaBufSim.Files;
using DmaBufSim.Memory;

namespace DmaBufSim.Heaps;

/// <summary>A file of memory without a name, whose pages a udmabuf can show to devices.</summary>
/// <remarks>
/// <para><b>Kernel:</b> a shmem file, mm/shmem.c, with the seals of mm/memfd.c. Pages are movable and come when they
/// are first touched.</para>
/// <para><b>Cost:</b> a touch takes the logarithm of the pages that are there; a first one out of order more.</para>
/// <para><b>Differs:</b> nothing is swapped, no page is huge, and a mapping reaches no page past 2^31.</para>
/// </remarks>
public sealed partial class Memfd : OpenFile
{
    private const MemfdSeals WriteSeals = MemfdSeals.Write | MemfdSeals.FutureWrite;
    private const MemfdSeals ImpliedByExecute = WriteSeals | MemfdSeals.Shrink | MemfdSeals.Grow;

    // A regular file with every right; its name went when it was made.
    private const int Mode = 0x81ff;

    private readonly MemfdList list;
    private readonly SortedList<long, MemfdPage> pages = [];
    private long size;
    private long position;
    private int writableMappings;

    internal Memfd(MemfdList list, long inode, MemfdSeals seals)
        : base(list.Trace, OpenFlags.ReadWrite | OpenFlags.LargeFile, inode)
    {
        this.list = list;
        Seals = seals;
    }

    /// <summary>What is ruled out for good.</summary>
    public MemfdSeals Seals { get; private set; }

    /// <summary>The pages that are there, first to last.</summary>
    public IEnumerable<MemfdPage> Pages => pages.Values;

    /// <inheritdoc/>
    public override long Size => size;

    /// <inheritdoc/>
    public override long Position => position;

    /// <inheritdoc/>
    public override bool IsRegular => true;

    /// <inheritdoc/>
    public override bool IsSharedWritable => (Seals & WriteSeals) == 0;

    /// <inheritdoc/>
    public override InodeStatus Stat() => new((long)pages.Count * (PhysicalMemory.PageSize / 512), Mode, 0);

    /// <summary>Adds seals.</summary>
    /// <returns>
    /// <see cref="Errno.EINVAL"/> for a bit that this kernel does not know; <see cref="Errno.EPERM"/> where no seal can
    /// be added; <see cref="Errno.EBUSY"/> for the seal on writes while someone may write or has pinned a page.
    /// </returns>
    /// <remarks><b>Kernel:</b> <c>memfd_add_seals()</c>.</remarks>
    public Result AddSeals(MemfdSeals seals)
    {
        if ((seals & ~list.Kernel.KnownSeals) != 0)
        {
            return Trace.Refuse(Errno.EINVAL, Reason.SealUnknown);
        }

        if ((Seals & MemfdSeals.Seal) != 0)
        {
            return Trace.Refuse(Errno.EPERM, Reason.SealsSealed);
        }

        if ((seals & ~Seals & MemfdSeals.Write) != 0 && (writableMappings > 0 || IsPinned()))
        {
            return Trace.Refuse(Errno.EBUSY, Reason.MemfdInUse);
        }

        Seals |= seals;
        if ((seals & MemfdSeals.Execute) != 0)
        {
            // Its mode lets everyone execute it, so its bytes are settled too.
            Seals |= ImpliedByExecute;
        }

        return Result.Ok;
    }

    /// <inheritdoc/>
    /// <returns><see cref="Errno.EPERM"/> against a seal.</returns>
    /// <remarks><b>Kernel:</b> <c>shmem_setattr()</c>. What was cut off reads as zeros when it comes again.</remarks>
    public override Result Truncate(long length)
    {
        if ((length < size && (Seals & MemfdSeals.Shrink) != 0) || (length > size && (Seals & MemfdSeals.Grow) != 0))
        {
            return Trace.Refuse(Errno.EPERM, Reason.SealForbids, null, null, length);
        }

        if (length < size)
        {
            CutAt(length);
        }

        size = length;
        return Result.Ok;
    }

    /// <inheritdoc/>
    public override Result Ioctl(uint number, in IoctlArgument argument) =>
        Trace.Refuse(Errno.ENOTTY, Reason.FileHasNoIoctl);

    /// <inheritdoc/>
    /// <returns>
    /// <see cref="Errno.EPERM"/> for a shared mapping that writes against a seal. A mapping may lie past the end.
    /// </returns>
    public override Result Mmap(in MappingRequest request)
    {
        if (request.FirstPage > (long.MaxValue >> PhysicalMemory.PageShift) - request.Pages)
        {
            return Trace.Refuse(Errno.EOVERFLOW, Reason.OffsetOverflow);
        }

        if (request.FirstPage > int.MaxValue - request.Pages)
        {
            return Trace.Refuse(Errno.ENOMEM, Reason.LengthTooLarge);
        }

        return request.IsShared && (request.Protection & MapProtection.Write) != 0 && !IsSharedWritable
            ? Trace.Refuse(Errno.EPERM, Reason.SealForbids)
            : Result.Ok;
    }

    /// <inheritdoc/>
    public override void MappingAdded(bool mayWrite) => writableMappings += mayWrite ? 1 : 0;

    /// <inheritdoc/>
    public override void MappingRemoved(bool mayWrite) => writableMappings -= mayWrite ? 1 : 0;

    /// <inheritdoc/>
    public override int FrameAt(int page) => pages[page].Frame;

    /// <inheritdoc/>
    /// <returns><see cref="Errno.EFAULT"/> past the end, where a program would get SIGBUS.</returns>
    /// <remarks><b>Kernel:</b> <c>shmem_fault()</c>.</remarks>
    public override Result<int> Fault(int page)
    {
        long offset = (long)page << PhysicalMemory.PageShift;
        if (offset >= size)
        {
            return Trace.Refuse(Errno.EFAULT, Reason.BeyondMemfd, null, null, offset);
        }

        Result<MemfdPage> found = PageAt(page);
        return found.IsOk ? found.Value.Frame : found.As<int>();
    }

    /// <summary>A page inside the file; it gets a frame, which reads as zeros, where it has none yet.</summary>
    /// <returns><see cref="Errno.ENOMEM"/> where there is none left.</returns>
    internal Result<MemfdPage> PageAt(long page)
    {
        if (pages.TryGetValue(page, out MemfdPage? found))
        {
            return found;
        }

        Result<MemfdPage> made = MemfdPage.Make(list.Memory);
        if (!made.IsOk)
        {
            return made;
        }

        found = made.Value;
        pages.Add(page, found);
        list.Changes++;
        return found;
    }

    /// <inheritdoc/>
    protected override void Release()
    {
        CutAt(0);
        list.Remove(this);
    }

    private bool IsPinned()
    {
        foreach (MemfdPage page in pages.Values)
        {
            if (page.References > 1)
            {
                return true;
            }
        }

        return false;
    }

    // Whole pages go; of the page that is cut in two the rest is cleared.
    private void CutAt(long length)
    {
        int inPage = (int)(length & (PhysicalMemory.PageSize - 1));
        long keep = (length >> PhysicalMemory.PageShift) + (inPage > 0 ? 1 : 0);
        while (pages.Count > 0 && pages.GetKeyAtIndex(pages.Count - 1) >= keep)
        {
            pages.GetValueAtIndex(pages.Count - 1).Cut();
            pages.RemoveAt(pages.Count - 1);
            list.Changes++;
        }

        if (inPage > 0 && pages.TryGetValue(length >> PhysicalMemory.PageShift, out MemfdPage? cut))
        {
            list.Memory.Fill(cut.Frame, inPage, PhysicalMemory.PageSize - inPage, 0);
        }
    }
}
