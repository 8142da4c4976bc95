using DmaBufSim.Abi;
using DmaBufSim.Checking;
using DmaBufSim.Devices;
using DmaBufSim.Dma;
using DmaBufSim.Files;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Security;
using DmaBufSim.Tests.Support;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Checking;

/// <summary>Every law where it holds, and where something is broken on purpose.</summary>
[TestFixture]
public sealed class LawTests
{
    [Test]
    public void TheSentencesLeadToTheirLaws()
    {
        Assert.That(Laws.Sentences, Has.Length.EqualTo(8).And.All.StartsWith("always "));
        foreach (string sentence in Laws.Sentences)
        {
            Assert.That(Laws.Make(sentence)!.Sentence, Is.EqualTo(sentence));
            Assert.That(Laws.Make(sentence), Is.Not.SameAs(Laws.Make(sentence)));
        }

        Assert.That(Laws.Make("always and never"), Is.Null);
    }

    [Test]
    public void AllReleasedHoldsAfterTheLastClose()
    {
        Machine machine = Watched(new AllReleased(), out AllReleased law);
        int buffer = machine.Alloc("cma", 4096);
        law.Check(machine);
        Assert.That(law.Violation, Is.Null);
        machine.First.Close(buffer);
        law.CheckAtEnd(machine);
        Assert.That(law.Violation, Is.Null);
    }

    [Test]
    public void AllReleasedNamesTheOldestBufferAndItsHolders()
    {
        Machine machine = Watched(new AllReleased(), out AllReleased law);
        int buffer = machine.Alloc("cma", 4096);
        machine.Attach("gpu", buffer);
        machine.Alloc("cma", 4096);
        law.CheckAtEnd(machine);
        Assert.That(
            law.Violation,
            Does.StartWith("2 buffers live; the oldest is #1").And.Contains("gpu").And.Contains("first"));
    }

    [Test]
    public void ReferencesEqualHolders()
    {
        Machine machine = Watched(new ReferencesEqualHolders(), out ReferencesEqualHolders law);
        int buffer = machine.Alloc("sys", 8192);
        machine.First.Duplicate(buffer);
        machine.Mmap(buffer, 4096, MapProtection.Read);
        machine.Attach("gpu", buffer).Map(DmaDirection.ToDevice);
        Assert.That(machine.Vmap(machine.First, buffer).IsOk);
        machine.Fork(machine.First, "p1");
        law.Check(machine);
        Assert.That(law.Violation, Is.Null);
    }

    [TestCase(true, "buffer #1 counts 2 references and has 1 holders")]
    [TestCase(false, "buffer #1 counts 1 references and has 2 holders")]
    public void AReferenceWithoutAHolderIsSeenAndTheOtherWayRound(bool oneMore, string violation)
    {
        Machine machine = Watched(new ReferencesEqualHolders(), out ReferencesEqualHolders law);
        int buffer = machine.Alloc("cma", 4096);
        if (oneMore)
        {
            machine.Buffer(buffer).Get();
        }
        else
        {
            machine.First.Duplicate(buffer);
            machine.Buffer(buffer).Put();
        }

        law.Check(machine);
        Assert.That(law.Violation, Is.EqualTo(violation));
    }

    [Test]
    public void OneOwnerHoldsWhileBuffersComeAndGo()
    {
        Machine machine = Watched(new OneOwner(), out OneOwner law);
        foreach (string heap in new[] { "sys", "cma", "video", "dirty", "sys" })
        {
            int buffer = machine.Alloc(heap, 70000);
            law.Check(machine);
            machine.Alloc(heap, 4096);
            machine.First.Close(buffer);
            law.Check(machine);
        }

        Assert.That(law.Violation, Is.Null);
    }

    [Test]
    public void OneOwnerSeesAFrameOfTwoBuffers()
    {
        Machine machine = Watched(new OneOwner(), out OneOwner law);
        int buffer = machine.Alloc("sys", 4096);
        HeapBuffer storage = (HeapBuffer)machine.Buffer(buffer).Exporter;
        law.Check(machine);
        Assert.That(law.Violation, Is.Null);
        SgTable same = new(storage.Table.Runs[0]);
        machine.Buffers.Export(new HeapBuffer(storage.Heap, same, 4096), 4096, OpenFlags.ReadWrite, "twice");
        law.Check(machine);
        Assert.That(law.Violation, Does.Match("^frame [0-9]+ belongs to buffer #[12] and to buffer #[12]$"));
    }

    [Test]
    public void OneOwnerSeesAFrameThatTheBuddyAllocatorHasToo()
    {
        Machine machine = Watched(new OneOwner(), out OneOwner law);
        int buffer = machine.Alloc("sys", 4096);
        machine.Memory.Buddy.Free(machine.Buffer(buffer).FrameAt(0), 0);
        law.Check(machine);
        Assert.That(law.Violation, Does.EndWith("belongs to buffer #1 and is free"));
    }

    [Test]
    public void OneOwnerSeesAFrameThatTheAreaHasTooThoughTheNumberOfBuffersIsTheSame()
    {
        Machine machine = Watched(new OneOwner(), out OneOwner law);
        int other = machine.Alloc("sys", 4096);
        law.Check(machine);
        machine.First.Close(other);
        int buffer = machine.Alloc("cma", 8192);
        machine.Areas[0].Release(machine.Buffer(buffer).FrameAt(1), 1);
        law.Check(machine);
        Assert.That(law.Violation, Does.EndWith("belongs to buffer #2 and is free"));
    }

