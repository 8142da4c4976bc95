using DmaBufSim.Abi;
using DmaBufSim.Devices;
using DmaBufSim.Dma;
using DmaBufSim.Files;
using DmaBufSim.Machines;
using DmaBufSim.Tests.Memory;
using DmaBufSim.Tests.Support;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Devices;

/// <summary>Jobs of devices on their buffers.</summary>
[TestFixture]
public sealed class ImportTests
{
    private static readonly string[] Names = ["direct", "translated", "codec"];

    [Test]
    public void EveryDeviceAndTheCpuSeeTheSameBytes() => Steps.Check(25, 25, steps =>
    {
        const int size = 19 << 12;
        Machine machine = Three();
        int buffer = machine.Alloc("system", size);
        byte[] model = new byte[size];
        long mapping = machine.Mmap(buffer, size, MapProtection.Read | MapProtection.Write).Value;
        Import[] imports = [.. Names.Select(name => machine.Attach(name, buffer))];
        foreach (Import import in imports)
        {
            Assert.That(import.Map(DmaDirection.Bidirectional).IsOk);
        }

        foreach (int number in steps)
        {
            int step = number;
            byte value = (byte)(number & 0xff);
            int who = Steps.Below(ref step, 4);
            int offset = Steps.Below(ref step, size);
            int length = Steps.Below(ref step, size - offset + 1);
            if (who == 3)
            {
                machine.First.Fill(mapping, offset, length, value);
            }
            else
            {
                imports[who].Fill(offset, length, value);
            }

            Array.Fill(model, value, offset, length);
            ulong expected = Box.HashOf(model.Skip(offset / 2).Take(length));
            Assert.That(machine.First.Hash(mapping, offset / 2, length).Value, Is.EqualTo(expected));
            foreach (Import import in imports)
            {
                Assert.That(import.Read(offset / 2, length).Value, Is.EqualTo(expected));
                Assert.That(import.Peek(offset).Value, Is.EqualTo(model[offset]));
            }
        }
    });

    [TestCase(-1, 1)]
    [TestCase(0, -1)]
    [TestCase(0, 8193)]
    [TestCase(8192, 1)]
    [TestCase(long.MaxValue, 1)]
    public void BytesOutsideTheBufferAreAFault(long offset, long length)
    {
        Machine machine = Three();
        int buffer = machine.Alloc("system", 8192);
        foreach (string name in Names)
        {
            Import import = machine.Attach(name, buffer);
            import.Map(DmaDirection.Bidirectional);
            Assert.That(
                import.Fill(offset, length, 1).Why(), Is.EqualTo((Errno.EFAULT, Reason.OutsideAttachment)));
            Assert.That(
                machine.Trace.LastRefusal,
                Is.EqualTo(new Refusal(Errno.EFAULT, Reason.OutsideAttachment, name, null, offset, length)));
            Assert.That(import.Read(offset, length).Errno, Is.EqualTo(Errno.EFAULT));
            Assert.That(import.Read(8192, 0).Value, Is.EqualTo(Box.HashOf([])));
        }
    }

    [Test]
    public void WithoutAMappingThereAreNoBytes([ValueSource(nameof(Names))] string name)
    {
        Machine machine = Three();
        Import import = machine.Attach(name, machine.Alloc("system", 8192));
        Assert.That(import.Read(0, 1).Why(), Is.EqualTo((Errno.EFAULT, Reason.NotMappedForDevice)));
        Assert.That(import.Map(DmaDirection.Bidirectional).IsOk);
        Assert.That(import.Fill(0, 8192, 3).IsOk);
        import.Unmap();
        Assert.That(import.Fill(0, 1, 3).Why(), Is.EqualTo((Errno.EFAULT, Reason.NotMappedForDevice)));
        Assert.That(import.Peek(0).Reason, Is.EqualTo(Reason.NotMappedForDevice));
        Assert.That(import.Segments.Length, Is.Zero);
    }

    [TestCase("direct", DmaDirection.ToDevice, Reason.None)]
    [TestCase("translated", DmaDirection.ToDevice, Reason.DirectionForbids)]
    [TestCase("translated", DmaDirection.FromDevice, Reason.None)]
    public void OnlyAnIommuKeepsADeviceToItsDirection(string name, DmaDirection direction, Reason reason)
    {
        Machine machine = Three();
        Import import = machine.Attach(name, machine.Alloc("system", 8192));
        import.Map(direction);
        Assert.That(import.Fill(5000, 100, 1).Reason, Is.EqualTo(reason));
        Assert.That(import.Read(0, 8192).IsOk);
        if (reason != Reason.None)
        {
            Assert.That(
                machine.Trace.LastRefusal,
                Is.EqualTo(new Refusal(Errno.EFAULT, reason, name, null, 5000, 100)));
        }
    }

