using System.Collections.Immutable;
using DmaBufSim.Heaps;
using DmaBufSim.Security;

namespace DmaBufSim.Checking;

/// <summary>Whose content is in a byte, and how it came there.</summary>
/// <param name="Step">What was done last.</param>
/// <param name="Uses">The heaps with rules that something of the byte was written into, oldest first.</param>
/// <param name="From">The label of the byte that was copied, or null.</param>
/// <param name="Under">The label of the byte that was there and was blended with it, or null.</param>
internal sealed record FlowLabel(FlowStep Step, ImmutableArray<DmaHeap> Uses, FlowLabel? From, FlowLabel? Under)
{
    /// <summary>Who has put something of the byte into memory, wherever that was.</summary>
    public FlowAuthors Authors { get; } = (From?.Authors ?? AuthorsOf(Step.Master)) | (Under?.Authors ?? 0);

    /// <summary>The path of what came from a use, from where it was written.</summary>
    public IEnumerable<FlowStep> PathOf(DmaHeap use)
    {
        FlowLabel? before = Holds(From, use) ? From : Holds(Under, use) ? Under : null;
        return [.. before?.PathOf(use) ?? [], Step];
    }

    private static bool Holds(FlowLabel? label, DmaHeap use) => label is not null && label.Uses.Contains(use);

    private static FlowAuthors AuthorsOf(Master master) =>
        master.IsProgram ? FlowAuthors.Program : FlowAuthors.Device;
}

/// <summary>Who a byte comes from.</summary>
[Flags]
internal enum FlowAuthors
{
    /// <summary>Nobody who is known.</summary>
    None = 0,

    /// <summary>The CPU, in either world.</summary>
    Program = 1,

    /// <summary>A device.</summary>
    Device = 2,
}

/// <summary>What a master did with a byte.</summary>
internal enum FlowDeed
{
    /// <summary>It put it there.</summary>
    Written,

    /// <summary>It read it elsewhere and wrote it there.</summary>
    Copied,

    /// <summary>It read it elsewhere and wrote there what it made of it and of what was there.</summary>
    Blended,

    /// <summary>It got to see it.</summary>
    Read,
}

/// <summary>One step of the path that a byte took.</summary>
/// <param name="Deed">What was done.</param>
/// <param name="Master">By whom.</param>
/// <param name="Where">What the byte was in then.</param>
/// <param name="Place">Where the story was.</param>
internal sealed record FlowStep(FlowDeed Deed, Master Master, FrameOwner Where, StoryPlace Place)
{
    /// <summary>The step in words.</summary>
    public override string ToString() => Deed switch
    {
        FlowDeed.Written => $"written by {Master.Name} into {Where} {Place}",
        FlowDeed.Copied => $"copied by {Master.Name} to {Where} {Place}",
        FlowDeed.Blended => $"blended by {Master.Name} into {Where} {Place}",
        _ => $"read by {Master.Name} {Place}",
    };
}
