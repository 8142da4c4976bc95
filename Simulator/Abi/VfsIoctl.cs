namespace DmaBufSim.Abi;

/// <summary>The ioctl numbers that the kernel answers before the file is asked, asm-generic/ioctls.h.</summary>
public enum VfsIoctl : uint
{
    /// <summary><c>FIGETBSZ</c>: the block size of the file system.</summary>
    BlockSize = 0x2,

    /// <summary><c>FIONBIO</c>: sets or clears O_NONBLOCK.</summary>
    NonBlock = 0x5421,

    /// <summary><c>FIONCLEX</c>: the descriptor stays open at exec.</summary>
    ClearCloseOnExec = 0x5450,

    /// <summary><c>FIOCLEX</c>: the descriptor closes at exec.</summary>
    SetCloseOnExec = 0x5451,

    /// <summary><c>FIOASYNC</c>: sets or clears O_ASYNC.</summary>
    Async = 0x5452,

    /// <summary><c>FIOQSIZE</c>: the size of a regular file.</summary>
    QuerySize = 0x5460,
}
