using DmaBufSim.Tracing;

namespace DmaBufSim.Memory;

/// <summary>A copy of what is known of the frames, in which a request can be tried.</summary>
public sealed partial class PhysicalMemory
{
    private readonly PhysicalMemory? original;
    private PhysicalMemory? rehearsal;

    // What a copy has of its own: places in the sections, and sections to use again.
    private readonly List<int> ownSections = [];
    private readonly Stack<Section> spareSections = [];

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
        Buddy = new BuddyAllocator(this, memblock, trace);
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
    /// elsewhere; it is of use until this memory changes or is rehearsed again.
    /// </summary>
    /// <remarks>
    /// <b>Cost:</b> the bitmaps of the areas; the bookkeeping of 4 MiB is copied when it is first needed. The memory of
    /// the copy is kept for the next one.
    /// </remarks>
    internal PhysicalMemory Rehearse()
    {
        if (rehearsal is null || rehearsal.areas.Count != areas.Count)
        {
            rehearsal = new PhysicalMemory(this);
        }

        rehearsal.Restore(this);
        return rehearsal;
    }

    private void Restore(PhysicalMemory state)
    {
        foreach (int index in ownSections)
        {
            spareSections.Push(sections[index]!);
            sections[index] = null;
        }

        ownSections.Clear();
        memblock.Restore(state.memblock);
        Buddy.Restore(state.Buddy);
        for (int i = 0; i < areas.Count; i++)
        {
            areas[i].Restore(state.areas[i]);
        }
    }

    private Section MakeSection(int frame)
    {
        int index = frame >> Section.Shift;
        if (original is null)
        {
            return sections[index] = new Section();
        }

        ownSections.Add(index);
        Section section = spareSections.TryPop(out Section? spare) ? spare : new Section();
        section.Restore(original.sections[index]);
        return sections[index] = section;
    }
}
