using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Dma;
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
        Result inside = CheckInside(offset, length);
        Result filled = inside.IsOk ? Bytes.Fill(offset, length, value) : inside;
        if (filled.IsOk)
        {
            NoteWritten(offset, length);
            return filled;
        }

        if (machine.Bus.Hides(filled))
        {
            Bytes.FillAround(offset, length, value, NoteWritten);
            return Result.Ok;
        }

        return filled;
    }

    /// <summary>The kernel reads bytes into a hash.</summary>
    /// <returns>The hash, or the failures of <see cref="Fill"/>.</returns>
    public Result<ulong> Hash(long offset, long length)
    {
        Result inside = CheckInside(offset, length);
        Result<ulong> hash = inside.IsOk ? Bytes.Hash(offset, length) : inside;
        if (hash.IsOk)
        {
            NoteRead(offset, length);
            return hash;
        }

        return machine.Bus.Hides(hash.Status) ? Bytes.HashAround(offset, length, NoteRead) : hash;
    }

    /// <summary>One byte.</summary>
    /// <returns>The byte, or the failures of <see cref="Fill"/>.</returns>
    public Result<byte> Peek(long offset)
    {
        Result inside = CheckInside(offset, 1);
        Result<byte> first = inside.IsOk ? Bytes.Peek(offset) : inside;
        return machine.Bus.Hides(first.Status) ? (byte)0 : first;
    }

    private void NoteRead(long offset, long length) =>
        machine.Trace.Note(TraceEvent.BytesRead, Buffer.Inode, offset, length, machine.Cpu.Name);

    private void NoteWritten(long offset, long length) =>
        machine.Trace.Note(TraceEvent.BytesWritten, Buffer.Inode, offset, length, machine.Cpu.Name);

    private BusAccess Bytes => new(machine.Bus, machine.Cpu, Buffer.FrameAt);

    private void ThrowIfLetGo()
    {
        if (!IsHeld)
        {
            throw new InvalidOperationException("the kernel mapping is let go of already");
        }
    }

    private Result CheckInside(long offset, long length)
    {
        ThrowIfLetGo();
        return offset < 0 || length < 0 || offset > Buffer.Size - length
            ? machine.Trace.Refuse(Errno.EFAULT, Reason.OutsideMapping, machine.Cpu.Name, null, offset, length)
            : Result.Ok;
    }
}
