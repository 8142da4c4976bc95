using DmaBufSim.Abi;
using DmaBufSim.Engine;
using DmaBufSim.Tracing;

namespace DmaBufSim.Files;

/// <summary>An open file: what every descriptor, mapping and in-kernel user of it shares, and its operations.</summary>
/// <remarks>
/// <para><b>Kernel:</b> <c>struct file</c> and <c>struct file_operations</c>, fs/file_table.c. A new file has one
/// reference, which belongs to the caller.</para>
/// </remarks>
public abstract class OpenFile
{
    private readonly Trace trace;

    /// <summary>A file with one reference.</summary>
    protected OpenFile(Trace trace, OpenFlags flags, long inode)
    {
        this.trace = trace;
        Flags = flags & ~OpenFlags.CloseOnExec;
        Inode = inode;
    }

    /// <summary>Access mode and status flags; close-on-exec belongs to the descriptor and is never here.</summary>
    public OpenFlags Flags { get; private set; }

    /// <summary>The inode number.</summary>
    public long Inode { get; }

    /// <summary>How many descriptors, mappings, messages in flight and in-kernel users hold the file.</summary>
    public int References { get; private set; } = 1;

    /// <summary>Whether the file was opened with the right to read.</summary>
    public bool IsReadable => (Flags & OpenFlags.AccessMode) is OpenFlags.ReadOnly or OpenFlags.ReadWrite;

    /// <summary>Whether the file was opened with the right to write.</summary>
    public bool IsWritable => (Flags & OpenFlags.AccessMode) is OpenFlags.WriteOnly or OpenFlags.ReadWrite;

    /// <summary>Whether a shared mapping may write to the file, now or after mprotect.</summary>
    public virtual bool IsSharedWritable => IsWritable;

    /// <summary>The size in bytes.</summary>
    public abstract long Size { get; }

    /// <summary>Where the next read or write begins, in bytes; 0 where the file has no position.</summary>
    public virtual long Position => 0;

    /// <summary>Whether it is a regular file, with bytes that read and write reach.</summary>
    public virtual bool IsRegular => false;

    /// <summary>What fstat tells of the inode: 512-byte blocks, mode and links.</summary>
    /// <remarks>As a rule an inode without a name: one link, and nobody but its owner may open it.</remarks>
    public virtual InodeStatus Stat() => new(Size / InodeStatus.BlockSize, 0x180, 1);

    /// <summary>Where the file's operations leave records and refusals.</summary>
    protected internal Trace Trace => trace;

    /// <summary>Says whether calls on the file wait. No file of a heap does either way.</summary>
    public void SetNonBlock(bool nonBlock) =>
        Flags = nonBlock ? Flags | OpenFlags.NonBlock : Flags & ~OpenFlags.NonBlock;

    /// <summary>Takes a reference.</summary>
    public void Get()
    {
        Invariant.Holds(References > 0);
        References++;
        trace.Note(TraceEvent.ReferenceTaken, Inode, References);
    }

    /// <summary>Drops a reference; the last one releases the file.</summary>
    public void Put()
    {
        Invariant.Holds(References > 0);
        References--;
        trace.Note(TraceEvent.ReferenceDropped, Inode, References);
        if (References == 0)
        {
            Release();
        }
    }

    /// <summary>Moves the file position, where the file has one.</summary>
    public abstract Result<long> Seek(long offset, SeekWhence whence);

    /// <summary>Reads bytes from the position on.</summary>
    /// <returns>How many; <see cref="Errno.EINVAL"/> where the file has no such operation.</returns>
    public virtual Result<int> Read(Span<byte> bytes) => trace.Refuse(Errno.EINVAL, Reason.NoFileOperation);

    /// <summary>Writes bytes from the position on.</summary>
    /// <returns>As <see cref="Read"/>.</returns>
    public virtual Result<int> Write(ReadOnlySpan<byte> bytes) =>
        trace.Refuse(Errno.EINVAL, Reason.NoFileOperation);

    /// <summary>Sets the size.</summary>
    /// <returns><see cref="Errno.EINVAL"/> where the file has no such operation.</returns>
    public virtual Result Truncate(long length) => trace.Refuse(Errno.EINVAL, Reason.NoFileOperation);

