namespace DmaBufSim.Abi;

/// <summary>The ioctl numbers of a software timeline, drivers/dma-buf/sw_sync.c. All 32 bits are compared.</summary>
public enum SwSyncIoctl : uint
{
    /// <summary><c>SW_SYNC_IOC_CREATE_FENCE</c>.</summary>
    CreateFence = 0xc0285700,

    /// <summary><c>SW_SYNC_IOC_INC</c>.</summary>
    Increment = 0x40045701,

    /// <summary><c>SW_SYNC_GET_DEADLINE</c>.</summary>
    GetDeadline = 0xc0105702,
}

/// <summary>The argument of <c>SW_SYNC_IOC_CREATE_FENCE</c>, <c>struct sw_sync_create_fence_data</c>.</summary>
/// <param name="Value">The value of the timeline at which the fence signals.</param>
/// <param name="Name">A name that no kernel looks at.</param>
public readonly record struct SwSyncCreateFenceData(uint Value, string Name = "");

/// <summary>The argument of <c>SW_SYNC_GET_DEADLINE</c>, <c>struct sw_sync_get_deadline</c>.</summary>
/// <param name="Fence">The descriptor of the fence.</param>
/// <param name="Deadline">Must be zero on the way in.</param>
/// <param name="Pad">Must be zero.</param>
public readonly record struct SwSyncGetDeadline(int Fence, ulong Deadline = 0, uint Pad = 0);
