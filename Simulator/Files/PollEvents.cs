namespace DmaBufSim.Files;

/// <summary>The events of poll, with the numbers of Linux.</summary>
[Flags]
public enum PollEvents : ushort
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Reading does not wait; of a sync_file: the fence has signalled.</summary>
    In = 1,

    /// <summary>Something urgent.</summary>
    Priority = 2,

    /// <summary>Writing does not wait.</summary>
    Out = 4,

    /// <summary>An error. It is reported unasked.</summary>
    Error = 8,

    /// <summary>The other end is gone. It is reported unasked.</summary>
    HangUp = 0x10,

    /// <summary>The descriptor is not open. Only the system call itself reports it, never a file.</summary>
    Invalid = 0x20,

    /// <summary>Normal data can be read.</summary>
    ReadNormal = 0x40,

    /// <summary>Normal data can be written.</summary>
    WriteNormal = 0x100,

    /// <summary>What a file without a poll operation answers.</summary>
    Default = In | Out | ReadNormal | WriteNormal,

    /// <summary>What poll reports whether it was asked for or not.</summary>
    Always = Error | HangUp,
}
