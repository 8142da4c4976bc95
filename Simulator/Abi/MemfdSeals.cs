namespace DmaBufSim.Abi;

/// <summary>What can be ruled out for a memfd for good, include/uapi/linux/fcntl.h.</summary>
[Flags]
public enum MemfdSeals : uint
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary><c>F_SEAL_SEAL</c>: no further seal.</summary>
    Seal = 0x1,

    /// <summary><c>F_SEAL_SHRINK</c>: no smaller size.</summary>
    Shrink = 0x2,

    /// <summary><c>F_SEAL_GROW</c>: no larger size.</summary>
    Grow = 0x4,

    /// <summary><c>F_SEAL_WRITE</c>: no write at all.</summary>
    Write = 0x8,

    /// <summary><c>F_SEAL_FUTURE_WRITE</c>: no write but through mappings that exist.</summary>
    FutureWrite = 0x10,

    /// <summary><c>F_SEAL_EXEC</c>: the mode's right to execute stays as it is.</summary>
    Execute = 0x20,
}
