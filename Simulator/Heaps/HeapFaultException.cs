namespace DmaBufSim.Heaps;

/// <summary>A heap of one's own breaks the rules of heaps. This is its defect, never that of a scenario.</summary>
/// <param name="message">Which heap, and what it did.</param>
/// <param name="cause">What it threw, or null where it threw nothing.</param>
public sealed class HeapFaultException(string message, Exception? cause = null) : Exception(message, cause);
