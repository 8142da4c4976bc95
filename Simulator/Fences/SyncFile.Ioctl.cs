using DmaBufSim.Abi;
using DmaBufSim.Files;

namespace DmaBufSim.Fences;

public sealed partial class SyncFile
{
    /// <inheritdoc/>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>sync_file_ioctl()</c>: <see cref="Errno.ENOTTY"/> for a number it does not know.</para>
    /// <para><b>Differs:</b> bytes of the argument past the first eight read as zeros, and the answer is not written;
    /// the typed calls of this class are the way to both.</para>
    /// </remarks>
    public override Result Ioctl(uint number, in IoctlArgument argument)
    {
        switch ((SyncFileIoctl)number)
        {
            case SyncFileIoctl.Merge when argument.Files is { } files:
                return Merge(files, argument.IsReadable ? new SyncMergeData("", 0) : null).Status;
            case SyncFileIoctl.Merge:
                return argument.IsReadable ? Trace.Refuse(Errno.ENOENT, Reason.NotASyncFile) : Unreadable();
            case SyncFileIoctl.FileInfo:
                return Info(argument.IsReadable ? new SyncFileInfoRequest(0) : null).Status;
            case SyncFileIoctl.SetDeadline:
                return SetDeadline(argument.IsReadable ? new SyncSetDeadline(argument.Value) : null);
            default:
                return Trace.Refuse(Errno.ENOTTY, Reason.SyncIoctlUnknown);
        }
    }

    /// <summary>Makes a sync_file that signals when this one and another have, SYNC_IOC_MERGE.</summary>
    /// <param name="files">The descriptors of the caller.</param>
    /// <param name="data">The argument; null for a pointer that cannot be read.</param>
    /// <returns>
    /// The new descriptor. In this order: <see cref="Errno.EMFILE"/>, <see cref="Errno.EFAULT"/>,
    /// <see cref="Errno.EINVAL"/> for flags or pad, <see cref="Errno.ENOENT"/> where fd2 is no sync_file.
    /// </returns>
    /// <remarks><b>Kernel:</b> <c>sync_file_ioctl_merge()</c>.</remarks>
    public Result<int> Merge(FileTable files, SyncMergeData? data)
    {
        Result<int> descriptor = files.Reserve();
        if (!descriptor.IsOk)
        {
            return descriptor;
        }

        Result<SyncFile> merged = Merge(data, files);
        if (!merged.IsOk)
        {
            files.Cancel(descriptor.Value);
            return merged.As<int>();
        }

        files.Install(descriptor.Value, merged.Value, closeOnExec: true);
        return descriptor;
    }

    /// <summary>Tells the state of the fences, SYNC_IOC_FILE_INFO.</summary>
    /// <param name="request">The argument; null for a pointer that cannot be read.</param>
    /// <returns>
    /// The answer. In this order: <see cref="Errno.EFAULT"/>, <see cref="Errno.EINVAL"/> for flags or pad,
    /// <see cref="Errno.EINVAL"/> for room that is too small and not zero, <see cref="Errno.EFAULT"/> for room that
    /// cannot be written.
    /// </returns>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>sync_file_ioctl_fence_info()</c>. Without room the status is that of the whole; with
    /// room it is that of the first fence that has not signalled well.</para>
    /// </remarks>
    public Result<SyncFileInfo> Info(SyncFileInfoRequest? request)
    {
        if (request is not { } asked)
        {
            return Unreadable();
        }

        if (asked.Flags != 0 || asked.Pad != 0)
        {
            return Trace.Refuse(Errno.EINVAL, Reason.SyncFieldNotZero);
        }

        int count = DmaFenceUnwrap.Count(Fence);
        if (asked.NumFences == 0)
        {
            int whole = Fence.GetStatus();
            return new SyncFileInfo(Name, whole, count, []);
        }

        if (asked.NumFences < count)
        {
            return Trace.Refuse(Errno.EINVAL, Reason.TooFewFenceInfos);
        }

        int status = 1;
        List<SyncFenceInfo> fences = new(count);
        foreach (DmaFence fence in new DmaFenceUnwrap(Fence))
        {
            SyncFenceInfo info = Describe(fence);
            fences.Add(info);
            status = status <= 0 ? status : info.Status;
        }

        return asked.RoomIsWritable
            ? new SyncFileInfo(Name, status, fences.Count, fences)
            : Trace.Refuse(Errno.EFAULT, Reason.ArgumentUnwritable);
    }

    /// <summary>Hints that the fence should signal by a time, SYNC_IOC_SET_DEADLINE.</summary>
    /// <param name="data">The argument; null for a pointer that cannot be read.</param>
    /// <returns>
    /// <see cref="Errno.ENOTTY"/> on a kernel without deadlines, then <see cref="Errno.EFAULT"/>, then
    /// <see cref="Errno.EINVAL"/> for pad. Success says nothing about the fence.
    /// </returns>
    /// <remarks><b>Kernel:</b> <c>sync_file_ioctl_set_deadline()</c>.</remarks>
    public Result SetDeadline(SyncSetDeadline? data)
    {
        if (!Fence.Core.Kernel.HasFenceDeadlines)
        {
            return Trace.Refuse(Errno.ENOTTY, Reason.SyncIoctlUnknown);
        }

        if (data is not { } hint)
        {
            return Unreadable();
        }

        if (hint.Pad != 0)
        {
            return Trace.Refuse(Errno.EINVAL, Reason.SyncFieldNotZero);
        }

        Fence.SetDeadline(unchecked((long)hint.Deadline));
        return Result.Ok;
    }

    private static SyncFenceInfo Describe(DmaFence fence)
    {
        string timeline = Cut(fence.TimelineName);
        string driver = Cut(fence.DriverName);
        int status = fence.GetStatus();
        return new SyncFenceInfo(timeline, driver, status, fence.HasSignaled ? fence.Timestamp : 0);
    }

    private Result<SyncFile> Merge(SyncMergeData? data, FileTable files)
    {
        if (data is not { } given)
        {
            return Unreadable();
        }

        if (given.Flags != 0 || given.Pad != 0)
        {
            return Trace.Refuse(Errno.EINVAL, Reason.SyncFieldNotZero);
        }

        if (Find(files, given.Fd2) is not { } other)
        {
            return Trace.Refuse(Errno.ENOENT, Reason.NotASyncFile);
        }

        return new SyncFile(DmaFenceMerge.Merge(Fence.Core, Fence, other.Fence), Cut(given.Name));
    }

    private Result Unreadable() => Trace.Refuse(Errno.EFAULT, Reason.ArgumentUnreadable);
}
