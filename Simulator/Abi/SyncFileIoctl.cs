namespace DmaBufSim.Abi;

/// <summary>The ioctl numbers of a sync_file, include/uapi/linux/sync_file.h. All 32 bits are compared.</summary>
public enum SyncFileIoctl : uint
{
    /// <summary><c>SYNC_IOC_MERGE</c>.</summary>
    Merge = 0xc0303e03,

    /// <summary><c>SYNC_IOC_FILE_INFO</c>.</summary>
    FileInfo = 0xc0383e04,

    /// <summary><c>SYNC_IOC_SET_DEADLINE</c>.</summary>
    SetDeadline = 0x40103e05,
}

/// <summary>The argument of <c>SYNC_IOC_MERGE</c>, <c>struct sync_merge_data</c>.</summary>
/// <param name="Name">The name of the new sync_file, cut to 31 characters; empty for none.</param>
/// <param name="Fd2">The other sync_file.</param>
/// <param name="Flags">Must be zero.</param>
/// <param name="Pad">Must be zero.</param>
public readonly record struct SyncMergeData(string Name, int Fd2, uint Flags = 0, uint Pad = 0);

/// <summary>The argument of <c>SYNC_IOC_FILE_INFO</c> on the way in, <c>struct sync_file_info</c>.</summary>
/// <param name="NumFences">For how many fences there is room; 0 asks only how many there are.</param>
/// <param name="Flags">Must be zero.</param>
/// <param name="Pad">Must be zero.</param>
/// <param name="RoomIsWritable">Whether the memory for the fences can be written.</param>
public readonly record struct SyncFileInfoRequest(
    uint NumFences, uint Flags = 0, uint Pad = 0, bool RoomIsWritable = true);

/// <summary>The answer of <c>SYNC_IOC_FILE_INFO</c>, <c>struct sync_file_info</c>.</summary>
/// <param name="Name">The name of the sync_file.</param>
/// <param name="Status">0 while pending, 1 when signalled, or a negative error number.</param>
/// <param name="NumFences">How many fences it stands for.</param>
/// <param name="Fences">The fences; empty where there was no room for any.</param>
public sealed record SyncFileInfo(string Name, int Status, int NumFences, IReadOnlyList<SyncFenceInfo> Fences);

/// <summary>One fence of a sync_file, <c>struct sync_fence_info</c>.</summary>
/// <param name="ObjectName">The timeline.</param>
/// <param name="DriverName">The driver.</param>
/// <param name="Status">0 while pending, 1 when signalled, or a negative error number.</param>
/// <param name="Timestamp">When it signalled, in nanoseconds since boot; 0 while pending.</param>
public readonly record struct SyncFenceInfo(string ObjectName, string DriverName, int Status, long Timestamp);

/// <summary>The argument of <c>SYNC_IOC_SET_DEADLINE</c>, <c>struct sync_set_deadline</c>.</summary>
/// <param name="Deadline">Nanoseconds since boot.</param>
/// <param name="Pad">Must be zero.</param>
public readonly record struct SyncSetDeadline(ulong Deadline, ulong Pad = 0);
