using DmaBufSim.Tracing;

namespace DmaBufSim.Memory;

/// <summary>A copy of what is known of the frames, in which a request can be tried.</summary>
public sealed partial class PhysicalMemory
{
    private readonly PhysicalMemory? original;

    private PhysicalMemory(PhysicalMemory original)
    {
        this.original = original;
        FrameCount = original.FrameCount;
        TotalFrames = original.TotalFrames;
        BaseAddress = original.BaseAddress;
        holes = original.holes;
        trace = new Trace();
        sections = new Section?[original.sections.Length];
        memblock = new Memblock(original.memblock);
        Buddy = new BuddyAllocator(original.Buddy, this, memblock, trace);
        Movable = new ReverseMap(original.Movable, this);
        foreach (CmaArea area in original.areas)
        {
            areas.Add(new CmaArea(area, this, trace));
        }
    }

    /// <summary>Whether it is a copy: it has no bytes, and no address space is told where its pages are.</summary>
    internal bool IsRehearsal => original is not null;

    /// <summary>
    /// A memory in the same state, in which everything is placed and moved as here. Nothing that happens in it is seen
    /// elsewhere; it is of use until this memory changes.
    /// </summary>
    /// <remarks>
    /// <b>Cost:</b> the bitmaps of the areas; the bookkeeping of 4 MiB is copied when it is first needed.
    /// </remarks>
    internal PhysicalMemory Rehearse() => new(this);

    private Section MakeSection(int frame) =>
        sections[frame >> Section.Shift] = new Section(original?.SectionIfMade(frame));
}
