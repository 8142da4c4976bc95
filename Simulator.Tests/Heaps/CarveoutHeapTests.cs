using DmaBufSim.Abi;
using DmaBufSim.Files;
using DmaBufSim.Machines;
using DmaBufSim.Security;
using DmaBufSim.Tests.Support;
using NUnit.Framework;

namespace DmaBufSim.Tests.Heaps;

[TestFixture]
public sealed class CarveoutHeapTests
{
    [TestCase("carveout", 12288, 3)]
    [TestCase("carveout", 8193, 3)]
    [TestCase("carveout", 2 << 20, 512)]
    [TestCase("protected", 12288, 3)]
    public void APoolHasThePagesOfItsDeclaration(string type, long size, int pages)
    {
        Machine machine = Box.Empty.Heap("pool", type, size: size).Build();
        for (int i = 0; i < pages; i++)
        {
            machine.Alloc("pool", 4096);
        }

        Assert.That(machine.TryAlloc("pool", 4096).Why(), Is.EqualTo((Errno.ENOMEM, Reason.PoolFull)));
    }

    [TestCase("first", 4)]
    [TestCase("best", 0)]
    public void TheFitChoosesTheHole(string fit, int left)
    {
        // Holes of five pages and of one page, in this order.
        Machine machine = Box.Empty.Heap("sram", "carveout", size: 10 << 12, options: ("fit", fit)).Build();
        int five = machine.Alloc("sram", 5 << 12);
        machine.Alloc("sram", 1 << 12);
        int one = machine.Alloc("sram", 1 << 12);
        machine.Alloc("sram", 3 << 12);
        machine.First.Close(five);
        machine.First.Close(one);
        machine.Alloc("sram", 4096);
        Assert.That(machine.TryAlloc("sram", 5 << 12).IsOk, Is.EqualTo(left == 0));
        Assert.That(machine.TryAlloc("sram", 4 << 12).IsOk, Is.EqualTo(left == 4));
    }

    [TestCase("fit", "worst")]
    [TestCase("zero", "free")]
    public void ASettingHasAKnownValue(string key, string text) =>
        Assert.That(
            () => Box.Empty.Heap("sram", "carveout", size: 4096, options: (key, text)).Build(),
            Throws.ArgumentException.With.Message.Contains($"{key}={text}"));

    [TestCase("alloc", false, 0)]
    [TestCase("never", false, 0x5a)]
    [TestCase("never", true, 0)]
    public void OldBytesComeBackOnlyWhereNothingClearsAndNothingProtects(string zero, bool isProtected, byte first)
    {
        AccessRule[] rules = isProtected ? [Box.Allow("cpu", AccessRights.ReadWrite)] : [];
        Machine machine = Box.Empty.Heap("sram", "carveout", size: 8192, rules: rules, options: ("zero", zero)).Build();
        int old = machine.Alloc("sram", 8192);
        long mapping = machine.Mmap(old, 8192, MapProtection.Read | MapProtection.Write).Value;
        machine.First.Fill(mapping, 0, 8192, 0x5a);
        machine.First.Munmap(mapping);
        machine.First.Close(old);
        long next = machine.Mmap(machine.Alloc("sram", 4096), 4096, MapProtection.Read).Value;
        Assert.That(machine.First.Peek(next, 0).Value, Is.EqualTo(first));
    }
}
