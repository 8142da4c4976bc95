namespace DmaBufSim.Abi;

/// <summary>The error numbers of Linux that this subsystem can answer with, by their kernel names and values.</summary>
/// <remarks>The default value is <see cref="OK"/>.</remarks>
public enum Errno : byte
{
    /// <summary>Success.</summary>
    OK = 0,
    /// <summary>Operation not permitted.</summary>
    EPERM = 1,
    /// <summary>No such file or directory.</summary>
    ENOENT = 2,
    /// <summary>No such process.</summary>
    ESRCH = 3,
    /// <summary>Interrupted system call.</summary>
    EINTR = 4,
    /// <summary>Input/output error.</summary>
    EIO = 5,
    /// <summary>No such device or address.</summary>
    ENXIO = 6,
    /// <summary>Bad file descriptor.</summary>
    EBADF = 9,
    /// <summary>Try again.</summary>
    EAGAIN = 11,
    /// <summary>Out of memory.</summary>
    ENOMEM = 12,
    /// <summary>Permission denied.</summary>
    EACCES = 13,
    /// <summary>Bad address.</summary>
    EFAULT = 14,
    /// <summary>Device or resource busy.</summary>
    EBUSY = 16,
    /// <summary>File exists.</summary>
    EEXIST = 17,
    /// <summary>No such device.</summary>
    ENODEV = 19,
    /// <summary>Invalid argument.</summary>
    EINVAL = 22,
    /// <summary>Too many open files.</summary>
    EMFILE = 24,
    /// <summary>Inappropriate ioctl for device.</summary>
    ENOTTY = 25,
    /// <summary>File too large.</summary>
    EFBIG = 27,
    /// <summary>No space left on device.</summary>
    ENOSPC = 28,
    /// <summary>Illegal seek.</summary>
    ESPIPE = 29,
    /// <summary>Broken pipe.</summary>
    EPIPE = 32,
    /// <summary>Taking the lock could deadlock: let go of everything and begin again.</summary>
    EDEADLK = 35,
    /// <summary>Function not implemented.</summary>
    ENOSYS = 38,
    /// <summary>There is no result.</summary>
    ENODATA = 61,
    /// <summary>The time is up.</summary>
    ETIME = 62,
    /// <summary>Value too large for its type.</summary>
    EOVERFLOW = 75,
    /// <summary>File descriptor in bad state.</summary>
    EBADFD = 77,
    /// <summary>Operation not supported.</summary>
    EOPNOTSUPP = 95,
    /// <summary>Already done.</summary>
    EALREADY = 114,
    /// <summary>Remote I/O error.</summary>
    EREMOTEIO = 121,
    /// <summary>The work was cancelled.</summary>
    ECANCELED = 125,
}
