using DmaBufSim.Abi;
using DmaBufSim.Files;
using DmaBufSim.Machines;
using DmaBufSim.Memory;
using DmaBufSim.Processes;
using NUnit.Framework;

namespace DmaBufSim.Tests.Machines;

[TestFixture]
public sealed class MachineBuilderTests
{
    [TestCase("6.12", "default_cma_region")]
    [TestCase("7.3", "default_cma_region,reserved")]
    public void OnNewKernelsTheDefaultAreaHasTwoHeaps(string kernel, string names)
    {
        Machine machine = Build(kernel, new HeapDescription("default_cma_region", "cma") { Size = 8 << 20 });
        Assert.That(string.Join(',', machine.Heaps.Heaps.Select(heap => heap.Name)), Is.EqualTo(names));
        Assert.That(machine.Areas, Has.Count.EqualTo(1));
        Assert.That((machine.Areas[0].Name, machine.Areas[0].Range.Count), Is.EqualTo(("reserved", 2048)));
        long before = machine.Areas[0].UsedPages;
        foreach (string name in names.Split(','))
        {
            machine.First.Make(name, 4096);
        }

        Assert.That(machine.Areas[0].UsedPages - before, Is.EqualTo(names.Split(',').Length));
    }

    [TestCase("6.1", "area 'big': in Linux 6.1 an area has one range")]
    [TestCase("6.12", "area 'big': in Linux 6.12 an area has one range")]
    [TestCase("7.3", "'big': 33554432 bytes do not fit into the memory that is left")]
    public void AnAreaInPiecesNeedsANewKernelAndMemory(string kernel, string message)
    {
        MachineDescription machine = new()
        {
            Memory = 32 << 20,
            Holes = [new MemoryHole(8 << 20, 8 << 20)],
            Kernel = KernelProfile.Find(kernel)!,
            Areas = [new AreaDescription("big", 32 << 20, Multi: true)],
        };
        Assert.That(() => new MachineBuilder().Build(machine), Throws.ArgumentException.With.Message.EqualTo(message));
    }

    [Test]
    public void AnAreaThatFitsIntoOneRunHasOneRange()
    {
        Machine machine = new MachineBuilder().Build(new MachineDescription
        {
            Memory = 32 << 20,
            Holes = [new MemoryHole(8 << 20, 8 << 20)],
            Kernel = KernelProfile.Find("7.3")!,
            Areas = [new AreaDescription("big", 15 << 20, Multi: true)],
        });
        Assert.That(machine.Areas[0].Range, Is.EqualTo(new FrameRun(4096, 4096)));
        Assert.That(machine.Areas[0].Log, Is.EqualTo(new[] { "cma: Reserved 15 MiB in 1 range" }));
    }

    [Test]
    public void HeapsMayShareAnArea()
    {
        Machine machine = new MachineBuilder().Build(new MachineDescription
        {
            Memory = 32 << 20,
            Areas = [new AreaDescription("pool", 8 << 20)],
            Heaps =
            [
                new HeapDescription("one", "cma") { On = "pool" },
                new HeapDescription("other", "cma") { On = "pool" },
            ],
        });
        machine.First.Make("one", 8 << 20);
        Assert.That(machine.First.Allocate("other", 1, OpenFlags.ReadWrite).Errno, Is.EqualTo(Errno.ENOMEM));
    }

    [TestCase("probe0", "probe.0")]
    [TestCase("probe", "probe")]
    [TestCase("dev12", "dev.12")]
    [TestCase("a1b", "a1b")]
    [TestCase("7", "7")]
    public void APlatformDeviceHasItsNumberBehindAPoint(string name, string printed)
    {
        Machine machine = new MachineBuilder().Build(new MachineDescription
        {
            Memory = 32 << 20,
            Devices = [new DeviceDescription(name, "probe")],
        });
        Assert.That(machine.FindImporter(name)!.Device.Name, Is.EqualTo(printed));
        Assert.That(machine.FindImporter("nosuch"), Is.Null);
    }

