namespace DmaBufSim.Security;

/// <summary>Something that puts addresses on the bus: the CPU or a device.</summary>
/// <param name="Name">The name that access rules use.</param>
/// <param name="IsSecure">Whether the bus marks its accesses as secure.</param>
/// <param name="IsCpu">Whether it is the CPU in the normal world.</param>
public sealed record Master(string Name, bool IsSecure = false, bool IsCpu = false);