    [Test]
    public void ARefusedWriteChangesNothing()
    {
        Machine machine = Box.Empty
            .Heap("sys", "system", rules:
            [
                Box.Allow("dev", DmaBufSim.Security.AccessRights.Read),
                Box.Allow("dev", DmaBufSim.Security.AccessRights.Write, "out"),
            ])
            .Device("dev", "probe").Build();
        int buffer = machine.Alloc("sys", 3 << 12);
        machine.First.DefineRegion(buffer, "out", 0, 2 << 12);
        Import import = machine.Attach("dev", buffer);
        import.Map(DmaDirection.Bidirectional);
        Assert.That(import.Fill(4096, 8192, 9).Why(), Is.EqualTo((Errno.EACCES, Reason.OutsideRegion)));
        Assert.That(import.Read(0, 3 << 12).Value, Is.EqualTo(Box.HashOf(new byte[3 << 12])));
        Assert.That(machine.Trace.LastRefusal.Offset, Is.EqualTo(8192));
    }

    [TestCase("direct")]
    [TestCase("translated")]
    [TestCase("codec")]
    public void MappingTwiceLeavesAWarningAndOneMapping(string name)
    {
        Machine machine = Three();
        int buffer = machine.Alloc("system", 8192);
        Import import = machine.Attach(name, buffer);
        Assert.That(import.Map(DmaDirection.Bidirectional).IsOk);
        Assert.That(import.Map(DmaDirection.Bidirectional).IsOk);
        Assert.That(machine.Trace.Warnings, Has.Count.EqualTo(1));
        Assert.That(import.Fill(0, 8192, 1).IsOk);
        import.Unmap();
        Assert.That((import.IsMapped, machine.Buffer(buffer).VmapCount), Is.EqualTo((false, 0)));
        import.Detach();
        machine.First.Close(buffer);
        Assert.That(machine.Buffers.Count, Is.Zero);
        Assert.That(machine.FindImporter(name)!.Device.Iommu?.Count ?? 0, Is.Zero);
    }

    [TestCase("direct", 1)]
    [TestCase("translated", 1)]
    [TestCase("codec", 0)]
    public void DetachingWhileMappedGivesTheAddressesBack(string name, int warnings)
    {
        Machine machine = Three();
        int buffer = machine.Alloc("system", 8192);
        Import import = machine.Attach(name, buffer);
        import.Map(DmaDirection.Bidirectional);
        import.Detach();
        Assert.That((import.IsAttached, import.IsMapped), Is.EqualTo((false, false)));
        Assert.That(machine.Trace.Warnings, Has.Count.EqualTo(warnings));
        Assert.That(machine.FindImporter(name)!.Device.Iommu?.Count ?? 0, Is.Zero);
        Assert.That((machine.Buffer(buffer).References, machine.Buffer(buffer).VmapCount), Is.EqualTo((1, 0)));
        Assert.That(machine.FindImporter(name)!.Imports, Is.Empty);
    }

    [Test]
    public void UnmappingWhatIsNotMappedIsAWarning()
    {
        Machine machine = Three();
        Import import = machine.Attach("direct", machine.Alloc("system", 4096));
        import.Unmap();
        Assert.That(machine.Trace.Warnings.Single().KernelFunction, Is.EqualTo("dma_buf_unmap_attachment"));
    }

    [Test]
    public void ADeviceMayAttachManyTimesAndEachIsItsOwn()
    {
        Machine machine = Three();
        int buffer = machine.Alloc("system", 8192);
        Import[] imports = [machine.Attach("translated", buffer), machine.Attach("translated", buffer)];
        Assert.That(imports[0].Map(DmaDirection.ToDevice).IsOk);
        Assert.That(imports[1].Map(DmaDirection.FromDevice).IsOk);
        Assert.That(imports[0].Segments[0].Address, Is.Not.EqualTo(imports[1].Segments[0].Address));
        imports[0].Unmap();
        Assert.That(imports[1].Fill(0, 8192, 1).IsOk);
        Assert.That(machine.Buffer(buffer).References, Is.EqualTo(3));
    }

    [Test]
    public void DynamicImportersHearOfMoves()
    {
        Machine machine = Three();
        int buffer = machine.Alloc("system", 8192);
        Import still = machine.Attach("direct", buffer);
        Import moving = machine.TryAttach("translated", buffer, isDynamic: true).Value;
        Assert.That(machine.Buffer(buffer).MoveNotify(), Is.EqualTo(1));
        Assert.That((still.MovesSeen, moving.MovesSeen), Is.EqualTo((0, 1)));
        Assert.That((still.IsDynamic, moving.IsDynamic), Is.EqualTo((false, true)));
    }

    [TestCase("direct")]
    [TestCase("translated")]
    public void MappingAndReadingAgainAllocatesNothing(string name)
    {
        Machine machine = Three();
        Import import = machine.Attach(name, machine.Alloc("big", 40 << 12));
        Use();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            Use();
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        void Use()
        {
            import.Map(DmaDirection.Bidirectional);
            import.Fill(100, 39 << 12, 5);
            import.Read(4000, 8000);
            import.Unmap();
        }
    }

    private static Machine Three() => (Box.Empty with { Memory = 8 << 20 })
        .Heap("system", "system").Heap("big", "carveout", size: 2 << 20)
        .Device("direct", "probe").Device("translated", "gpu").Device("codec", "cpu").Build();
}
