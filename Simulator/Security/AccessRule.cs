namespace DmaBufSim.Security;

/// <summary>One line of a heap's configuration: a master, what it may do, and where.</summary>
/// <param name="Master">The name of the master: <c>cpu</c> or a device.</param>
/// <param name="Rights">What it may do.</param>
/// <param name="Region">The named region of a buffer that the rule is limited to, or null for the whole buffer.</param>
public sealed record AccessRule(string Master, AccessRights Rights, string? Region)
{
    /// <summary>The rule as a scenario writes it.</summary>
    public override string ToString()
    {
        string rights = Rights switch
        {
            AccessRights.Read => "read",
            AccessRights.Write => "write",
            _ => "read write",
        };
        return Region is null ? $"allow {Master} {rights}" : $"allow {Master} {rights} in={Region}";
    }
}
