using DmaBufSim.Devices;
using DmaBufSim.Dma;
using DmaBufSim.Files;
using DmaBufSim.Machines;
using DmaBufSim.Processes;
using DmaBufSim.Tests.Memory;
using NUnit.Framework;

namespace DmaBufSim.Tests.Machines;

/// <summary>Random use of a machine by processes, devices and the kernel: numbers are read as steps.</summary>
internal sealed class RandomUse(Machine machine)
{
    private static readonly string[] HeapNames = ["system", TestMachine.Cma, TestMachine.Secure];

    private readonly List<KernelMapping> vmaps = [];
    private readonly List<Process> children = [];

    /// <summary>Plays one step.</summary>
    public void Step(int number)
    {
        int step = number;
        int kind = Steps.Below(ref step, 16);
        int who = Steps.Below(ref step, children.Count + 1);
        Process process = who == 0 ? machine.First : children[who - 1];
        int descriptor = 3 + Steps.Below(ref step, 12);
        switch (kind)
        {
            case < 3:
                process.Allocate(HeapNames[step % 3], (ulong)(1 + (step % 400_000)), OpenFlags.ReadWrite);
                break;
            case < 5:
                process.Duplicate(descriptor);
                break;
            case < 7:
                process.Close(descriptor);
                break;
            case < 9:
                process.Mmap(descriptor, (ulong)(step % 3) << 12, 4096, MapProtection.Read, 1 + (uint)(step & 1));
                break;
            case 9:
                Unmap(process, step);
                break;
            case 10:
                ForkOrKill(who, step);
                break;
            case 11:
                Pass(who, descriptor, step);
                break;
            default:
                UseInKernel(process, descriptor, step, kind);
                break;
        }
    }

    /// <summary>Lets go of everything, in an order that the numbers give.</summary>
    public void ReleaseAll(int[] numbers)
    {
        List<Action> releases = [];
        releases.AddRange(vmaps.Select(vmap => (Action)vmap.Vunmap));
        releases.AddRange(machine.Importers.SelectMany(importer => importer.Imports).Select(ReleaseOf));
        foreach (Process process in machine.Processes)
        {
            releases.Add(process.Inbox.Purge);
            releases.Add(process.Outbox.Purge);
            releases.AddRange(process.Mappings.Select(area => (Action)(() => process.Munmap(area.Address))));
            for (int descriptor = 0; descriptor < process.Files.End; descriptor++)
            {
                int number = descriptor;
                if (process.Files.Find(number) is not null)
                {
                    releases.Add(() => process.Close(number));
                }
            }
        }

        for (int i = 0; releases.Count > 0; i++)
        {
            int next = numbers[i % numbers.Length] % releases.Count;
            releases[next]();
            releases.RemoveAt(next);
        }

        vmaps.Clear();
    }

    private static Action ReleaseOf(Import import) => () =>
    {
        if (import.IsMapped)
        {
            import.Unmap();
        }

        import.Detach();
    };

    private static void Unmap(Process process, int step)
    {
        long[] addresses = [.. process.Mappings.Select(area => area.Address)];
        if (addresses.Length > 0)
        {
            Assert.That(process.Munmap(addresses[step % addresses.Length]).IsOk);
        }
    }

    private void ForkOrKill(int who, int step)
    {
        if (who > 0 && step % 2 == 0)
        {
            children[who - 1].Exit();
            children.RemoveAt(who - 1);
        }
        else if (who == 0 && children.Count < 3)
        {
            children.Add(machine.Fork(machine.First, $"p{machine.Processes.Count}"));
        }
    }

    private void Pass(int who, int descriptor, int step)
    {
        if (children.Count == 0)
        {
            return;
        }

        Process child = children[who == 0 ? step % children.Count : who - 1];
        switch (step / 3 % 4)
        {
            case 0:
                machine.First.Send(child, descriptor);
                break;
            case 1:
                child.Give(descriptor);
                break;
            case 2:
                child.Take();
                break;
            default:
                machine.First.Take(child);
                break;
        }
    }

    private void UseInKernel(Process process, int descriptor, int step, int kind)
    {
        Importer importer = machine.Importers[step % 2];
        Import? held = importer.Imports.Count > 0 ? importer.Imports[step / 2 % importer.Imports.Count] : null;
        switch (kind)
        {
            case 12 when process.Buffer(descriptor) is { IsOk: true } buffer:
                Assert.That(importer.Attach(buffer.Value, step % 5 == 0).IsOk);
                break;
            case 13 when held is not null:
                if (held.IsMapped)
                {
                    held.Unmap();
                }
                else
                {
                    Assert.That(held.Map(DmaDirection.Bidirectional).IsOk);
                }

                break;
            case 14 when held is { IsMapped: false }:
                held.Detach();
                break;
            case 15 when step % 3 > 0 && machine.Vmap(process, descriptor) is { IsOk: true } vmap:
                vmaps.Add(vmap.Value);
                break;
            case 15 when vmaps.Count > 0:
                vmaps[step % vmaps.Count].Vunmap();
                vmaps.RemoveAt(step % vmaps.Count);
                break;
        }
    }
}
