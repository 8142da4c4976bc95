using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Checking;
using DmaBufSim.Devices;
using DmaBufSim.Dma;
using DmaBufSim.Files;
using DmaBufSim.Machines;
using DmaBufSim.Tests.Support;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Heaps;

/// <summary>What a udmabuf is to devices, to the CPU and to the memfd that it came from.</summary>
[TestFixture]
public sealed class UdmabufBufferTests
{
    private static readonly string[] Kernels = ["6.1", "6.12", "7.3"];

    [TestCase("6.1", new[] { 4 })]
    [TestCase("6.12", new[] { 1, 1, 1, 1 })]
    [TestCase("7.3", new[] { 4 })]
    public void NeighboursAreJoinedWhereTheKernelDoes(string kernel, int[] pages)
    {
        Machine machine = Probe(kernel);
        int buffer = machine.Create(machine.Memfd(16), 0, 4 * 4096).Value;
        Import import = machine.Attach("probe0", buffer);
        Assert.That(import.Map(DmaDirection.ToDevice).IsOk);
        Assert.That(
            import.Segments.ToArray().Select(segment => segment.Length), Is.EqualTo(pages.Select(n => n * 4096L)));
    }

    [TestCase("6.1")]
    [TestCase("7.3")]
    public void WhatIsNoNeighbourIsNotJoined(string kernel)
    {
        Machine machine = Probe(kernel);
        int memfd = machine.Memfd(16);
        machine.Create(memfd, 0, 4 * 4096);
        int buffer = machine.List((memfd, 8192, 8192), (memfd, 0, 8192), (memfd, 4096, 4096)).Value;
        Import import = machine.Attach("probe0", buffer);
        Assert.That(import.Map(DmaDirection.ToDevice).IsOk);
        Assert.That(
            import.Segments.ToArray().Select(segment => segment.Length), Is.EqualTo(new long[] { 8192, 8192, 4096 }));
    }

    [TestCase("6.1", Errno.EBUSY)]
    [TestCase("6.12", Errno.EBUSY)]
    [TestCase("7.3", Errno.OK)]
    public void TheFirstTableStaysWhereTheKernelKeepsIt(string kernel, Errno second)
    {
        Machine machine = Probe(kernel);
        int buffer = machine.Create(machine.Memfd(16), 0, 4096).Value;
        Import import = machine.Attach("probe0", buffer);
        DmaBufAttachment attachment = machine.Buffer(buffer).Attachments.Single();
        Assert.That(import.Map(DmaDirection.ToDevice).IsOk);
        Assert.That(attachment.CachedTable is not null, Is.EqualTo(second != Errno.OK));
        import.Unmap();
        Assert.That(import.Map(DmaDirection.ToDevice).IsOk);
        import.Unmap();
        foreach (DmaDirection direction in new[] { DmaDirection.FromDevice, DmaDirection.Bidirectional })
        {
            Result mapped = import.Map(direction);
            Assert.That(mapped.Errno, Is.EqualTo(second));
            if (mapped.IsOk)
            {
                import.Unmap();
            }
        }

        Import other = machine.Attach("probe0", buffer);
        Assert.That(other.Map(DmaDirection.Bidirectional).IsOk, "each attachment has its own");
        other.Unmap();
        Assert.That(other.Map(DmaDirection.FromDevice).IsOk, "a table for both ways serves each");
        other.Unmap();
        import.Detach();
        other.Detach();
        Assert.That(machine.Trace.Warnings, Is.Empty);
    }

    [Test]
    public void OneMemoryHasThreeWaysToIt([ValueSource(nameof(Kernels))] string kernel)
    {
        Machine machine = Probe(kernel);
        int memfd = machine.Memfd(16);
        int buffer = machine.Create(memfd, 4096, 8192).Value;
        long file = machine.Mmap(memfd, 16 * 4096, MapProtection.Read | MapProtection.Write).Value;
        long view = machine.Mmap(buffer, 8192, MapProtection.Read | MapProtection.Write).Value;
        Import import = machine.Attach("probe0", buffer);
        import.Map(DmaDirection.Bidirectional);
        machine.First.Fill(file, 4096 + 10, 10, 0x21);
        Assert.That(machine.First.Peek(view, 10).Value, Is.EqualTo(0x21));
        Assert.That(machine.First.Peek(view, 20).Value, Is.Zero);
        machine.First.Fill(view, 4096, 4096, 0x22);
        Assert.That(import.Read(4096, 4096).Value, Is.EqualTo(Box.HashOf(Enumerable.Repeat((byte)0x22, 4096))));
        import.Fill(0, 1, 0x23);
        Assert.That(machine.First.Peek(file, 4096).Value, Is.EqualTo(0x23));
        Assert.That(machine.First.Peek(file, 4095).Value, Is.Zero);
        machine.First.Seek(memfd, 4096, SeekWhence.Set);
        machine.First.Write(memfd);
        Assert.That(machine.First.Peek(view, 0).Value, Is.Zero);
    }

    [TestCase("6.1", Errno.EINVAL)]
    [TestCase("6.12", Errno.OK)]
    [TestCase("7.3", Errno.OK)]
    public void TheKernelMapsItFromItsGenerationOn(string kernel, Errno errno)
    {
        Machine machine = Probe(kernel);
        int buffer = machine.Create(machine.Memfd(16), 0, 4096).Value;
        Result<KernelMapping> mapped = machine.Vmap(machine.First, buffer);
        Assert.That(mapped.Errno, Is.EqualTo(errno));
        if (mapped.IsOk)
        {
            Assert.That(mapped.Value.Fill(0, 4096, 1).IsOk);
            mapped.Value.Vunmap();
        }
    }

