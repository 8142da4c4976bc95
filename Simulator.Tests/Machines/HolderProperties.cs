using DmaBufSim.Buffers;
using DmaBufSim.Files;
using DmaBufSim.Machines;
using DmaBufSim.Processes;
using DmaBufSim.Tests.Memory;
using NUnit.Framework;

namespace DmaBufSim.Tests.Machines;

[TestFixture]
public sealed class HolderProperties
{
    [TestCase("6.1")]
    [TestCase("6.12")]
    [TestCase("7.3")]
    public void CountsEqualTheHoldersThatAWalkFinds(string kernel) => Steps.Check(120, 200, steps =>
    {
        Machine machine = TestMachine.Build(kernel, maxDescriptors: 14);
        RandomUse use = new(machine);
        foreach (int step in steps)
        {
            use.Step(step);
            foreach (DmaBuf buffer in machine.Buffers.NewestFirst)
            {
                Assert.That(machine.HoldersOf(buffer), Has.Count.EqualTo(buffer.References).And.Not.Empty);
            }
        }

        Assert.That(machine.Trace.Warnings, Is.Empty);
    });

    [TestCase("6.12")]
    [TestCase("7.3")]
    public void ReleasingEverythingInAnyOrderLeavesNothing(string kernel) => Steps.Check(120, 150, steps =>
    {
        Machine machine = TestMachine.Build(kernel);
        string atStart = machine.FreeMemory();
        RandomUse use = new(machine);
        foreach (int step in steps)
        {
            use.Step(step);
        }

        use.ReleaseAll(steps);
        Assert.That((machine.Buffers.Count, machine.FreeMemory()), Is.EqualTo((0, atStart)));
        Assert.That(machine.Buffers.NewestFirst, Is.Empty);
        Assert.That(machine.Trace.Warnings, Is.Empty);
    });

    [Test]
    public void TheEndOfEveryProcessLeavesNothing() => Steps.Check(60, 150, steps =>
    {
        Machine machine = TestMachine.Build();
        string atStart = machine.FreeMemory();
        RandomUse use = new(machine);
        foreach (int step in steps.Where(step => step % 16 < 12))
        {
            use.Step(step);
        }

        foreach (Process process in machine.Processes)
        {
            process.Exit();
        }

        Assert.That((machine.Buffers.Count, machine.FreeMemory()), Is.EqualTo((0, atStart)));
    });

    [Test]
    public void EachKindOfHoldIsTold()
    {
        Machine machine = TestMachine.Build();
        Process first = machine.First;
        int b = first.Make("system", 8192, OpenFlags.ReadWrite | OpenFlags.CloseOnExec);
        DmaBuf buffer = first.Buffer(b).Value;
        long address = first.Mmap(b, 4096, 4096, MapProtection.Read, 1).Value;
        Process child = machine.Fork(first, "p1");
        child.Munmap(address);
        first.Send(child, b);
        child.Give(b);
        child.Close(b);
        machine.Importers[1].Attach(buffer, isDynamic: true);
        machine.Vmap(first, b);
        Assert.That(
            machine.HoldersOf(buffer),
            Is.EqualTo(new[]
            {
                new Holder(HolderKind.Descriptor, "first", b, "cloexec"),
                new Holder(HolderKind.Mapping, "first", address, "1 page shared"),
                new Holder(HolderKind.InFlight, "socket", 0, "to p1"),
                new Holder(HolderKind.InFlight, "socket", 0, "from p1"),
                new Holder(HolderKind.Importer, "probe1", 0, "attached, dynamic"),
                new Holder(HolderKind.KernelMapping, "kernel", 0, "vmap"),
            }));
        Assert.That(buffer.References, Is.EqualTo(6));
    }
}
