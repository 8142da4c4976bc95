using DmaBufSim.Abi;
using DmaBufSim.Files;
using DmaBufSim.Machines;
using DmaBufSim.Processes;
using DmaBufSim.Tests.Machines;
using DmaBufSim.Tests.Memory;
using NUnit.Framework;

namespace DmaBufSim.Tests.Processes;

[TestFixture]
public sealed class ForkTests
{
    private const MapProtection ReadWrite = MapProtection.Read | MapProtection.Write;

    private Machine machine = null!;
    private Process first = null!;
    private int buffer;

    [SetUp]
    public void MakeBuffer()
    {
        machine = TestMachine.Build();
        first = machine.First;
        buffer = first.Make("system", 4096);
    }

    /// <summary>A run on a real kernel: count is 2, after dup 3, after fork 6, after the end of the child 3.</summary>
    [Test]
    public void ForkTakesAReferenceForEachDescriptorAndMapping()
    {
        OpenFile file = first.File(buffer).Value;
        first.Mmap(buffer, 0, 4096, ReadWrite, 1);
        Assert.That(file.References, Is.EqualTo(2));
        first.Duplicate(buffer);
        Assert.That(file.References, Is.EqualTo(3));
        Process child = machine.Fork(first, "p1");
        Assert.That(file.References, Is.EqualTo(6));
        child.Exit();
        Assert.That(file.References, Is.EqualTo(3));
    }

    [Test]
    public void TheChildHasWhatTheParentHadAndNothingLater()
    {
        first.Ioctl(buffer, 0x5451, default);
        long address = first.Mmap(buffer, 0, 4096, MapProtection.Read, 1).Value;
        Process child = machine.Fork(first, "p1");
        Assert.That(child.Files.IsCloseOnExec(buffer), Is.True);
        first.Mprotect(address, MapProtection.None);
        int later = first.Make(TestMachine.Cma, 4096);
        first.Close(buffer);
        Assert.That(child.FindMapping(address)!.Protection, Is.EqualTo(MapProtection.Read));
        Assert.That(child.File(buffer).IsOk);
        Assert.That(child.File(later).IsOk, Is.False);

        // Both map on at the same address: they have nothing to do with each other.
        Assert.That(child.Mmap(buffer, 0, 4096, MapProtection.Read, 1).IsOk);
        Assert.That(first.Mmap(later, 0, 4096, MapProtection.Read, 1).IsOk);
    }

    [Test]
    public void SharedPagesAreOneAndPrivatePagesAreCopied()
    {
        long shared = first.Mmap(buffer, 0, 4096, ReadWrite, 1).Value;
        long own = first.Mmap(buffer, 0, 4096, ReadWrite, 2).Value;
        first.Fill(shared, 0, 4096, 1);
        Assert.That(first.Peek(own, 5).Value, Is.EqualTo(1), "not written yet: the buffer shows through");
        first.Fill(own, 0, 1, 2);
        Process child = machine.Fork(first, "p1");
        child.Fill(own, 1, 1, 3);
        child.Fill(shared, 2, 1, 4);
        first.Fill(own, 3, 1, 5);
        Assert.That(Bytes(first, shared), Is.EqualTo("1,1,4,1"));
        Assert.That(Bytes(first, own), Is.EqualTo("2,1,1,5"));
        Assert.That(Bytes(child, own), Is.EqualTo("2,3,1,1"));
        Assert.That(Bytes(child, shared), Is.EqualTo("1,1,4,1"));
    }

    [Test]
    public void BytesOfSharedAndPrivateMappingsFollowAPlainModel() => Steps.Check(150, 60, steps =>
    {
        Machine box = TestMachine.Build("7.3");
        List<Process> processes = [box.First];
        int b = box.First.Make("system", 16384);
        long[] addresses =
        [
            box.First.Mmap(b, 0, 16384, ReadWrite, 1).Value,
            box.First.Mmap(b, 4096, 4096, ReadWrite, 2).Value,
        ];
        byte[] content = new byte[16384];
        List<byte[]?> copies = [null];
        foreach (int number in steps)
        {
            int step = number;
            int who = Steps.Below(ref step, processes.Count);
            int offset = Steps.Below(ref step, 4000);
            int length = 1 + Steps.Below(ref step, 96);
            byte value = (byte)Steps.Below(ref step, 200);
            switch (step % 8)
            {
                case 0 when processes.Count < 4:
                    processes.Add(box.Fork(processes[who], "child"));
                    copies.Add((byte[]?)copies[who]?.Clone());
                    break;
                case < 4:
                    int at = offset * 4;
                    Assert.That(processes[who].Fill(addresses[0], at, length, value).IsOk);
                    content.AsSpan(at, length).Fill(value);
                    break;
                default:
                    Assert.That(processes[who].Fill(addresses[1], offset, length, value).IsOk);
                    (copies[who] ??= content[4096..8192]).AsSpan(offset, length).Fill(value);
                    break;
            }
        }

        for (int who = 0; who < processes.Count; who++)
        {
            Assert.That(processes[who].Hash(addresses[0], 0, 16384).Value, Is.EqualTo(SlowHash(content)));
            byte[] seen = copies[who] ?? content[4096..8192];
            Assert.That(processes[who].Hash(addresses[1], 1, 4095).Value, Is.EqualTo(SlowHash(seen[1..])));
        }
    });

    [Test]
    public void TouchesOutsideOrAgainstTheProtectionAreRefused()
    {
        long readOnly = first.Mmap(buffer, 0, 100, MapProtection.Read, 1).Value;
        long writeOnly = first.Mmap(buffer, 0, 100, MapProtection.Write, 1).Value;
        long nothing = first.Mmap(buffer, 0, 100, MapProtection.None, 1).Value;
        Assert.That(first.Fill(readOnly, 0, 1, 1).Reason, Is.EqualTo(Reason.MappingProtection));
        Assert.That(first.Hash(nothing, 0, 1).Reason, Is.EqualTo(Reason.MappingProtection));
        Assert.That(first.Peek(writeOnly, 4095).IsOk, "what x86 can write it can read");
        Assert.That(first.Fill(writeOnly, 4000, 97, 1).Reason, Is.EqualTo(Reason.OutsideMapping));
        Assert.That(first.Fill(writeOnly, 4096, 0, 1).IsOk);
        Assert.That(first.Hash(readOnly, -1, 1).Reason, Is.EqualTo(Reason.OutsideMapping));
        Assert.That(first.Hash(readOnly, long.MaxValue, 1).Reason, Is.EqualTo(Reason.OutsideMapping));
        Assert.That(first.Hash(readOnly, 0, 4096).Value, Is.EqualTo(SlowHash(new byte[4096])));
    }

    private static string Bytes(Process process, long address) =>
        string.Join(',', Enumerable.Range(0, 4).Select(offset => process.Peek(address, offset).Value));

    private static ulong SlowHash(byte[] bytes) => bytes.Aggregate(
        14695981039346656037ul, (hash, value) => (ulong)(((UInt128)(hash ^ value) * 1099511628211ul) & ulong.MaxValue));
}