    /// <summary>An ioctl on the file.</summary>
    /// <returns><see cref="Errno.ENOTTY"/> for a number that the file does not know.</returns>
    public abstract Result Ioctl(uint number, in IoctlArgument argument);

    /// <summary>What of the file is ready now, and where to be told of a change.</summary>
    /// <param name="requested">What the caller asks for. The answer may hold more; the caller cuts it down.</param>
    /// <param name="waiter">Who is told when the answer may have changed; null for a caller that does not wait.</param>
    /// <returns>The ready events; for a file without a poll operation, reading and writing.</returns>
    /// <remarks><b>Kernel:</b> <c>vfs_poll()</c>, <c>DEFAULT_POLLMASK</c>.</remarks>
    public virtual PollEvents Poll(PollEvents requested, PollWaiter? waiter = null) => PollEvents.Default;

    /// <summary>The file's own say about a mapping, after the generic checks.</summary>
    public abstract Result Mmap(in MappingRequest request);

    /// <summary>The frame that backs a page of the file, for a mapping that Mmap has accepted.</summary>
    public abstract int FrameAt(int page);

    /// <summary>The same for a page that is about to be touched; a file may have to find it a frame first.</summary>
    /// <returns>The frame; an errno where a program would get a signal.</returns>
    /// <remarks><b>Kernel:</b> the fault operation of <c>struct vm_operations_struct</c>.</remarks>
    public virtual Result<int> Fault(int page) => FrameAt(page);

    /// <summary>A mapping that Mmap has accepted is there now, in one process more.</summary>
    /// <param name="mayWrite">Whether it is shared and may be written, now or after mprotect.</param>
    public virtual void MappingAdded(bool mayWrite)
    {
    }

    /// <summary>Such a mapping is gone from one process.</summary>
    public virtual void MappingRemoved(bool mayWrite)
    {
    }

    /// <summary>Runs once, when the last reference is gone.</summary>
    protected abstract void Release();
}

/// <summary>What fstat tells of an inode beside its size.</summary>
/// <param name="Blocks">How many blocks of 512 bytes it takes.</param>
/// <param name="Mode">Kind and rights.</param>
/// <param name="Links">How many names it has.</param>
public readonly record struct InodeStatus(long Blocks, int Mode, int Links)
{
    internal const int BlockSize = 512;
}

/// <summary>The argument of an ioctl as the kernel finds it in user memory.</summary>
/// <param name="IsReadable">Whether the pointer can be read at all.</param>
/// <param name="Value">The first eight bytes of the structure.</param>
/// <param name="Text">The string that the pointer leads to, for the calls that take one.</param>
/// <param name="Files">The descriptors of the caller, for the calls that take or make one.</param>
public readonly record struct IoctlArgument(
    bool IsReadable, ulong Value = 0, string? Text = null, FileTable? Files = null);

/// <summary>What seek counts from; the numbers are those of lseek.</summary>
public enum SeekWhence
{
    /// <summary>From the start.</summary>
    Set = 0,

    /// <summary>From the file position.</summary>
    Current = 1,

    /// <summary>From the end.</summary>
    End = 2,

    /// <summary>The next data.</summary>
    Data = 3,

    /// <summary>The next hole.</summary>
    Hole = 4,
}

/// <summary>A mapping that a process asks a file for, in whole pages.</summary>
/// <param name="FirstPage">The page of the file where it starts.</param>
/// <param name="Pages">How many pages.</param>
/// <param name="Protection">The access that the process wants now.</param>
/// <param name="IsShared">Whether it was asked for as shared.</param>
public readonly record struct MappingRequest(long FirstPage, long Pages, MapProtection Protection, bool IsShared);

/// <summary>The protection of a mapping; the numbers are those of mmap.</summary>
[Flags]
public enum MapProtection : byte
{
    /// <summary>No access.</summary>
    None = 0,

    /// <summary>May be read.</summary>
    Read = 1,

    /// <summary>May be written.</summary>
    Write = 2,

    /// <summary>May be executed.</summary>
    Execute = 4,
}
