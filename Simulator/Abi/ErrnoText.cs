namespace DmaBufSim.Abi;

/// <summary>Error numbers in words.</summary>
public static class ErrnoText
{
    /// <summary>What an error number says in general, as a C library puts it.</summary>
    public static string Of(Errno errno) => errno switch
    {
        Errno.OK => "success",
        Errno.EPERM => "operation not permitted",
        Errno.ENOENT => "no such file or directory",
        Errno.ESRCH => "no such process",
        Errno.EINTR => "interrupted system call",
        Errno.EIO => "input/output error",
        Errno.ENXIO => "no such device or address",
        Errno.EBADF => "bad file descriptor",
        Errno.EAGAIN => "resource temporarily unavailable",
        Errno.ENOMEM => "cannot allocate memory",
        Errno.EACCES => "permission denied",
        Errno.EFAULT => "bad address",
        Errno.EBUSY => "device or resource busy",
        Errno.EEXIST => "file exists",
        Errno.ENODEV => "no such device",
        Errno.EINVAL => "invalid argument",
        Errno.EMFILE => "too many open files",
        Errno.ENOTTY => "inappropriate ioctl for device",
        Errno.EFBIG => "file too large",
        Errno.ENOSPC => "no space left on device",
        Errno.ESPIPE => "illegal seek",
        Errno.EPIPE => "broken pipe",
        Errno.ENOSYS => "function not implemented",
        Errno.EOVERFLOW => "value too large for its type",
        Errno.EBADFD => "file descriptor in bad state",
        Errno.EOPNOTSUPP => "operation not supported",
        Errno.EREMOTEIO => "remote I/O error",
        _ => "another error",
    };
}
