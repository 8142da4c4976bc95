namespace DmaBufSim.Memory.Policies;

/// <summary>The lowest free run at the alignment, as Linux has it.</summary>
/// <remarks><b>Kernel:</b> <c>cma_alloc()</c>, <c>bitmap_find_next_zero_area_off()</c>.</remarks>
public sealed class FirstFit : CmaPolicy;
