using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Files;

namespace DmaBufSim.Processes;

/// <summary>A process and its system calls.</summary>
/// <remarks>
/// <para>Each call checks in the order of Linux and answers with its errno. A process runs as root on one CPU; calls
/// do not wait.</para>
/// </remarks>
public sealed partial class Process
{
    private const int CallBytes = 16;

    private readonly ProcessContext context;

    /// <summary>The first process of a machine.</summary>
    public Process(string name, ProcessContext context)
        : this(name, context, new FileTable(context.Trace, context.MaxDescriptors))
    {
    }

    private Process(string name, ProcessContext context, FileTable files)
    {
        Name = name;
        this.context = context;
        Files = files;
    }

    /// <summary>Its name in transcripts.</summary>
    public string Name { get; }

    /// <summary>Its descriptors.</summary>
    public FileTable Files { get; }

    /// <summary>Whether it has not ended yet.</summary>
    public bool IsAlive { get; private set; } = true;

    /// <summary>The file behind a descriptor.</summary>
    /// <returns><see cref="Errno.EBADF"/>.</returns>
    /// <remarks><b>Kernel:</b> <c>fdget()</c>. No reference is taken.</remarks>
    public Result<OpenFile> File(int descriptor)
    {
        Run();
        return Files.Find(descriptor) is { } file
            ? file
            : context.Trace.Refuse(Errno.EBADF, Reason.DescriptorNotOpen);
    }

    /// <summary>The buffer behind a descriptor.</summary>
    /// <returns><see cref="Errno.EBADF"/>, or <see cref="Errno.EINVAL"/> where the file is no dma-buf.</returns>
    /// <remarks><b>Kernel:</b> <c>dma_buf_get()</c>, without the reference.</remarks>
    public Result<DmaBuf> Buffer(int descriptor)
    {
        Result<OpenFile> file = File(descriptor);
        if (!file.IsOk)
        {
            return file.As<DmaBuf>();
        }

        return file.Value is DmaBuf buffer ? buffer : context.Trace.Refuse(Errno.EINVAL, Reason.NotADmaBuf);
    }

    /// <summary>Closes a descriptor.</summary>
    /// <returns><see cref="Errno.EBADF"/>.</returns>
    public Result Close(int descriptor)
    {
        Run();
        return Files.Close(descriptor);
    }

    /// <summary>A second descriptor for the same file, F_DUPFD_CLOEXEC.</summary>
    /// <returns><see cref="Errno.EBADF"/> or <see cref="Errno.EMFILE"/>.</returns>
    public Result<int> Duplicate(int descriptor)
    {
        Run();
        return Files.Duplicate(descriptor, closeOnExec: true);
    }

    /// <summary>Moves the file position.</summary>
    /// <returns><see cref="Errno.EBADF"/>, or what the file answers.</returns>
    public Result<long> Seek(int descriptor, long offset, SeekWhence whence)
    {
        Result<OpenFile> file = File(descriptor);
        return file.IsOk ? file.Value.Seek(offset, whence) : file.As<long>();
    }

    /// <summary>Reads 16 bytes from a file; of the files here only a memfd can be read so.</summary>
    /// <returns>
    /// How many were there; <see cref="Errno.EBADF"/> without the right to read, otherwise what the file answers.
    /// </returns>
    public Result<int> Read(int descriptor)
    {
        Result<OpenFile> file = File(descriptor);
        if (!file.IsOk)
        {
            return file.As<int>();
        }

        return file.Value.IsReadable
            ? file.Value.Read(stackalloc byte[CallBytes])
            : context.Trace.Refuse(Errno.EBADF, Reason.FileNotReadable);
    }

    /// <summary>Writes 16 zeros to a file; of the files here only a memfd can be written so.</summary>
    /// <returns>
    /// How many were written; <see cref="Errno.EBADF"/> without the right to write, otherwise what the file answers.
    /// </returns>
    public Result<int> Write(int descriptor)
    {
        Result<OpenFile> file = File(descriptor);
        if (!file.IsOk)
        {
            return file.As<int>();
        }

        ReadOnlySpan<byte> zeros = stackalloc byte[CallBytes];
        return file.Value.IsWritable
            ? file.Value.Write(zeros)
            : context.Trace.Refuse(Errno.EBADF, Reason.FileNotWritable);
    }

    /// <summary>Sets a file's size; of the files here only that of a memfd can be set.</summary>
    /// <returns>
    /// <see cref="Errno.EINVAL"/> for a negative length, <see cref="Errno.EBADF"/> for a closed descriptor, otherwise
    /// what the file answers.
    /// </returns>
    /// <remarks><b>Kernel:</b> <c>do_ftruncate()</c>. The length is looked at before the descriptor.</remarks>
    public Result Truncate(int descriptor, long length)
    {
        if (length < 0)
        {
            return context.Trace.Refuse(Errno.EINVAL, Reason.NoFileOperation);
        }

        Result<OpenFile> file = File(descriptor);
        return file.IsOk ? file.Value.Truncate(length) : file.Status;
    }

    /// <summary>
    /// Names bytes of a buffer that this process has allocated, for access rules. Linux has nothing like it.
    /// </summary>
    /// <returns><see cref="Errno.EBADF"/>, or what <see cref="DmaBufExporter.DefineRegion"/> answers.</returns>
    public Result DefineRegion(int descriptor, string name, long offset, long length)
    {
        Result<DmaBuf> buffer = Buffer(descriptor);
        if (!buffer.IsOk)
        {
            return buffer.Status;
        }

        return buffer.Value.Exporter.DefineRegion(buffer.Value, this, name, offset, length);
    }

    /// <summary>Ends the process: its mappings go, then its descriptors, then the messages to it and from it.</summary>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>do_exit()</c>: exit_mm() before exit_files(). The first process then closes its end of
    /// the socket pair, so what was given and never taken is dropped too, unless a forked process that has not run yet
    /// has a copy of that end.</para>
    /// </remarks>
    public void Exit()
    {
        if (!IsAlive)
        {
            return;
        }

        Run();
        IsAlive = false;
        UnmapAll();
        Files.CloseAll();
        Inbox.Purge();
        Outbox.CloseReceiver();
    }
}
