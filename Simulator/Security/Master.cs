namespace DmaBufSim.Security;

/// <summary>Something that puts addresses on the bus: a CPU or a device.</summary>
/// <param name="Name">The name that access rules use.</param>
/// <param name="IsSecure">Whether the bus marks its accesses as secure.</param>
/// <param name="IsCpu">Whether it is the CPU in the normal world.</param>
/// <param name="HasStream">Whether an IOMMU sees its accesses and can tell them from those of others.</param>
public sealed record Master(string Name, bool IsSecure = false, bool IsCpu = false, bool HasStream = false)
{
    /// <summary>The CPU in the secure world, where a trusted application runs.</summary>
    public static Master Ta { get; } = new("ta", IsSecure: true);

    /// <summary>Whether a program gives it its addresses, in either world, and not the driver of a device.</summary>
    public bool IsProgram => IsCpu || this == Ta;
}
