using System.Globalization;
using DmaBufSim.Abi;
using DmaBufSim.Files;

namespace DmaBufSim.Fences;

/// <summary>A fence as a file, so that processes can hold it, pass it on and wait for it.</summary>
/// <remarks>
/// <para><b>Kernel:</b> <c>struct sync_file</c>, drivers/dma-buf/sync_file.c. It stands for the same fence for
/// ever.</para>
/// </remarks>
public sealed partial class SyncFile : OpenFile
{
    /// <summary>The inode that all sync_files share; no dma-buf has it.</summary>
    public const long AnonymousInode = 0;

    private const int NameLength = 31;

    private readonly WaitQueue waiters = new();
    private readonly PollCallback callback;
    private readonly string userName;
    private bool isWatched;

    private SyncFile(DmaFence fence, string userName)
        : base(fence.Core.Trace, OpenFlags.ReadOnly, AnonymousInode)
    {
        Fence = fence;
        this.userName = userName;
        callback = new PollCallback(waiters);
    }

    /// <summary>The fence. No reference is taken.</summary>
    public DmaFence Fence { get; }

    /// <summary>The name from the merge, or one made of driver, timeline, context and sequence number.</summary>
    /// <remarks>
    /// <b>Kernel:</b> <c>sync_file_get_name()</c>. It is made anew each time, and cut to 31 characters.
    /// </remarks>
    public string Name => userName.Length > 0 ? userName : Cut(string.Create(
        CultureInfo.InvariantCulture,
        $"{Fence.DriverName}-{Fence.TimelineName}{Fence.Context}-{unchecked((long)Fence.SequenceNumber)}"));

    /// <inheritdoc/>
    public override long Size => 0;

    /// <summary>A file for a fence, with one reference that belongs to the caller.</summary>
    /// <param name="fence">The fence; the file takes a reference of its own.</param>
    /// <remarks><b>Kernel:</b> <c>sync_file_create()</c>.</remarks>
    public static SyncFile Create(DmaFence fence) => new(fence.Get(), "");

    /// <summary>The sync_file behind a descriptor, or null if there is none. No reference is taken.</summary>
    /// <remarks><b>Kernel:</b> <c>sync_file_fdget()</c>.</remarks>
    public static SyncFile? Find(FileTable files, int descriptor) => files.Find(descriptor) as SyncFile;

    /// <summary>
    /// The fence behind a descriptor with a reference for the caller, or null if there is no sync_file.
    /// </summary>
    /// <remarks><b>Kernel:</b> <c>sync_file_get_fence()</c>.</remarks>
    public static DmaFence? GetFence(FileTable files, int descriptor) => Find(files, descriptor)?.Fence.Get();

    /// <summary>Makes a descriptor for a fence, close-on-exec as every creator does.</summary>
    /// <param name="files">The table of the process.</param>
    /// <param name="fence">The fence; the caller's reference stays the caller's.</param>
    /// <returns><see cref="Errno.EMFILE"/>.</returns>
    public static Result<int> Install(FileTable files, DmaFence fence)
    {
        Result<int> descriptor = files.Reserve();
        if (descriptor.IsOk)
        {
            files.Install(descriptor.Value, Create(fence), closeOnExec: true);
        }

        return descriptor;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>sync_file_poll()</c>: reading once the fence has signalled, with an error or without.
    /// The
    /// first poll asks the fence for a callback, whether or not the caller waits.</para>
    /// </remarks>
    public override PollEvents Poll(PollEvents requested, PollWaiter? waiter = null)
    {
        if (waiter is not null)
        {
            waiters.Add(waiter);
        }

        if (!isWatched)
        {
            isWatched = true;
            if (!Fence.TryAdd(callback, atHead: false))
            {
                waiters.WakeAll(PollEvents.In);
            }
        }

        return Fence.IsSignaled() ? PollEvents.In : PollEvents.None;
    }

    /// <summary>A sync_file has no position.</summary>
    /// <returns><see cref="Errno.ESPIPE"/>.</returns>
    public override Result<long> Seek(long offset, SeekWhence whence) =>
        Trace.Refuse(Errno.ESPIPE, Reason.FileCannotSeek);

    /// <summary>A sync_file has nothing to map.</summary>
    /// <returns><see cref="Errno.ENODEV"/>.</returns>
    public override Result Mmap(in MappingRequest request) => Trace.Refuse(Errno.ENODEV, Reason.FileCannotMap);

    /// <inheritdoc/>
    public override int FrameAt(int page) => throw new InvalidOperationException("a sync_file has no pages");

    /// <inheritdoc/>
    protected override void Release()
    {
        if (isWatched)
        {
            Fence.RemoveCallback(callback);
        }

        Fence.Put();
    }

    private static string Cut(string name) => name.Length > NameLength ? name[..NameLength] : name;

    private sealed class PollCallback(WaitQueue waiters) : DmaFenceCallback
    {
        protected internal override void Signaled(DmaFence fence) => waiters.WakeAll(PollEvents.In);
    }
}
