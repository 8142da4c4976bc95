namespace DmaBufSim.Abi;

/// <summary>The kind of a mapping, the low bits of the flags of mmap.</summary>
public enum MapType : uint
{
    /// <summary>Writes reach the file.</summary>
    Shared = 1,

    /// <summary>Writes stay in the mapping.</summary>
    Private = 2,

    /// <summary>As shared, but flags that are not known are refused.</summary>
    SharedValidate = 3,
}
