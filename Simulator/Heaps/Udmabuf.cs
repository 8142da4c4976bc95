using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Dma;
using DmaBufSim.Files;
using DmaBufSim.Memory;
using DmaBufSim.Tracing;

namespace DmaBufSim.Heaps;

/// <summary>The udmabuf device: makes buffers of pages that memfds have already.</summary>
/// <param name="buffers">The list that buffers are exported to.</param>
/// <param name="mapping">The DMA layer.</param>
/// <param name="kernel">The kernel generation.</param>
/// <param name="sizeLimit">The module parameter <c>size_limit_mb</c>, in bytes.</param>
/// <param name="listLimit">The module parameter <c>list_limit</c>.</param>
/// <param name="trace">Where records and refusals go.</param>
/// <remarks>
/// <b>Kernel:</b> drivers/dma-buf/udmabuf.c. It is no heap: it allocates nothing that a memfd does not own.
/// </remarks>
public sealed class Udmabuf(
    DmaBufList buffers, DmaMapping mapping, KernelProfile kernel, long sizeLimit, int listLimit, Trace trace)
{
    /// <summary>What fdinfo and bufinfo print for its buffers.</summary>
    public const string ExporterName = "udmabuf";

    private const ulong InPage = PhysicalMemory.PageSize - 1;

    // What the kernel can keep in one array of page pointers.
    private const long MostPages = int.MaxValue / 8;

    /// <summary>The most bytes of a buffer.</summary>
    public long SizeLimit => sizeLimit;

    /// <summary>The most stretches of a buffer.</summary>
    public int ListLimit => listLimit;

    internal DmaMapping Mapping => mapping;

    internal KernelProfile Kernel => kernel;

    internal Trace Trace => trace;

    // Nobody but the driver itself uses its device, and it reaches all memory.
    internal DmaDevice Device { get; } = new(ExporterName, new Security.Master(ExporterName, false));

    /// <summary>Makes a buffer of one stretch.</summary>
    /// <param name="item">The stretch.</param>
    /// <param name="find">The file behind a descriptor of the caller, or null.</param>
    /// <returns>As <see cref="CreateList"/>, which also looks at the length of the list.</returns>
    /// <remarks><b>Kernel:</b> <c>udmabuf_ioctl_create()</c>.</remarks>
    public Result<DmaBuf> Create(in UdmabufItem item, Func<int, OpenFile?> find) => Make([item], find);

    /// <summary>Makes a buffer of stretches, one behind the other. They may repeat and overlap.</summary>
    /// <param name="items">The stretches.</param>
    /// <param name="find">The file behind a descriptor of the caller, or null.</param>
    /// <returns>
    /// A buffer whose one reference belongs to the caller. <see cref="Errno.EINVAL"/> for a list that is too long, a
    /// stretch that is not in whole pages, a total beyond the limit or of zero; then, stretch by stretch,
    /// <see cref="Errno.EBADFD"/> where the descriptor is no memfd and <see cref="Errno.EINVAL"/> for its seals and its
    /// size; <see cref="Errno.ENOMEM"/> without memory.
    /// </returns>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>udmabuf_ioctl_create_list()</c>. Pages that were made for a buffer that then failed stay
    /// with their memfd.</para>
    /// <para><b>Cost:</b> proportional to the pages.</para>
    /// </remarks>
    public Result<DmaBuf> CreateList(ReadOnlySpan<UdmabufItem> items, Func<int, OpenFile?> find) =>
        items.Length > listLimit
            ? trace.Refuse(Errno.EINVAL, Reason.UdmabufListTooLong)
            : Make(items, find);

    private Result<DmaBuf> Make(ReadOnlySpan<UdmabufItem> items, Func<int, OpenFile?> find)
    {
        Result<int> total = CheckSizes(items);
        if (!total.IsOk)
        {
            return total.As<DmaBuf>();
        }

        MemfdPage[] pages = new MemfdPage[total.Value];
        int count = 0;
        foreach (UdmabufItem item in items)
        {
            Result added = AddPages(item, find(item.Memfd), pages, ref count);
            if (!added.IsOk)
            {
                Release(pages.AsSpan(0, count));
                return added;
            }
        }

        long size = (long)pages.Length << PhysicalMemory.PageShift;
        return buffers.Export(new UdmabufBuffer(this, pages), size, OpenFlags.ReadWrite, ExporterName);
    }

    /// <summary>Lets go of pages.</summary>
    internal static void Release(ReadOnlySpan<MemfdPage> pages)
    {
        foreach (MemfdPage page in pages)
        {
            page.Put();
        }
    }

    // Everything that can be told without looking at a file.
    private Result<int> CheckSizes(ReadOnlySpan<UdmabufItem> items)
    {
        long total = 0;
        foreach (UdmabufItem item in items)
        {
            if ((item.Offset & InPage) != 0 || (item.Size & InPage) != 0)
            {
                return trace.Refuse(Errno.EINVAL, Reason.UdmabufUnaligned);
            }

            total += (long)(item.Size >> PhysicalMemory.PageShift);
            if (total > sizeLimit >> PhysicalMemory.PageShift)
            {
                return trace.Refuse(Errno.EINVAL, Reason.UdmabufTooLarge);
            }
        }

        if (total == 0)
        {
            return trace.Refuse(Errno.EINVAL, Reason.UdmabufEmpty);
        }

        return total > MostPages ? trace.Refuse(Errno.ENOMEM, Reason.OutOfMemory, ExporterName) : (int)total;
    }

    private Result AddPages(in UdmabufItem item, OpenFile? file, MemfdPage[] pages, ref int count)
    {
        if (file is not Memfd memfd)
        {
            return trace.Refuse(Errno.EBADFD, Reason.UdmabufNotAMemfd);
        }

        const MemfdSeals Looked = MemfdSeals.Shrink | MemfdSeals.Write | MemfdSeals.FutureWrite;
        if ((memfd.Seals & Looked) != MemfdSeals.Shrink)
        {
            return trace.Refuse(Errno.EINVAL, Reason.UdmabufSeals);
        }

        if (item.Size == 0)
        {
            return kernel.UdmabufAcceptsEmptyItems
                ? Result.Ok
                : trace.Refuse(Errno.EINVAL, Reason.UdmabufEmpty);
        }

        ulong whole = (ulong)memfd.Size;
        if (item.Size > whole || item.Offset > whole - item.Size)
        {
            return trace.Refuse(Errno.EINVAL, Reason.UdmabufBeyondMemfd, null, null, unchecked((long)item.Offset));
        }

        long first = (long)(item.Offset >> PhysicalMemory.PageShift);
        long end = first + (long)(item.Size >> PhysicalMemory.PageShift);
        for (long page = first; page < end; page++)
        {
            Result<MemfdPage> found = memfd.PageAt(page);
            if (!found.IsOk)
            {
                return found.Status;
            }

            Result held = found.Value.Get(kernel.UdmabufPagesLeaveAreas);
            if (!held.IsOk)
            {
                return held;
            }

            pages[count] = found.Value;
            count++;
        }

        return Result.Ok;
    }
}
