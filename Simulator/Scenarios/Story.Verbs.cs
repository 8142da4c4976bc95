using DmaBufSim.Abi;
using DmaBufSim.Dma;
using DmaBufSim.Files;
using DmaBufSim.Scenarios.Verbs;

namespace DmaBufSim.Scenarios;

public sealed partial class Story
{
    /// <summary>Allocates a buffer from a heap.</summary>
    public Outcome Alloc(
        string name, string heap, long length, OpenFlags flags = OpenFlags.ReadWrite, ulong heapFlags = 0) =>
        Play(
            "alloc", name, Word(heap), Number(length), Flags(ParameterKind.FdFlags, (long)flags),
            heapFlags == 0 ? default : Number(unchecked((long)heapFlags)));

    /// <summary>Makes a second descriptor of the same file.</summary>
    public Outcome Dup(string name, string descriptor) => Play("dup", name, Word(descriptor));

    /// <summary>Closes a descriptor and unbinds its name.</summary>
    public Outcome Close(string descriptor) => Play("close", null, Word(descriptor));

    /// <summary>Begins or ends an access of the CPU.</summary>
    public Outcome Sync(string descriptor, DmaBufSyncFlags flags) =>
        Play("sync", null, Word(descriptor), Flags(ParameterKind.SyncFlags, (long)flags));

    /// <summary>Names a buffer for the debug views.</summary>
    public Outcome SetName(string descriptor, string name) => Play("set_name", null, Word(descriptor), Word(name));

    /// <summary>Names bytes of a buffer, for access rules.</summary>
    public Outcome Region(string descriptor, string region, long offset, long length) =>
        Play("region", null, Word(descriptor), Word(region), Number(offset), Number(length));

    /// <summary>Tells what /proc says of a descriptor.</summary>
    public Outcome FdInfo(string descriptor) => Play("fdinfo", null, Word(descriptor));

    /// <summary>Makes a file of memory without a name, sets its size, then its seals.</summary>
    public Outcome Memfd(string name, long size, MemfdSeals seals) =>
        Play("memfd", name, Number(size), Flags(ParameterKind.Seals, (long)seals));

    /// <summary>Rules out changes of a memfd for good.</summary>
    public Outcome AddSeals(string memfd, MemfdSeals seals) =>
        Play("add_seals", null, Word(memfd), Flags(ParameterKind.Seals, (long)seals));

    /// <summary>Makes a buffer of pages that a memfd has.</summary>
    public Outcome Udmabuf(
        string name, string memfd, long offset, long size, UdmabufFlags flags = UdmabufFlags.None) =>
        Play(
            "udmabuf", name, Word(memfd), Number(offset), Number(size),
            Flags(ParameterKind.UdmabufFlags, (long)flags));

    /// <summary>Makes a buffer of stretches of memfds, one behind the other.</summary>
    public Outcome UdmabufList(
        string name,
        IEnumerable<(string Memfd, long Offset, long Size)> items,
        UdmabufFlags flags = UdmabufFlags.None) =>
        Play("udmabuf_list", name, Word(UdmabufItems.Format(items)), Flags(ParameterKind.UdmabufFlags, (long)flags));

    /// <summary>Sets the size of a file.</summary>
    public Outcome Truncate(string descriptor, long length) =>
        Play("ftruncate", null, Word(descriptor), Number(length));

    /// <summary>Maps a buffer into the process.</summary>
    public Outcome Mmap(
        string name,
        string descriptor,
        long offset,
        long length,
        MapProtection protection = MapProtection.Read | MapProtection.Write,
        MapType type = MapType.Shared) =>
        Play(
            "mmap", name, Word(descriptor), Number(offset), Number(length),
            Flags(ParameterKind.Protection, (long)protection), Flags(ParameterKind.MapFlags, (long)type));

    /// <summary>Takes a whole mapping away and unbinds its name.</summary>
    public Outcome Munmap(string mapping) => Play("munmap", null, Word(mapping));

    /// <summary>Takes a part of a mapping away.</summary>
    public Outcome Munmap(string mapping, long offset, long length) =>
        Play("munmap", null, Word(mapping), Number(offset), Number(length));

