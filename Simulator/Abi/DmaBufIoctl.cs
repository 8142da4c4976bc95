namespace DmaBufSim.Abi;

/// <summary>The ioctl numbers of a dma-buf, include/uapi/linux/dma-buf.h. All 32 bits are compared.</summary>
public enum DmaBufIoctl : uint
{
    /// <summary><c>DMA_BUF_IOCTL_SYNC</c>.</summary>
    Sync = 0x40086200,

    /// <summary><c>DMA_BUF_SET_NAME_A</c>, with a 32-bit argument.</summary>
    SetNameA = 0x40046201,

    /// <summary><c>DMA_BUF_SET_NAME_B</c>, with a 64-bit argument.</summary>
    SetNameB = 0x40086201,

    /// <summary><c>DMA_BUF_IOCTL_EXPORT_SYNC_FILE</c>.</summary>
    ExportSyncFile = 0xc0086202,

    /// <summary><c>DMA_BUF_IOCTL_IMPORT_SYNC_FILE</c>.</summary>
    ImportSyncFile = 0x40086203,
}

/// <summary>The flags of <c>DMA_BUF_IOCTL_SYNC</c>.</summary>
[Flags]
public enum DmaBufSyncFlags : ulong
{
    /// <summary>An access begins.</summary>
    Start = 0,

    /// <summary>The CPU reads.</summary>
    Read = 1,

    /// <summary>The CPU writes.</summary>
    Write = 2,

    /// <summary>The CPU does both.</summary>
    ReadWrite = 3,

    /// <summary>The access ends.</summary>
    End = 4,

    /// <summary>Every bit that has a meaning.</summary>
    All = 7,
}
