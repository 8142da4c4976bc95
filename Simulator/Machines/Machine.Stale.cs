using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Devices;
using DmaBufSim.Dma;
using DmaBufSim.Heaps;
using DmaBufSim.Memory;
using DmaBufSim.Security;
using DmaBufSim.Tracing;

namespace DmaBufSim.Machines;

public sealed partial class Machine
{
    /// <summary>A device reads through addresses that its driver has given back, as a buggy one does.</summary>
    /// <param name="importer">The device.</param>
    /// <param name="offset">The first byte, counted from the first address that the last mapping gave.</param>
    /// <param name="length">How many bytes.</param>
    /// <returns>
    /// What lies there now, whoever has it; <see cref="Errno.EFAULT"/> where the addresses are gone, as behind an
    /// IOMMU, or there were never any; <see cref="Errno.EACCES"/> from the firewall.
    /// </returns>
    public Result<StaleBytes> StaleRead(Importer importer, long offset, long length)
    {
        Result possible = CheckStale(importer, offset, length);
        if (!possible.IsOk)
        {
            return possible;
        }

        BusAccess bytes = new(Bus, importer.Device, importer.Stale.ToTable());
        Result<ulong> hash = bytes.Hash(offset, length);
        if (hash.IsOk)
        {
            NoteStale(TraceEvent.BytesRead, importer, offset, length);
            return new StaleBytes(hash.Value, length == 0 ? null : bytes.Peek(offset).Value);
        }

        return Bus.Hides(hash.Status)
            ? new StaleBytes(Fnv1a.AddZeros(Fnv1a.Start, length), 0)
            : hash.As<StaleBytes>();
    }

    /// <summary>A device writes through addresses that its driver has given back.</summary>
    /// <returns>As <see cref="StaleRead"/>.</returns>
    public Result StaleWrite(Importer importer, long offset, long length, byte value)
    {
        Result possible = CheckStale(importer, offset, length);
        Result written = possible.IsOk
            ? new BusAccess(Bus, importer.Device, importer.Stale.ToTable()).Fill(offset, length, value)
            : possible;
        if (written.IsOk)
        {
            NoteStale(TraceEvent.BytesWritten, importer, offset, length);
        }

        return Bus.Hides(written) ? Result.Ok : written;
    }

    // Where an address of the old mapping leads now.
    private int FrameAt(Importer importer, long offset) =>
        Bus.Resolve(importer.Device, importer.Stale.AddressOf(offset), AccessRights.Read, offset, 1).Value.First;

    private Result CheckStale(Importer importer, long offset, long length)
    {
        if (!importer.Stale.Exist)
        {
            return Trace.Refuse(Errno.EFAULT, Reason.NothingStale, importer.Name);
        }

        return offset >= 0 && length >= 0 && offset <= importer.Stale.Size - length
            ? Result.Ok
            : Trace.Refuse(Errno.EFAULT, Reason.OutsideAttachment, importer.Name, null, offset, length);
    }

    // Whose bytes they were: every live buffer that has one of the frames by now.
    private void NoteStale(TraceEvent what, Importer importer, long offset, long length)
    {
        if (Trace.Sink is null || length == 0)
        {
            return;
        }

        foreach (DmaBuf buffer in Buffers.NewestFirst)
        {
            int pages = buffer.Exporter is HeapBuffer storage ? storage.Table.Pages : 0;
            for (long at = offset; at < offset + length;)
            {
                long inPage = at & (PhysicalMemory.PageSize - 1);
                long piece = Math.Min(offset + length - at, PhysicalMemory.PageSize - inPage);
                int frame = FrameAt(importer, at);
                for (int page = 0; page < pages; page++)
                {
                    if (buffer.FrameAt(page) == frame)
                    {
                        long place = ((long)page << PhysicalMemory.PageShift) + inPage;
                        Trace.Note(what, buffer.Inode, place, piece, importer.Name);
                    }
                }

                at += piece;
            }
        }
    }
}

/// <summary>What a device read through stale addresses.</summary>
/// <param name="Hash">The hash of the bytes.</param>
/// <param name="First">The first of them, or null where there were none.</param>
public readonly record struct StaleBytes(ulong Hash, byte? First);
