using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Memory;
using DmaBufSim.Security;
using DmaBufSim.Tracing;

namespace DmaBufSim.Machines;

/// <summary>A kernel mapping of a whole buffer. The in-kernel user that has it also holds a reference.</summary>
public sealed class KernelMapping
{
    private readonly Machine machine;

    internal KernelMapping(Machine machine, DmaBuf buffer)
    {
        this.machine = machine;
        Buffer = buffer;
    }

    /// <summary>The buffer.</summary>
    public DmaBuf Buffer { get; }

    /// <summary>Whether it is still held.</summary>
    public bool IsHeld { get; private set; } = true;

    /// <summary>Lets go of the mapping and the reference.</summary>
    /// <exception cref="InvalidOperationException">It is let go of already.</exception>
    public void Vunmap()
    {
        ThrowIfLetGo();
        IsHeld = false;
        machine.Forget(this);
        Buffer.Vunmap();
        Buffer.Put();
    }

    /// <summary>The kernel sets bytes.</summary>
    /// <returns><see cref="Errno.EFAULT"/> outside the buffer; <see cref="Errno.EACCES"/> from the firewall.</returns>
    public Result Fill(long offset, long length, byte value)
    {
        Result allowed = Check(AccessRights.Write, offset, length);
        if (!allowed.IsOk)
        {
            return allowed;
        }

        foreach ((int frame, int inPage, int piece) in Pages(offset, length))
        {
            machine.Bus.Fill(frame, inPage, piece, value);
        }

        machine.Trace.Note(TraceEvent.BytesWritten, Buffer.Inode, offset, length, machine.Cpu.Name);
        return Result.Ok;
    }

    /// <summary>The kernel reads bytes into a hash.</summary>
    /// <returns>The hash, or the failures of <see cref="Fill"/>.</returns>
    public Result<ulong> Hash(long offset, long length)
    {
        Result allowed = Check(AccessRights.Read, offset, length);
        if (!allowed.IsOk)
        {
            return allowed;
        }

        ulong hash = Fnv1a.Start;
        foreach ((int frame, int inPage, int piece) in Pages(offset, length))
        {
            hash = machine.Bus.Hash(hash, frame, inPage, piece);
        }

        machine.Trace.Note(TraceEvent.BytesRead, Buffer.Inode, offset, length, machine.Cpu.Name);
        return hash;
    }

    /// <summary>One byte.</summary>
    /// <returns>The byte, or the failures of <see cref="Fill"/>.</returns>
    public Result<byte> Peek(long offset)
    {
        Result allowed = Check(AccessRights.Read, offset, 1);
        if (!allowed.IsOk)
        {
            return allowed;
        }

        int frame = Buffer.FrameAt((int)(offset >> PhysicalMemory.PageShift));
        return machine.Bus.Page(frame)[(int)(offset & (PhysicalMemory.PageSize - 1))];
    }

    private void ThrowIfLetGo()
    {
        if (!IsHeld)
        {
            throw new InvalidOperationException("the kernel mapping is let go of already");
        }
    }

    private Result Check(AccessRights wanted, long offset, long length)
    {
        ThrowIfLetGo();
        if (offset < 0 || length < 0 || offset > Buffer.Size - length)
        {
            return machine.Trace.Refuse(Errno.EFAULT, Reason.OutsideMapping, machine.Cpu.Name, null, offset, length);
        }

        foreach ((int frame, int inPage, int piece) in Pages(offset, length))
        {
            Result allowed = machine.Bus.Check(machine.Cpu, wanted, frame, inPage, piece);
            if (!allowed.IsOk)
            {
                return allowed;
            }
        }

        return Result.Ok;
    }

    private IEnumerable<(int Frame, int Offset, int Length)> Pages(long offset, long length)
    {
        for (long at = offset; at < offset + length;)
        {
            int inPage = (int)(at & (PhysicalMemory.PageSize - 1));
            int piece = (int)Math.Min(offset + length - at, PhysicalMemory.PageSize - inPage);
            yield return (Buffer.FrameAt((int)(at >> PhysicalMemory.PageShift)), inPage, piece);
            at += piece;
        }
    }
}
