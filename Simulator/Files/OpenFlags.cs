namespace DmaBufSim.Files;

/// <summary>The flags of an open file, with the numbers of Linux on x86-64.</summary>
[Flags]
public enum OpenFlags : uint
{
    /// <summary>Read only: the absence of the other access modes.</summary>
    ReadOnly = 0,

    /// <summary>Write only.</summary>
    WriteOnly = 1,

    /// <summary>Read and write.</summary>
    ReadWrite = 2,

    /// <summary>The bits of the access mode. The value 3 can neither read nor write.</summary>
    AccessMode = 3,

    /// <summary>Calls do not wait.</summary>
    NonBlock = 0x800,

    /// <summary>Offsets have 64 bits. A memfd has it; only fdinfo shows it.</summary>
    LargeFile = 0x8000,

    /// <summary>The descriptor closes when the process executes another program.</summary>
    CloseOnExec = 0x80000,
}
