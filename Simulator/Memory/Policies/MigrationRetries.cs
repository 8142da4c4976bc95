namespace DmaBufSim.Memory.Policies;

/// <summary>A request that met pinned pages waits a little and is made again.</summary>
/// <remarks>
/// <b>Kernel:</b> none; "cma: sleep and retry on EBUSY" of 2020 has five rounds of 100 ms, and Android ships it.
/// </remarks>
public sealed class MigrationRetries : CmaPolicy
{
    private const long Millisecond = 1_000_000;

    /// <inheritdoc/>
    public override int Retries => 5;

    /// <inheritdoc/>
    public override long RetryDelay => 100 * Millisecond;
}
