using DmaBufSim.Abi;
using DmaBufSim.Dma;
using DmaBufSim.Files;
using DmaBufSim.Memory;
using DmaBufSim.Security;
using DmaBufSim.Tracing;

namespace DmaBufSim.Processes;

public sealed partial class Process
{
    /// <summary>Sets bytes through a mapping.</summary>
    /// <returns>
    /// <see cref="Errno.EFAULT"/> outside the mapping or against its protection, where a program would get a signal;
    /// <see cref="Errno.EACCES"/> where the firewall answers with a bus fault. After a failure no byte has changed.
    /// </returns>
    /// <remarks><b>Cost:</b> proportional to the bytes; allocates nothing in a shared mapping.</remarks>
    public Result Fill(long address, long offset, long length, byte value)
    {
        Result<VmArea> touched = Touch(address, offset, length, AccessRights.Write);
        if (!touched.IsOk)
        {
            if (Hidden(address, touched.Status) is not { } hidden)
            {
                return touched.Status;
            }

            BytesOf(hidden).FillAround(offset, length, value, Noting(TraceEvent.BytesWritten, hidden));
            return Result.Ok;
        }

        VmArea area = touched.Value;
        for (long at = offset; at < offset + length;)
        {
            int page = (int)(at >> PhysicalMemory.PageShift);
            int inPage = (int)(at & (PhysicalMemory.PageSize - 1));
            int piece = (int)Math.Min(offset + length - at, PhysicalMemory.PageSize - inPage);
            if (area.IsShared)
            {
                context.Bus.Fill(context.Cpu, area.File.FrameAt(area.FirstPage + page), inPage, piece, value);
            }
            else
            {
                byte[] own = area.PrivatePage(page) ?? Copy(area, page);
                own.AsSpan(inPage, piece).Fill(value);
            }

            at += piece;
        }

        if (area.IsShared)
        {
            Note(TraceEvent.BytesWritten, area, offset, length);
        }

        return Result.Ok;
    }

    /// <summary>Reads bytes through a mapping into a hash.</summary>
    /// <returns>The hash, or the failures of <see cref="Fill"/>.</returns>
    public Result<ulong> Hash(long address, long offset, long length)
    {
        Result<VmArea> touched = Touch(address, offset, length, AccessRights.Read);
        if (!touched.IsOk)
        {
            return Hidden(address, touched.Status) is { } hidden
                ? BytesOf(hidden).HashAround(offset, length, Noting(TraceEvent.BytesRead, hidden))
                : touched.As<ulong>();
        }

        VmArea area = touched.Value;
        ulong hash = Fnv1a.Start;
        for (long at = offset; at < offset + length;)
        {
            int page = (int)(at >> PhysicalMemory.PageShift);
            int inPage = (int)(at & (PhysicalMemory.PageSize - 1));
            int piece = (int)Math.Min(offset + length - at, PhysicalMemory.PageSize - inPage);
            hash = area.PrivatePage(page) is { } own
                ? Fnv1a.Add(hash, own.AsSpan(inPage, piece))
                : context.Bus.Hash(
                    context.Cpu, hash, area.File.FrameAt(area.FirstPage + page), inPage, piece);
            if (!area.IsShared && area.PrivatePage(page) is null)
            {
                Note(TraceEvent.BytesRead, area, at, piece);
            }

            at += piece;
        }

        if (area.IsShared)
        {
            Note(TraceEvent.BytesRead, area, offset, length);
        }

        return hash;
    }

    /// <summary>One byte through a mapping.</summary>
    /// <returns>The byte, or the failures of <see cref="Fill"/>.</returns>
    public Result<byte> Peek(long address, long offset)
    {
        Result<VmArea> touched = Touch(address, offset, 1, AccessRights.Read);
        if (!touched.IsOk)
        {
            return Hidden(address, touched.Status) is null ? touched.As<byte>() : (byte)0;
        }

        ReadOnlySpan<byte> page = PageOf(touched.Value, (int)(offset >> PhysicalMemory.PageShift));
        return page[(int)(offset & (PhysicalMemory.PageSize - 1))];
    }

