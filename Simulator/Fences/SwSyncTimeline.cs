using DmaBufSim.Abi;
using DmaBufSim.Files;

namespace DmaBufSim.Fences;

/// <summary>A software timeline as a file: the process moves a counter, and fences signal as it goes.</summary>
/// <remarks>
/// <para><b>Kernel:</b> an open of <c>sync/sw_sync</c> in debugfs, drivers/dma-buf/sw_sync.c. Every open has a timeline
/// of its own. Closing it signals the fences that are left, with ENOENT.</para>
/// </remarks>
public sealed class SwSyncTimeline : OpenFile
{
    /// <summary>The inode of the node in debugfs; no dma-buf has it.</summary>
    public const long NodeInode = -1;

    private const int CommandLength = 15;

    /// <summary>A timeline at 0, with one reference that belongs to the caller.</summary>
    /// <param name="core">What the fences of the machine share.</param>
    /// <param name="command">The name of the process, cut to 15 characters.</param>
    /// <param name="flags">How the node was opened.</param>
    public SwSyncTimeline(FenceCore core, string command, OpenFlags flags = OpenFlags.ReadWrite)
        : base(core.Trace, flags, NodeInode) =>
        Timeline = new SyncTimeline(core, command.Length > CommandLength ? command[..CommandLength] : command);

    /// <summary>The counter and its fences.</summary>
    public SyncTimeline Timeline { get; }

    /// <inheritdoc/>
    public override long Size => 0;

    /// <summary>Makes a fence for a value, SW_SYNC_IOC_CREATE_FENCE.</summary>
    /// <param name="files">The descriptors of the caller.</param>
    /// <param name="data">The argument; null for a pointer that cannot be read.</param>
    /// <returns>The descriptor of its sync_file; <see cref="Errno.EMFILE"/>, then <see cref="Errno.EFAULT"/>.</returns>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>sw_sync_ioctl_create_fence()</c>. A value that the counter has reached gives a signalled
    /// fence; a value that is waited for already gives the same fence again.</para>
    /// </remarks>
    public Result<int> CreateFence(FileTable files, SwSyncCreateFenceData? data)
    {
        Result<int> descriptor = files.Reserve();
        if (!descriptor.IsOk)
        {
            return descriptor;
        }

        if (data is not { } given)
        {
            files.Cancel(descriptor.Value);
            return Unreadable();
        }

        DmaFence fence = Timeline.MakeFence(given.Value);
        files.Install(descriptor.Value, SyncFile.Create(fence), closeOnExec: true);
        fence.Put();
        return descriptor;
    }

    /// <summary>Moves the counter, SW_SYNC_IOC_INC.</summary>
    /// <param name="amount">How far; null for a pointer that cannot be read.</param>
    /// <returns><see cref="Errno.EFAULT"/>.</returns>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>sw_sync_ioctl_inc()</c>. A long way is gone in steps of at most 2^31 - 1, so fences in
    /// between signal even if the counter wraps past them.</para>
    /// </remarks>
    public Result Increment(uint? amount)
    {
        if (amount is not { } left)
        {
            return Unreadable();
        }

        while (left > int.MaxValue)
        {
            Timeline.Advance(int.MaxValue);
            left -= int.MaxValue;
        }

        Timeline.Advance((int)left);
        return Result.Ok;
    }

    /// <summary>The earliest deadline that was set on a fence of any software timeline, SW_SYNC_GET_DEADLINE.</summary>
    /// <param name="files">The descriptors of the caller.</param>
    /// <param name="data">The argument; null for a pointer that cannot be read.</param>
    /// <returns>
    /// Nanoseconds since boot. In this order: <see cref="Errno.ENOTTY"/> on a kernel without deadlines,
    /// <see cref="Errno.EFAULT"/>, <see cref="Errno.EINVAL"/> for fields that are not zero, a descriptor that is no
    /// sync_file or a fence of another driver, <see cref="Errno.ENOENT"/> where no deadline was set.
    /// </returns>
    /// <remarks><b>Kernel:</b> <c>sw_sync_ioctl_get_deadline()</c>.</remarks>
    public Result<ulong> GetDeadline(FileTable files, SwSyncGetDeadline? data)
    {
        if (!Timeline.Core.Kernel.HasFenceDeadlines)
        {
            return Unknown();
        }

        if (data is not { } asked)
        {
            return Unreadable();
        }

        if (asked.Deadline != 0 || asked.Pad != 0)
        {
            return Trace.Refuse(Errno.EINVAL, Reason.SyncFieldNotZero);
        }

        if (SyncFile.Find(files, asked.Fence) is not { } file)
        {
            return Trace.Refuse(Errno.EINVAL, Reason.NotASyncFile);
        }

        if (file.Fence is not SwSyncFence fence)
        {
            return Trace.Refuse(Errno.EINVAL, Reason.NotASwSyncFence);
        }

        return fence.Deadline is { } deadline
            ? unchecked((ulong)deadline)
            : Trace.Refuse(Errno.ENOENT, Reason.NoDeadlineSet);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>sw_sync_ioctl()</c>: <see cref="Errno.ENOTTY"/> for a number it does not know.</para>
    /// <para><b>Differs:</b> bytes of the argument past the first eight read as zeros, and the answer is not written;
    /// the typed calls of this class are the way to both.</para>
    /// </remarks>
    public override Result Ioctl(uint number, in IoctlArgument argument)
    {
        switch ((SwSyncIoctl)number)
        {
            case SwSyncIoctl.Increment:
                return Increment(argument.IsReadable ? Low(argument) : null);
            case SwSyncIoctl.CreateFence when argument.Files is { } files:
                return CreateFence(files, argument.IsReadable ? new SwSyncCreateFenceData(Low(argument)) : null).Status;
            case SwSyncIoctl.GetDeadline when argument.Files is { } files:
                return GetDeadline(files, argument.IsReadable ? new SwSyncGetDeadline(0, argument.Value) : null).Status;
            case SwSyncIoctl.GetDeadline when !Timeline.Core.Kernel.HasFenceDeadlines:
                return Unknown();
            case SwSyncIoctl.CreateFence:
            case SwSyncIoctl.GetDeadline:
                return Unreadable();
            default:
                return Unknown();
        }
    }

    /// <summary>A timeline has no position.</summary>
    /// <returns><see cref="Errno.ESPIPE"/>.</returns>
    public override Result<long> Seek(long offset, SeekWhence whence) =>
        Trace.Refuse(Errno.ESPIPE, Reason.FileCannotSeek);

    /// <summary>A timeline has nothing to map.</summary>
    /// <returns><see cref="Errno.ENODEV"/>.</returns>
    public override Result Mmap(in MappingRequest request) => Trace.Refuse(Errno.ENODEV, Reason.FileCannotMap);

    /// <inheritdoc/>
    public override int FrameAt(int page) => throw new InvalidOperationException("a timeline has no pages");

    /// <inheritdoc/>
    protected override void Release() => Timeline.Abandon(-(int)Errno.ENOENT);

    private static uint Low(in IoctlArgument argument) => unchecked((uint)argument.Value);

    private Result Unreadable() => Trace.Refuse(Errno.EFAULT, Reason.ArgumentUnreadable);

    private Result Unknown() => Trace.Refuse(Errno.ENOTTY, Reason.SyncIoctlUnknown);
}
