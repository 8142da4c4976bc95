using DmaBufSim.Security;

namespace DmaBufSim.Dma;

/// <summary>Which way bytes move in a mapping; the numbers are those of the kernel.</summary>
public enum DmaDirection : byte
{
    /// <summary>Both ways.</summary>
    Bidirectional = 0,

    /// <summary>The device reads.</summary>
    ToDevice = 1,

    /// <summary>The device writes.</summary>
    FromDevice = 2,

    /// <summary>No way: mapping with it is a BUG.</summary>
    None = 3,
}

/// <summary>What a direction means for the device's rights.</summary>
public static class DmaDirections
{
    /// <summary>What the device does with memory that is mapped this way.</summary>
    public static AccessRights DeviceRights(this DmaDirection direction) => direction switch
    {
        DmaDirection.ToDevice => AccessRights.Read,
        DmaDirection.FromDevice => AccessRights.Write,
        DmaDirection.Bidirectional => AccessRights.ReadWrite,
        _ => AccessRights.None,
    };
}