    // The mapping whose blocked bytes read as zeros and drop what is written, where hardware hides that it blocks.
    private VmArea? Hidden(long address, Result refused) =>
        context.Bus.Hides(refused) && FindMapping(address) is { IsShared: true } area ? area : null;

    // In a method of its own, so that only who needs it pays for the object.
    private Action<long, long> Noting(TraceEvent what, VmArea area) => (at, bytes) => Note(what, area, at, bytes);

    private BusAccess BytesOf(VmArea area) =>
        new(context.Bus, context.Cpu, page => area.File.FrameAt(area.FirstPage + page));

    // The copy reads the buffer, and from then on the page is the process's own.
    private byte[] Copy(VmArea area, int page)
    {
        Note(TraceEvent.BytesRead, area, (long)page << PhysicalMemory.PageShift, PhysicalMemory.PageSize);
        context.Bus.NoteRead(context.Cpu, area.File.FrameAt(area.FirstPage + page), 0, PhysicalMemory.PageSize);
        return area.CopyPage(page, PageOf(area, page));
    }

    private ReadOnlySpan<byte> PageOf(VmArea area, int page) =>
        area.PrivatePage(page) ?? context.Bus.Page(area.File.FrameAt(area.FirstPage + page));

    private Result<VmArea> Touch(long address, long offset, long length, AccessRights wanted)
    {
        Run();
        if (FindMapping(address) is not { } area)
        {
            return context.Trace.Refuse(Errno.EFAULT, Reason.NothingMapped);
        }

        if (offset < 0 || length < 0 || offset > area.Length - length)
        {
            return context.Trace.Refuse(Errno.EFAULT, Reason.OutsideMapping, Name, null, offset, length);
        }

        int end = (int)((offset + length + (PhysicalMemory.PageSize - 1)) >> PhysicalMemory.PageShift);
        if (length > 0 && !area.IsMapped((int)(offset >> PhysicalMemory.PageShift), end))
        {
            return context.Trace.Refuse(Errno.EFAULT, Reason.NothingMapped);
        }

        // A page table entry of x86 that can be written or executed can be read.
        bool protectionAllows = wanted == AccessRights.Write
            ? (area.Protection & MapProtection.Write) != 0
            : area.Protection != MapProtection.None;
        if (!protectionAllows)
        {
            return context.Trace.Refuse(Errno.EFAULT, Reason.MappingProtection, Name, null, offset, length);
        }

        Result allowed = CheckOnBus(area, offset, length, wanted);
        return allowed.IsOk ? area : allowed;
    }

    private Result CheckOnBus(VmArea area, long offset, long length, AccessRights wanted)
    {
        // The first write of a private mapping reads the whole page, to copy it.
        bool copies = wanted == AccessRights.Write && !area.IsShared;
        for (long at = offset; at < offset + length;)
        {
            int page = (int)(at >> PhysicalMemory.PageShift);
            int inPage = (int)(at & (PhysicalMemory.PageSize - 1));
            int piece = (int)Math.Min(offset + length - at, PhysicalMemory.PageSize - inPage);
            if (area.PrivatePage(page) is null)
            {
                Result<int> frame = area.File.Fault(area.FirstPage + page);
                if (!frame.IsOk)
                {
                    return frame.Status;
                }

                Result allowed = copies
                    ? context.Bus.Check(context.Cpu, AccessRights.Read, frame.Value, 0, PhysicalMemory.PageSize)
                    : context.Bus.Check(context.Cpu, wanted, frame.Value, inPage, piece);
                if (!allowed.IsOk)
                {
                    return allowed;
                }
            }

            at += piece;
        }

        return Result.Ok;
    }

    private void Note(TraceEvent what, VmArea area, long offset, long length)
    {
        long start = (long)area.FirstPage << PhysicalMemory.PageShift;
        context.Trace.Note(what, area.File.Inode, start + offset, length, context.Cpu.Name);
    }
}