    [Test]
    public void AnAccessOfTheCpuBeginsBeforeItEnds([ValueSource(nameof(Kernels))] string kernel)
    {
        Machine machine = Probe(kernel);
        int memfd = machine.Memfd(16);
        int buffer = machine.Create(memfd, 0, 4096).Value;
        (Errno, Reason) refused = (Errno.EINVAL, Reason.CpuAccessNotBegun);
        Assert.That(machine.First.Sync(buffer, 7).Why(), Is.EqualTo(refused));
        Assert.That(machine.Buffer(buffer).EndCpuAccess(DmaDirection.ToDevice).Why(), Is.EqualTo(refused));
        Assert.That(machine.First.Sync(buffer, 1).IsOk);
        Assert.That(machine.First.Sync(buffer, 7).IsOk);
        Assert.That(machine.First.Sync(buffer, 7).IsOk, "once begun is begun for good");
        int other = machine.Create(memfd, 0, 4096).Value;
        Assert.That(machine.First.Sync(other, 7).Why(), Is.EqualTo(refused), "each buffer counts for itself");
    }

    [Test]
    public void NoDirectionIsABug()
    {
        Machine machine = Probe("6.12");
        DmaBuf buffer = machine.Buffer(machine.Create(machine.Memfd(16), 0, 4096).Value);
        Assert.That(() => buffer.BeginCpuAccess(DmaDirection.None), Throws.InstanceOf<KernelBugException>());
        Assert.That(buffer.BeginCpuAccess(DmaDirection.ToDevice).IsOk);
        Assert.That(() => buffer.BeginCpuAccess(DmaDirection.None), Throws.InstanceOf<KernelBugException>());
        Assert.That(() => buffer.EndCpuAccess(DmaDirection.None), Throws.InstanceOf<KernelBugException>());
    }

    [Test]
    public void OnlySharedMappingsInsideItAreMade([ValueSource(nameof(Kernels))] string kernel)
    {
        Machine machine = Probe(kernel);
        int buffer = machine.Create(machine.Memfd(16), 0, 4 * 4096).Value;
        const MapProtection Read = MapProtection.Read;
        Assert.That(machine.Mmap(buffer, 4 * 4096, Read).IsOk);
        Assert.That(
            machine.Mmap(buffer, 4096, Read, MapType.Private).Why(),
            Is.EqualTo((Errno.EINVAL, Reason.PrivateMappingRefused)));
        Assert.That(
            machine.Mmap(buffer, 5 * 4096, Read).Why(), Is.EqualTo((Errno.EINVAL, Reason.BeyondBuffer)));
        Assert.That(
            machine.Mmap(buffer, 5 * 4096, Read, MapType.Private).Reason,
            Is.EqualTo(Reason.BeyondBuffer),
            "the core looks before the exporter");
    }

    [Test]
    public void TheMemfdCannotShrinkBelowItAndGrowsAsItLikes()
    {
        Machine machine = Probe("6.12");
        int memfd = machine.Memfd(16);
        int buffer = machine.Create(memfd, 0, 16 * 4096).Value;
        Assert.That(machine.First.Truncate(memfd, 0).Why(), Is.EqualTo((Errno.EPERM, Reason.SealForbids)));
        Assert.That(machine.First.Truncate(memfd, 99 * 4096).IsOk);
        Assert.That(machine.Buffer(buffer).Size, Is.EqualTo(16 * 4096));
        Assert.That(
            machine.First.AddSeals(memfd, MemfdSeals.Write).Why(), Is.EqualTo((Errno.EBUSY, Reason.MemfdInUse)));
        Assert.That(machine.First.AddSeals(memfd, MemfdSeals.FutureWrite).IsOk);
        machine.First.Close(buffer);
        Assert.That(machine.First.AddSeals(memfd, MemfdSeals.Write).IsOk);
    }

    [Test]
    public void EveryPageComesBackWhoeverGoesFirst(
        [ValueSource(nameof(Kernels))] string kernel, [Values(0, 1, 2, 3, 4, 5)] int order)
    {
        Machine machine = Probe(kernel);
        long free = machine.Memory.Buddy.FreeFrames;
        int memfd = machine.Memfd(16);
        int one = machine.Create(memfd, 0, 8 * 4096).Value;
        int two = machine.List((memfd, 4096, 8192), (memfd, 4096, 8192)).Value;
        Import import = machine.Attach("probe0", two);
        import.Map(DmaDirection.ToDevice);
        machine.First.Sync(one, 1);
        Assert.That(free - machine.Memory.Buddy.FreeFrames, Is.EqualTo(8));
        Action[] steps = [() => machine.First.Close(memfd), () => machine.First.Close(one), () => import.Detach()];
        ReferencesEqualHolders references = new();
        OneOwner owner = new();
        machine.First.Close(two);
        foreach (int step in new[] { order % 3, (order + 1 + (order / 3)) % 3, (order + 2 - (order / 3)) % 3 })
        {
            steps[step]();
            references.Check(machine);
            owner.Check(machine);
        }

        Assert.That(references.Violation ?? owner.Violation, Is.Null);
        Assert.That(machine.Memory.Buddy.FreeFrames, Is.EqualTo(free));
        Assert.That(machine.Buffers.Count + machine.Memfds.Count, Is.Zero);
    }

    private static Machine Probe(string kernel) => Box.Empty.Device("probe0", "probe").On(kernel).Build();
}