    [TestCase("sys")]
    [TestCase("cma")]
    [TestCase("video")]
    public void BuffersOfTheHeapsOfLinuxHoldZeros(string heap)
    {
        Machine machine = Watched(new ZeroedBeforeReuse(), out ZeroedBeforeReuse law);
        Soil(machine, heap);
        machine.Alloc(heap, 8192);
        Assert.That(law.Violation, Is.Null);
    }

    [Test]
    public void AHeapThatNeverClearsIsSeen()
    {
        Machine machine = Watched(new ZeroedBeforeReuse(), out ZeroedBeforeReuse law);
        Soil(machine, "dirty");
        Assert.That(law.Violation, Is.Null);
        machine.Alloc("dirty", 8192);
        Assert.That(law.Violation, Is.EqualTo("buffer #2 of heap dirty got old bytes at offset 5000"));
    }

    [Test]
    public void NeverLooksAtMasterRightAndHeap()
    {
        Machine machine = Watched(new NeverTouches("gpu", AccessRights.Write, "cma"), out NeverTouches law);
        Import import = machine.Attach("gpu", machine.Alloc("cma", 8192));
        Import other = machine.Attach("gpu", machine.Alloc("sys", 8192));
        import.Map(DmaDirection.Bidirectional);
        other.Map(DmaDirection.Bidirectional);
        import.Read(0, 8192);
        other.Fill(0, 8192, 1);
        Assert.That(law.Violation, Is.Null);
        import.Fill(100, 7, 1);
        import.Fill(200, 7, 1);
        Assert.That(law.Violation, Is.EqualTo("gpu wrote 7 bytes at offset 100 of buffer #1"));
    }

    [TestCase(AccessRights.Read, "never cpu reads cma")]
    [TestCase(AccessRights.ReadWrite, "never cpu touches cma")]
    [TestCase(AccessRights.Write, "never cpu writes cma")]
    public void NeverSeesTheCpuAndDevicesThatMoveBytesWithIt(AccessRights rights, string sentence)
    {
        foreach (string how in new[] { "mmap", "codec", "vmap" })
        {
            Machine machine = Watched(new NeverTouches("cpu", rights, "cma"), out NeverTouches law);
            Assert.That(law.Sentence, Is.EqualTo(sentence));
            Touch(machine, how, rights == AccessRights.Write);
            Assert.That(law.Violation, Does.Contain("8192 bytes at offset 0 of buffer #1"), how);
        }
    }

    [Test]
    public void NeverKnowsACpuDeviceByItsOwnName()
    {
        Machine machine = Watched(new NeverTouches("codec", AccessRights.Read, "cma"), out NeverTouches law);
        Touch(machine, "mmap", writes: false);
        Assert.That(law.Violation, Is.Null);
        Touch(machine, "codec", writes: false);
        Assert.That(law.Violation, Does.StartWith("codec read"));
    }

    [Test]
    public void AnAttemptThatWasDeniedIsNoTouch()
    {
        Machine machine = Watched(new NeverTouches("gpu", AccessRights.ReadWrite, "video"), out NeverTouches law);
        Import import = machine.Attach("gpu", machine.Alloc("video", 8192));
        import.Map(DmaDirection.Bidirectional);
        Assert.That(import.Read(0, 1).Errno, Is.EqualTo(Errno.EACCES));
        Assert.That(import.Fill(0, 1, 1).Errno, Is.EqualTo(Errno.EACCES));
        Assert.That(law.Violation, Is.Null);
    }

    private static void Touch(Machine machine, string how, bool writes)
    {
        int buffer = machine.Alloc("cma", 8192);
        Result done;
        if (how == "mmap")
        {
            long mapping = machine.Mmap(buffer, 8192, MapProtection.Read | MapProtection.Write).Value;
            done = writes ? machine.First.Fill(mapping, 0, 8192, 1) : machine.First.Hash(mapping, 0, 8192).Status;
        }
        else if (how == "codec")
        {
            Import import = machine.Attach("codec", buffer);
            import.Map(DmaDirection.Bidirectional);
            done = writes ? import.Fill(0, 8192, 1) : import.Read(0, 8192).Status;
        }
        else
        {
            KernelMapping mapping = machine.Vmap(machine.First, buffer).Value;
            done = writes ? mapping.Fill(0, 8192, 1) : mapping.Hash(0, 8192).Status;
        }

        Assert.That(done.IsOk);
    }

    private static void Soil(Machine machine, string heap)
    {
        int buffer = machine.Alloc(heap, 8192);
        machine.Memory.Fill(machine.Buffer(buffer).FrameAt(1), 5000 - 4096, 1, 0xee);
        machine.First.Close(buffer);
    }

    private static Machine Watched<TLaw>(TLaw watching, out TLaw law)
        where TLaw : MachineLaw
    {
        Machine machine = Box.Empty.Area("area", 8 << 20)
            .Heap("sys", "system").Heap("cma", "cma", on: "area").Heap("video", "protected", on: "area")
            .Heap("dirty", "carveout", size: 1 << 20, options: ("zero", "never"))
            .Device("gpu", "gpu").Device("codec", "cpu").Build();
        law = watching;
        machine.Trace.Sink = new Watch(machine, law);
        return machine;
    }

    private sealed class Watch(Machine machine, MachineLaw law) : TraceSink
    {
        public override void Write(in TraceRecord record) => law.Observe(machine, record);
    }
}
