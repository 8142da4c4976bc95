namespace DmaBufSim.Security;

/// <summary>What a master may do with bytes.</summary>
[Flags]
public enum AccessRights : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Read them.</summary>
    Read = 1,

    /// <summary>Write them.</summary>
    Write = 2,

    /// <summary>Both.</summary>
    ReadWrite = Read | Write,
}
