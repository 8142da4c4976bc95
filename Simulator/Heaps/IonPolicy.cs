using DmaBufSim.Abi;

namespace DmaBufSim.Heaps;

/// <summary>
/// What was there before: user space picks a heap, nothing checks, nothing is programmed. The baseline.
/// </summary>
/// <remarks>
/// <para><b>Kernel:</b> the heap mask and the flags of ION, drivers/staging/android/ion, up to 5.10.</para>
/// </remarks>
public sealed class IonPolicy : SecurePolicy
{
    /// <inheritdoc/>
    public override string Name => "ion";

    /// <inheritdoc/>
    public override string Promise => "Memory from the heap that user space picked.";

    /// <inheritdoc/>
    public override string CannotExpress => "Who may touch a buffer: every rule is a wish.";

    /// <inheritdoc/>
    public override string Subtitles => "In place: the CPU maps the whole buffer, and can read it all.";

    /// <inheritdoc/>
    /// <remarks>Rules are not read.</remarks>
    public override int ConfigurationLines(int uses, int rules, int areas) => uses + areas;

    /// <inheritdoc/>
    public override bool PromisesSecrecy => false;

    /// <inheritdoc/>
    public override bool Programs => false;

    /// <inheritdoc/>
    public override bool Wipes => false;

    /// <inheritdoc/>
    public override bool EndsRightsWithUse => false;

    /// <inheritdoc/>
    public override bool FixesRegions => false;

    /// <inheritdoc/>
    protected internal override Result Made(HeapBuffer buffer, ulong flags) => Result.Ok;

    /// <inheritdoc/>
    protected internal override bool CanMmap(HeapBuffer buffer) => true;

    /// <inheritdoc/>
    /// <remarks>Nobody knows that there was a use.</remarks>
    protected internal override void Teardown(DmaHeap heap)
    {
    }
}
