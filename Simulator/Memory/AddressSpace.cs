namespace DmaBufSim.Memory;

/// <summary>What movable pages hold, which decides what becomes of them when an area wants its pages back.</summary>
public enum PageKind
{
    /// <summary>Memory of a process: copied elsewhere.</summary>
    Anonymous,

    /// <summary>Page cache that a file has the same bytes of: dropped.</summary>
    CleanFile,

    /// <summary>Page cache that was written, or memory of a tmpfs file: copied elsewhere.</summary>
    DirtyFile,
}

/// <summary>Something whose pages the kernel may move: it is told where they are.</summary>
/// <remarks>
/// <b>Kernel:</b> <c>struct address_space</c> with <c>migrate_folio</c> of its operations, and the reverse map of
/// anonymous memory.
/// </remarks>
public abstract class AddressSpace
{
    /// <summary>What it is called where it is in the way.</summary>
    public abstract string Name { get; }

    /// <summary>What its pages hold.</summary>
    public abstract PageKind Kind { get; }

    /// <summary>The number by which frames refer to it; 0 while it has none.</summary>
    internal int Number { get; set; }

    /// <summary>How many frames refer to it, those included that only a pin keeps.</summary>
    internal int HeldFrames { get; set; }

    /// <summary>How many of these an area has lent that keeps its idle pages from the page allocator.</summary>
    internal int LentFrames { get; set; }

    /// <summary>Whether the page allocator would get something, if it gave up its pages.</summary>
    internal bool HoldsAllocatorPages => HeldFrames > LentFrames;

    /// <summary>One of its pages was moved; its bytes went with it.</summary>
    /// <param name="index">Which page.</param>
    /// <param name="frame">Where it is now.</param>
    protected internal abstract void Moved(int index, int frame);

    /// <summary>One of its pages was dropped. Only clean page cache is.</summary>
    /// <param name="index">Which page.</param>
    protected internal virtual void Dropped(int index) =>
        throw new InvalidOperationException($"the pages of {Name} cannot be dropped");
}
