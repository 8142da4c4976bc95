using System.Globalization;
using DmaBufSim.Buffers;
using DmaBufSim.Files;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;

namespace DmaBufSim.Checking;

/// <summary>
/// The reference count of every buffer and memfd equals the holders that are found by walking, and that of every page
/// of a memfd the places where it is.
/// </summary>
public sealed class ReferencesEqualHolders : MachineLaw
{
    /// <inheritdoc/>
    public override string Sentence => "always reference counts equal holders";

    /// <inheritdoc/>
    /// <remarks><b>Cost:</b> for each buffer or memfd, a walk over everything that can hold one.</remarks>
    public override void Check(Machine machine)
    {
        foreach (DmaBuf buffer in machine.Buffers.NewestFirst)
        {
            CheckFile(machine, "buffer", buffer);
        }

        foreach (Memfd memfd in machine.Memfds.OldestFirst)
        {
            CheckFile(machine, "memfd", memfd);
        }

        CheckPages(machine);
    }

    private void CheckFile(Machine machine, string kind, OpenFile file)
    {
        int holders = machine.HoldersOf(file).Count;
        if (holders != file.References)
        {
            Report(string.Create(
                CultureInfo.InvariantCulture,
                $"{kind} #{file.Inode} counts {file.References} references and has {holders} holders"));
        }
    }

    private void CheckPages(Machine machine)
    {
        List<MemfdPage> pages = [.. machine.Memfds.OldestFirst.SelectMany(memfd => memfd.Pages)];
        foreach (DmaBuf buffer in machine.Buffers.NewestFirst)
        {
            if (buffer.Exporter is UdmabufBuffer storage)
            {
                pages.AddRange(storage.Pages);
            }
        }

        Dictionary<MemfdPage, int> places = new(ReferenceEqualityComparer.Instance);
        foreach (MemfdPage page in pages)
        {
            places[page] = places.GetValueOrDefault(page) + 1;
        }

        foreach (MemfdPage page in pages)
        {
            if (places[page] != page.References)
            {
                Report(string.Create(
                    CultureInfo.InvariantCulture,
                    $"frame {page.Frame} counts {page.References} references and is in {places[page]} places"));
            }
        }
    }
}
