using DmaBufSim.Abi;
using DmaBufSim.Files;
using DmaBufSim.Heaps;

namespace DmaBufSim.Processes;

public sealed partial class Process
{
    /// <summary>Makes an empty memfd.</summary>
    /// <param name="mayBeSealed">Whether seals can be added later, MFD_ALLOW_SEALING.</param>
    /// <returns>The descriptor; <see cref="Errno.EMFILE"/>.</returns>
    /// <remarks><b>Kernel:</b> <c>memfd_create()</c>. It stays open on exec.</remarks>
    public Result<int> CreateMemfd(bool mayBeSealed = true)
    {
        Run();
        Result<int> descriptor = Files.Reserve();
        if (descriptor.IsOk)
        {
            Files.Install(descriptor.Value, context.Memfds.Create(mayBeSealed), closeOnExec: false);
        }

        return descriptor;
    }

    /// <summary>Rules out changes to a memfd for good, F_ADD_SEALS.</summary>
    /// <returns>
    /// <see cref="Errno.EBADF"/>; <see cref="Errno.EINVAL"/> for another kind of file; otherwise what
    /// <see cref="Memfd.AddSeals"/> answers.
    /// </returns>
    public Result AddSeals(int descriptor, MemfdSeals seals)
    {
        Result<Memfd> memfd = MemfdOf(descriptor);
        return memfd.IsOk ? memfd.Value.AddSeals(seals) : memfd.Status;
    }

    /// <summary>What is ruled out for a memfd, F_GET_SEALS.</summary>
    /// <returns><see cref="Errno.EBADF"/>; <see cref="Errno.EINVAL"/> for another kind of file.</returns>
    public Result<MemfdSeals> GetSeals(int descriptor)
    {
        Result<Memfd> memfd = MemfdOf(descriptor);
        return memfd.IsOk ? memfd.Value.Seals : memfd.As<MemfdSeals>();
    }

    /// <summary>Opens /dev/udmabuf, makes a buffer of a memfd with UDMABUF_CREATE, and closes the node.</summary>
    /// <returns>
    /// The new descriptor; <see cref="Errno.EMFILE"/> without a number for the node or, once the buffer is there, for
    /// the buffer; otherwise what <see cref="Udmabuf.Create"/> answers.
    /// </returns>
    public Result<int> CreateUdmabuf(in UdmabufItem item, UdmabufFlags flags = UdmabufFlags.None)
    {
        Run();
        Result<int> node = Files.Reserve();
        if (!node.IsOk)
        {
            return node;
        }

        Result<int> made = Install(
            context.Udmabuf.Create(item, Files.Find), (flags & UdmabufFlags.CloseOnExec) != 0);
        Files.Cancel(node.Value);
        return made;
    }

    /// <summary>The same with UDMABUF_CREATE_LIST: stretches of memfds, one behind the other.</summary>
    /// <returns>As <see cref="CreateUdmabuf"/>, with <see cref="Udmabuf.CreateList"/>.</returns>
    public Result<int> CreateUdmabufList(
        ReadOnlySpan<UdmabufItem> items, UdmabufFlags flags = UdmabufFlags.None)
    {
        Run();
        Result<int> node = Files.Reserve();
        if (!node.IsOk)
        {
            return node;
        }

        Result<int> made = Install(
            context.Udmabuf.CreateList(items, Files.Find), (flags & UdmabufFlags.CloseOnExec) != 0);
        Files.Cancel(node.Value);
        return made;
    }

    private Result<Memfd> MemfdOf(int descriptor)
    {
        Result<OpenFile> file = File(descriptor);
        if (!file.IsOk)
        {
            return file.As<Memfd>();
        }

        return file.Value is Memfd memfd ? memfd : context.Trace.Refuse(Errno.EINVAL, Reason.NotAMemfd);
    }
}
