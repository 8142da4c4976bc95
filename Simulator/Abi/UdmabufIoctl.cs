namespace DmaBufSim.Abi;

/// <summary>The ioctl numbers of /dev/udmabuf, include/uapi/linux/udmabuf.h. All 32 bits are compared.</summary>
public enum UdmabufIoctl : uint
{
    /// <summary><c>UDMABUF_CREATE</c>: a buffer over one stretch of a memfd.</summary>
    Create = 0x40187542,

    /// <summary><c>UDMABUF_CREATE_LIST</c>: a buffer over several stretches, one behind the other.</summary>
    CreateList = 0x40087543,
}

/// <summary>The flags of both calls. The kernel looks at no other bit.</summary>
[Flags]
public enum UdmabufFlags : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary><c>UDMABUF_FLAGS_CLOEXEC</c>: the descriptor closes on exec.</summary>
    CloseOnExec = 1,
}

/// <summary>A stretch of a memfd, <c>struct udmabuf_create_item</c>.</summary>
/// <param name="Memfd">The descriptor.</param>
/// <param name="Offset">Where it starts, in bytes.</param>
/// <param name="Size">Bytes.</param>
public readonly record struct UdmabufItem(int Memfd, ulong Offset, ulong Size);
