using DmaBufSim.Abi;
using DmaBufSim.Dma;
using DmaBufSim.Heaps;
using DmaBufSim.Memory;

namespace DmaBufSim.Tests.Hosting;

/// <summary>Heaps that break the rules, each in one way. The assembly of the tests is the plug-in that brings them.</summary>
public abstract class FaultyHeap(HeapContext context) : DmaHeap(context)
{
    protected internal override Result<SgTable> AllocatePages(int pages) => new SgTable(new FrameRun(Take(pages), pages));

    protected internal override void FreePages(SgTable table)
    {
    }

    /// <summary>A block that is large enough.</summary>
    protected int Take(int pages) =>
        Context.Memory.Buddy.Allocate((int)Math.Ceiling(Math.Log2(pages)), MigrateType.Unmovable).Value;
}

[HeapType("sound")]
public sealed class SoundHeap(HeapContext context) : FaultyHeap(context);

[HeapType("throws-when-made")]
public sealed class ThrowsWhenMade : FaultyHeap
{
    public ThrowsWhenMade(HeapContext context)
        : base(context) => throw new InvalidOperationException("no luck today");
}

[HeapType("refuses-when-made")]
public sealed class RefusesWhenMade : FaultyHeap
{
    public RefusesWhenMade(HeapContext context)
        : base(context) => throw new ArgumentException("size= is missing");
}

[HeapType("needs-what-nobody-has")]
public sealed class NeedsWhatNobodyHas(HeapContext context, IFormatProvider format) : FaultyHeap(context)
{
    public override string ExporterName => string.Format(format, "{0}", Name);
}

[HeapType("throws-on-allocate")]
public sealed class ThrowsOnAllocate(HeapContext context) : FaultyHeap(context)
{
    protected internal override Result<SgTable> AllocatePages(int pages) => throw new FormatException("first\nsecond");
}

[HeapType("throws-on-free")]
public sealed class ThrowsOnFree(HeapContext context) : FaultyHeap(context)
{
    protected internal override void FreePages(SgTable table) => throw new FormatException("cannot free");
}

[HeapType("frees-twice")]
public sealed class FreesTwice(HeapContext context) : FaultyHeap(context)
{
    protected internal override void FreePages(SgTable table)
    {
        Context.Memory.Buddy.Free(table.Runs[0].First, 0);
        Context.Memory.Buddy.Free(table.Runs[0].First, 0);
    }
}

[HeapType("gives-nothing")]
public sealed class GivesNothing(HeapContext context) : FaultyHeap(context)
{
    protected internal override Result<SgTable> AllocatePages(int pages) => default;
}

[HeapType("gives-one-page")]
public sealed class GivesOnePage(HeapContext context) : FaultyHeap(context)
{
    protected internal override Result<SgTable> AllocatePages(int pages) => base.AllocatePages(1);
}

[HeapType("gives-an-empty-run")]
public sealed class GivesAnEmptyRun(HeapContext context) : FaultyHeap(context)
{
    protected internal override Result<SgTable> AllocatePages(int pages) => new SgTable(new FrameRun(3, 0));
}

[HeapType("gives-beyond-memory")]
public sealed class GivesBeyondMemory(HeapContext context) : FaultyHeap(context)
{
    protected internal override Result<SgTable> AllocatePages(int pages) =>
        new SgTable(new FrameRun(Context.Memory.FrameCount - 1, pages));
}

[HeapType("gives-free-frames")]
public sealed class GivesFreeFrames(HeapContext context) : FaultyHeap(context)
{
    protected internal override Result<SgTable> AllocatePages(int pages) => new SgTable(new FrameRun(10, pages));
}

[HeapType("gives-the-same-again")]
public sealed class GivesTheSameAgain(HeapContext context) : FaultyHeap(context)
{
    private int first = -1;

    protected internal override Result<SgTable> AllocatePages(int pages)
    {
        first = first < 0 ? Take(pages) : first;
        return new SgTable(new FrameRun(first, pages));
    }
}

[HeapType("gives-a-frame-twice")]
public sealed class GivesAFrameTwice(HeapContext context) : FaultyHeap(context)
{
    protected internal override Result<SgTable> AllocatePages(int pages)
    {
        FrameRun run = new(Take(1), 1);
        return new SgTable([run, run]);
    }
}

[HeapType("answers-with-no-errno")]
public sealed class AnswersWithNoErrno(HeapContext context) : FaultyHeap(context)
{
    protected internal override Result<SgTable> AllocatePages(int pages) => new Result((Errno)200, Reason.OutOfMemory);
}
