using System.Globalization;
using DmaBufSim.Buffers;
using DmaBufSim.Devices;
using DmaBufSim.Files;
using DmaBufSim.Memory;
using DmaBufSim.Processes;

namespace DmaBufSim.Machines;

/// <summary>What kind of hold someone has on a buffer.</summary>
public enum HolderKind
{
    /// <summary>A descriptor of a process.</summary>
    Descriptor,

    /// <summary>A mapping of a process.</summary>
    Mapping,

    /// <summary>A message on its way between two processes.</summary>
    InFlight,

    /// <summary>A device that has attached.</summary>
    Importer,

    /// <summary>A kernel mapping.</summary>
    KernelMapping,

    /// <summary>The callback that a poll left at a fence.</summary>
    ArmedPoll,
}

/// <summary>One reference to a buffer: who holds it, and through what.</summary>
/// <param name="Kind">What kind of hold.</param>
/// <param name="Owner">The process or device.</param>
/// <param name="Number">The descriptor, or the address of the mapping; otherwise 0.</param>
/// <param name="Details">What else a person wants to know.</param>
public readonly record struct Holder(HolderKind Kind, string Owner, long Number, string Details)
{
    /// <summary>The hold in words: <c>descriptor 4</c>, <c>attachment</c>.</summary>
    public string What => Kind switch
    {
        HolderKind.Descriptor => string.Create(CultureInfo.InvariantCulture, $"descriptor {Number}"),
        HolderKind.Mapping => $"mapping at 0x{Number:x}",
        HolderKind.InFlight => "message",
        HolderKind.Importer => "attachment",
        HolderKind.ArmedPoll => "armed callback",
        _ => "kernel mapping",
    };
}

/// <summary>Finds the holders of buffers by walking everything that can hold one.</summary>
/// <remarks>Reference counts are never looked at, so that the two can be held against each other.</remarks>
public static class Holders
{
    /// <summary>The holders of a buffer: processes oldest first, then devices, then the kernel.</summary>
    /// <remarks><b>Cost:</b> proportional to all descriptors, mappings and imports of the machine.</remarks>
    public static List<Holder> HoldersOf(this Machine machine, OpenFile file)
    {
        List<Holder> holders = [];
        foreach (Process process in machine.Processes)
        {
            AddDescriptors(process, file, holders);
            AddMappings(process, file, holders);
            AddMessages(process.Inbox, file, $"to {process.Name}", holders);
            AddMessages(process.Outbox, file, $"from {process.Name}", holders);
        }

        foreach (Importer importer in machine.Importers)
        {
            foreach (Import import in importer.Imports)
            {
                if (import.Buffer == file)
                {
                    string state = import.IsMapped ? "attached and mapped" : "attached";
                    string details = import.IsDynamic ? $"{state}, dynamic" : state;
                    holders.Add(new Holder(HolderKind.Importer, importer.Name, 0, details));
                }
            }
        }

        foreach (KernelMapping mapping in machine.KernelMappings)
        {
            if (mapping.Buffer == file)
            {
                holders.Add(new Holder(HolderKind.KernelMapping, "kernel", 0, "vmap"));
            }
        }

        if (file is DmaBuf buffer)
        {
            AddPoll(buffer, PollEvents.In, "in", holders);
            AddPoll(buffer, PollEvents.Out, "out", holders);
        }

        return holders;
    }

    private static void AddPoll(DmaBuf buffer, PollEvents direction, string word, List<Holder> holders)
    {
        if (buffer.ArmedFence(direction) is { } fence)
        {
            holders.Add(new Holder(HolderKind.ArmedPoll, "poll", 0, $"{word}, until fence {fence}"));
        }
    }

    private static void AddDescriptors(Process process, OpenFile file, List<Holder> holders)
    {
        for (int descriptor = 0; descriptor < process.Files.End; descriptor++)
        {
            if (process.Files.Find(descriptor) == file)
            {
                string details = process.Files.IsCloseOnExec(descriptor) ? "cloexec" : "";
                holders.Add(new Holder(HolderKind.Descriptor, process.Name, descriptor, details));
            }
        }
    }

    private static void AddMappings(Process process, OpenFile file, List<Holder> holders)
    {
        foreach (VmArea area in process.Mappings)
        {
            foreach ((int first, int end) in area.File == file ? area.Pieces : [])
            {
                string pages = end - first == 1 ? "1 page" : $"{end - first} pages";
                string details = area.IsShared ? $"{pages} shared" : $"{pages} private";
                long address = area.Address + ((long)first << PhysicalMemory.PageShift);
                holders.Add(new Holder(HolderKind.Mapping, process.Name, address, details));
            }
        }
    }

    private static void AddMessages(SocketQueue queue, OpenFile file, string way, List<Holder> holders)
    {
        foreach (OpenFile message in queue.Messages)
        {
            if (message == file)
            {
                holders.Add(new Holder(HolderKind.InFlight, "socket", 0, way));
            }
        }
    }
}
