using DmaBufSim.Abi;
using DmaBufSim.Dma;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Memory;
using DmaBufSim.Security;
using DmaBufSim.Tests.Support;
using NUnit.Framework;

namespace DmaBufSim.Tests.Heaps;

/// <summary>A heap of one's own: the one of the README of the room, and two that misbehave.</summary>
[TestFixture]
public sealed class OwnHeapTests
{
    [Test]
    public void TwoMethodsMakeAHeap()
    {
        Machine machine = (Box.Empty with { Memory = 4 << 20 }).Heap("thrifty", "singles").Device("probe0", "probe")
            .Build(new HeapType("singles", context => new SinglePageHeap(context)));
        int buffer = machine.Alloc("thrifty", 3 << 12);
        Assert.That(SystemHeapTests.Chunks(machine, buffer), Is.EqualTo(new[] { 1, 1, 1 }));
        Assert.That(machine.Attach("probe0", buffer).Map(DmaDirection.ToDevice).IsOk);
        Assert.That(machine.TryAlloc("thrifty", 8 << 20).Errno, Is.EqualTo(Errno.ENOMEM));
        machine.FindImporter("probe0")!.Imports[0].Detach();
        machine.First.Close(buffer);
        Assert.That(machine.Memory.Buddy.FreeFrames, Is.EqualTo(1024));
    }

    [Test]
    public void AHeapThatGivesAnotherNumberOfPagesIsAMistake()
    {
        Machine machine = Box.Empty.Heap("bad", "fixed").Build(new HeapType("fixed", c => new FixedHeap(c)));
        machine.Memory.Buddy.Allocate(10, MigrateType.Unmovable);
        Assert.That(machine.TryAlloc("bad", 4096).IsOk);
        Assert.That(
            () => machine.TryAlloc("bad", 8192),
            Throws.TypeOf<HeapFaultException>().With.Message.EqualTo(
                "the heap 'bad' (FixedHeap) was asked for 2 pages and gave 1"));
    }

    [Test]
    public void AHeapThatGivesProtectedFramesTwiceIsAMistake()
    {
        AccessRule[] rules = [Box.Allow("gpu", AccessRights.Read)];
        Machine machine = Box.Empty.Heap("bad", "fixed", rules: rules).Heap("worse", "fixed", rules: rules)
            .Build(new HeapType("fixed", context => new FixedHeap(context)));
        machine.Memory.Buddy.Allocate(10, MigrateType.Unmovable);
        Assert.That(machine.TryAlloc("bad", 4096).IsOk);
        Assert.That(() => machine.TryAlloc("worse", 4096), Throws.ArgumentException);
    }

    internal sealed class FixedHeap(HeapContext context) : DmaHeap(context)
    {
        protected internal override Result<SgTable> AllocatePages(int pages) => new SgTable(new FrameRun(700, 1));

        protected internal override void FreePages(SgTable table)
        {
        }
    }

    [HeapType("singles")]
    private sealed class SinglePageHeap(HeapContext context) : DmaHeap(context)
    {
        protected internal override Result<SgTable> AllocatePages(int pages)
        {
            List<FrameRun> runs = [];
            while (runs.Count < pages)
            {
                Result<int> frame = Context.Memory.Buddy.Allocate(order: 0, MigrateType.Unmovable);
                if (!frame.IsOk)
                {
                    runs.ForEach(run => Context.Memory.Buddy.Free(run.First, order: 0));
                    return frame.As<SgTable>();
                }

                runs.Add(new FrameRun(frame.Value, 1));
            }

            return new SgTable(runs.ToArray());
        }

        protected internal override void FreePages(SgTable table)
        {
            foreach (FrameRun run in table.Runs)
            {
                Context.Memory.Buddy.Free(run.First, order: 0);
            }
        }
    }
}