    /// <summary>Changes the protection of a whole mapping.</summary>
    public Outcome Mprotect(string mapping, MapProtection protection) =>
        Play("mprotect", null, Word(mapping), Flags(ParameterKind.Protection, (long)protection));

    /// <summary>Writes a byte over a range of a mapping.</summary>
    public Outcome Fill(string mapping, long offset, long length, byte value) =>
        Play("fill", null, Word(mapping), Number(offset), Number(length), Number(value));

    /// <summary>Reads a range of a mapping.</summary>
    public Outcome Hash(string mapping, long offset, long length) =>
        Play("hash", null, Word(mapping), Number(offset), Number(length));

    /// <summary>Attaches a device to a buffer.</summary>
    public Outcome Attach(
        string name, string device, string descriptor, bool isDynamic = false, bool isCalledSecure = false)
    {
        long words = (isDynamic ? 1 : 0) | (isCalledSecure ? 2 : 0);
        return Play(
            "attach", name, Word(device), Word(descriptor),
            words == 0 ? default : Flags(ParameterKind.AttachWords, words));
    }

    /// <summary>Gives the device addresses for the buffer.</summary>
    public Outcome Map(string attachment, DmaDirection direction) =>
        Play("map", null, Word(attachment), Flags(ParameterKind.Direction, (long)direction));

    /// <summary>Takes the addresses away.</summary>
    public Outcome Unmap(string attachment) => Play("unmap", null, Word(attachment));

    /// <summary>Asks the exporter not to move the buffer.</summary>
    public Outcome Pin(string attachment) => Play("pin", null, Word(attachment));

    /// <summary>Lets the exporter move the buffer again.</summary>
    public Outcome Unpin(string attachment) => Play("unpin", null, Word(attachment));

    /// <summary>Detaches the device, drops its reference and unbinds the name.</summary>
    public Outcome Detach(string attachment) => Play("detach", null, Word(attachment));

    /// <summary>The driver of a device unmaps and detaches all that it holds.</summary>
    public Outcome Unbind(string device) => Play("unbind", null, Word(device));

    /// <summary>The device reads bytes through its addresses.</summary>
    public Outcome Read(string attachment, long offset, long length) =>
        Play("read", null, Word(attachment), Number(offset), Number(length));

    /// <summary>The device writes a byte over a range through its addresses.</summary>
    public Outcome Write(string attachment, long offset, long length, byte value) =>
        Play("write", null, Word(attachment), Number(offset), Number(length), Number(value));

    /// <summary>Maps a buffer into the kernel.</summary>
    public Outcome Vmap(string name, string descriptor) => Play("vmap", name, Word(descriptor));

    /// <summary>Takes a kernel mapping away and unbinds its name.</summary>
    public Outcome Vunmap(string vmap) => Play("vunmap", null, Word(vmap));

    /// <summary>The kernel is about to touch the bytes.</summary>
    public Outcome BeginCpu(string descriptor, DmaDirection direction) =>
        Play("begin_cpu", null, Word(descriptor), Flags(ParameterKind.Direction, (long)direction));

    /// <summary>The kernel has touched the bytes.</summary>
    public Outcome EndCpu(string descriptor, DmaDirection direction) =>
        Play("end_cpu", null, Word(descriptor), Flags(ParameterKind.Direction, (long)direction));

    /// <summary>Makes a process that starts as a copy of the one that plays.</summary>
    public Outcome Fork(string process) => Play("fork", null, Word(process));

    /// <summary>Ends a process.</summary>
    public Outcome Kill(string process) => Play("kill", null, Word(process));

    /// <summary>The first process passes a descriptor to another.</summary>
    public Outcome Send(string process, string descriptor) => Play("send", null, Word(process), Word(descriptor));

    /// <summary>Passes a descriptor to the first process.</summary>
    public Outcome Give(string descriptor) => Play("give", null, Word(descriptor));

    /// <summary>Receives a descriptor: from the first process, or in it from the process that is named.</summary>
    public Outcome Take(string name, string? process = null) =>
        Play("take", name, process is null ? default : Word(process));

    /// <summary>Prints a pseudo-file of /proc, /sys or debugfs.</summary>
    public Outcome Cat(string path) => Play("cat", null, Word(path));

    /// <summary>Prints who holds a buffer.</summary>
    public Outcome Holders(string buffer) => Play("holders", null, Word(buffer));
}
