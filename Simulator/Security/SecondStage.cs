using DmaBufSim.Abi;

namespace DmaBufSim.Security;

/// <summary>A hypervisor that gives each page of memory to some masters.</summary>
/// <remarks>
/// <para>As many ranges as one likes. A page that a named region covers in part traps, and the hypervisor decides by
/// the byte.</para>
/// <para><b>Cost:</b> 1 µs for the call and 250 ns for each page, of the bounds that are known for Qualcomm's
/// hyp-assign: an estimate.</para>
/// </remarks>
public sealed class SecondStage(GuardSettings settings) : Guard
{
    private readonly long latency = settings.Latency ?? 1000;
    private readonly long perPage = settings.PerPage ?? 250;

    /// <inheritdoc/>
    protected internal override Result<long> Program(Firewall firewall, int pages) => latency + (perPage * pages);
}
