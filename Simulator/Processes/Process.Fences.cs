using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Fences;
using DmaBufSim.Files;

namespace DmaBufSim.Processes;

public sealed partial class Process
{
    private static readonly IoctlArgument Readable = new(true);

    /// <summary>The name that the kernel has for the process: its software timelines are called so.</summary>
    /// <remarks><b>Kernel:</b> <c>comm</c>. A forked process starts with that of its parent.</remarks>
    public string Command { get; set; } = "runner";

    /// <summary>What of a file is ready, without waiting.</summary>
    /// <returns>
    /// The events that were asked for, with errors and <see cref="PollEvents.Invalid"/>, which need not be asked for.
    /// <see cref="Errno.EINTR"/> where the reservation of a buffer is locked and Linux would sleep.
    /// </returns>
    /// <remarks><b>Kernel:</b> <c>do_pollfd()</c>: a negative descriptor is passed over.</remarks>
    public Result<PollEvents> Poll(int descriptor, PollEvents events)
    {
        Run();
        if (descriptor < 0)
        {
            return PollEvents.None;
        }

        if (Files.Find(descriptor) is not { } file)
        {
            return PollEvents.Invalid;
        }

        Result free = file is DmaBuf buffer ? buffer.CheckUnlocked() : Result.Ok;
        PollEvents wanted = events | PollEvents.Always;
        return free.IsOk ? file.Poll(wanted) & wanted : free;
    }

    /// <summary>Makes a sync_file of what an access has to wait for, DMA_BUF_IOCTL_EXPORT_SYNC_FILE.</summary>
    /// <returns><see cref="Errno.EBADF"/>, or what <see cref="DmaBuf.ExportSyncFile"/> answers.</returns>
    public Result<int> ExportSyncFile(int descriptor, uint flags)
    {
        Result<OpenFile> file = File(descriptor);
        return file is { IsOk: true, Value: DmaBuf buffer }
            ? buffer.ExportSyncFile(Files, flags)
            : OfOtherFile(file, (uint)DmaBufIoctl.ExportSyncFile);
    }

    /// <summary>Adds the fences of a sync_file to a buffer, DMA_BUF_IOCTL_IMPORT_SYNC_FILE.</summary>
    /// <returns><see cref="Errno.EBADF"/>, or what <see cref="DmaBuf.ImportSyncFile"/> answers.</returns>
    public Result ImportSyncFile(int descriptor, uint flags, int syncFile)
    {
        Result<OpenFile> file = File(descriptor);
        return file is { IsOk: true, Value: DmaBuf buffer }
            ? buffer.ImportSyncFile(Files, flags, syncFile)
            : OfOtherFile(file, (uint)DmaBufIoctl.ImportSyncFile);
    }

    /// <summary>Opens a software timeline, <c>sync/sw_sync</c> of debugfs.</summary>
    /// <returns><see cref="Errno.EMFILE"/>.</returns>
    /// <remarks><b>Kernel:</b> <c>sw_sync_debugfs_open()</c>.</remarks>
    public Result<int> OpenTimeline()
    {
        Run();
        Result<int> descriptor = Files.Reserve();
        if (descriptor.IsOk)
        {
            Files.Install(descriptor.Value, new SwSyncTimeline(context.Fences, Command), closeOnExec: true);
        }

        return descriptor;
    }

    /// <summary>Makes a fence that signals when a timeline reaches a value, SW_SYNC_IOC_CREATE_FENCE.</summary>
    /// <returns><see cref="Errno.EBADF"/>, or what <see cref="SwSyncTimeline.CreateFence"/> answers.</returns>
    public Result<int> CreateFence(int timeline, uint value, string name = "")
    {
        Result<OpenFile> file = File(timeline);
        return file is { IsOk: true, Value: SwSyncTimeline opened }
            ? opened.CreateFence(Files, new SwSyncCreateFenceData(value, name))
            : OfOtherFile(file, (uint)SwSyncIoctl.CreateFence);
    }

    /// <summary>Moves a timeline, SW_SYNC_IOC_INC.</summary>
    /// <returns><see cref="Errno.EBADF"/>, or what <see cref="SwSyncTimeline.Increment"/> answers.</returns>
    public Result Increment(int timeline, uint amount)
    {
        Result<OpenFile> file = File(timeline);
        return file is { IsOk: true, Value: SwSyncTimeline opened }
            ? opened.Increment(amount)
            : OfOtherFile(file, (uint)SwSyncIoctl.Increment);
    }

    /// <summary>The earliest deadline that was set on a fence of a software timeline, SW_SYNC_GET_DEADLINE.</summary>
    /// <returns><see cref="Errno.EBADF"/>, or what <see cref="SwSyncTimeline.GetDeadline"/> answers.</returns>
    public Result<ulong> GetDeadline(int timeline, int fence)
    {
        Result<OpenFile> file = File(timeline);
        return file is { IsOk: true, Value: SwSyncTimeline opened }
            ? opened.GetDeadline(Files, new SwSyncGetDeadline(fence))
            : OfOtherFile(file, (uint)SwSyncIoctl.GetDeadline);
    }

    /// <summary>Makes a sync_file that signals when two have, SYNC_IOC_MERGE.</summary>
    /// <returns><see cref="Errno.EBADF"/>, or what <see cref="SyncFile.Merge(FileTable, SyncMergeData?)"/>
    /// answers.</returns>
    public Result<int> Merge(int syncFile, in SyncMergeData data)
    {
        Result<OpenFile> file = File(syncFile);
        return file is { IsOk: true, Value: SyncFile opened }
            ? opened.Merge(Files, data)
            : OfOtherFile(file, (uint)SyncFileIoctl.Merge);
    }

    /// <summary>Tells the state of the fences of a sync_file, SYNC_IOC_FILE_INFO.</summary>
    /// <returns><see cref="Errno.EBADF"/>, or what <see cref="SyncFile.Info"/> answers.</returns>
    public Result<SyncFileInfo> FileInfo(int syncFile, in SyncFileInfoRequest request)
    {
        Result<OpenFile> file = File(syncFile);
        return file is { IsOk: true, Value: SyncFile opened }
            ? opened.Info(request)
            : OfOtherFile(file, (uint)SyncFileIoctl.FileInfo);
    }

    /// <summary>Hints that a sync_file should signal by a time, SYNC_IOC_SET_DEADLINE.</summary>
    /// <returns><see cref="Errno.EBADF"/>, or what <see cref="SyncFile.SetDeadline"/> answers.</returns>
    public Result SetDeadline(int syncFile, in SyncSetDeadline data)
    {
        Result<OpenFile> file = File(syncFile);
        return file is { IsOk: true, Value: SyncFile opened }
            ? opened.SetDeadline(data)
            : OfOtherFile(file, (uint)SyncFileIoctl.SetDeadline);
    }

    // A file of another kind does not know the number.
    private static Result OfOtherFile(in Result<OpenFile> file, uint number) =>
        file.IsOk ? file.Value.Ioctl(number, Readable) : file.Status;
}