    [Test]
    public void MistakesOfADescriptionSayWhere()
    {
        Assert.That(Message(new HeapDescription("h", "nosuch")), Does.Contain("'h'").And.Contain("'nosuch'"));
        Assert.That(Message(new HeapDescription("h", "cma") { On = "nowhere" }), Does.Contain("'nowhere'"));
        Assert.That(Message(new HeapDescription("h", "cma") { Size = 1L << 40 }), Does.Contain("do not fit"));
        Assert.That(Message(new HeapDescription("h", "carveout") { Size = 1L << 40 }), Does.Contain("'h'"));
        Assert.That(Message(new("h", "system"), new("h", "system")), Does.Contain("exists already"));
        Assert.That(Message(new HeapDescription("", "system")), Does.Contain("name"));
        DeviceDescription device = new("d", "nosuch");
        Assert.That(
            () => new MachineBuilder().Build(new MachineDescription { Devices = [device] }),
            Throws.ArgumentException.With.Message.Contains("'d'").And.Message.Contains("'nosuch'"));
    }

    [Test]
    public void OneDescriptionBuildsMachinesThatDoNotKnowEachOther()
    {
        MachineDescription description = new() { Memory = 32 << 20, Heaps = [new HeapDescription("system", "system")] };
        MachineBuilder builder = new();
        Machine one = builder.Build(description);
        Machine other = builder.Build(description);
        string untouched = other.FreeMemory();
        int b = one.First.Make("system", 1 << 20);
        one.First.Fill(one.First.Mmap(b, 0, 4096, MapProtection.Write, 1).Value, 0, 4096, 1);
        Assert.That((other.Buffers.Count, other.FreeMemory()), Is.EqualTo((0, untouched)));
        Assert.That(other.First.File(other.First.Make("system", 1)).Value.Inode, Is.EqualTo(1));
    }

    [Test]
    public void AKernelMappingSeesWhatProcessesWrite()
    {
        Machine machine = TestMachine.Build();
        Process first = machine.First;
        int b = first.Make("system", 12288);
        KernelMapping vmap = machine.Vmap(first, b).Value;
        long address = first.Mmap(b, 4096, 8192, MapProtection.Write, 1).Value;
        first.Fill(address, 10, 5000, 9);
        Assert.That((vmap.Peek(4105).Value, vmap.Peek(4106).Value), Is.EqualTo(((byte)0, (byte)9)));
        Assert.That(vmap.Hash(4096, 8192).Value, Is.EqualTo(first.Hash(address, 0, 8192).Value));
        vmap.Fill(12287, 1, 7);
        Assert.That(first.Peek(address, 8191).Value, Is.EqualTo(7));
        Assert.That(vmap.Fill(12287, 2, 7).Errno, Is.EqualTo(Errno.EFAULT));
        Assert.That(vmap.Hash(-1, 1).Errno, Is.EqualTo(Errno.EFAULT));
        vmap.Vunmap();
        Assert.That((vmap.IsHeld, machine.KernelMappings.Count), Is.EqualTo((false, 0)));
        Assert.That(vmap.Vunmap, Throws.InvalidOperationException);
        Assert.That(() => vmap.Peek(0), Throws.InvalidOperationException);
        Assert.That(machine.Vmap(first, -1).Errno, Is.EqualTo(Errno.EBADF));
        int secure = first.Make(TestMachine.Secure, 1);
        Assert.That(machine.Vmap(first, secure).Errno, Is.EqualTo(Errno.EINVAL));
        Assert.That(first.File(secure).Value.References, Is.EqualTo(1));
    }

    private static Machine Build(string kernel, params HeapDescription[] heaps) =>
        new MachineBuilder().Build(new MachineDescription
        {
            Memory = 32 << 20,
            Kernel = KernelProfile.Find(kernel)!,
            Heaps = [.. heaps],
        });

    private static string Message(params HeapDescription[] heaps) =>
        Assert.Throws<ArgumentException>(() => Build("6.12", heaps))!.Message;
}
