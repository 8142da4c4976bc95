using DmaBufSim.Abi;

namespace DmaBufSim.Security;

/// <summary>No hardware: whatever is programmed, every access goes through.</summary>
public sealed class NoGuard : Guard
{
    /// <inheritdoc/>
    public override bool Enforces => false;

    /// <inheritdoc/>
    protected internal override Result<long> Program(Firewall firewall, int pages) => 0;
}
