using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Dma;
using DmaBufSim.Heaps;
using DmaBufSim.Security;
using DmaBufSim.Tracing;

namespace DmaBufSim.Machines;

/// <summary>A trusted application: the CPU in the secure world, as the master <c>ta</c>.</summary>
/// <remarks>
/// <para><b>Kernel:</b> a process hands it a descriptor with TEE_IOC_SHM_REGISTER_FD and invokes a command.</para>
/// <para>It serves any process, so it looks after itself: it keeps away from a buffer that is meant to be protected and
/// is not yet, keeps the rules also where hardware does not see it, and never copies to where somebody may read who may
/// not read the source.</para>
/// <para><b>Differs:</b> Linux registers buffers of TEE heaps only; here normal memory can be passed too.</para>
/// </remarks>
public sealed class TrustedApplication
{
    private readonly Machine machine;

    internal TrustedApplication(Machine machine) => this.machine = machine;

    /// <summary>Reads bytes into a hash.</summary>
    /// <returns>
    /// <see cref="Errno.EFAULT"/> outside the buffer; <see cref="Errno.EACCES"/> from the firewall, or where the buffer
    /// is not protected yet.
    /// </returns>
    public Result<ulong> Read(DmaBuf buffer, long offset, long length)
    {
        Result possible = Check(buffer, offset, length);
        Result<ulong> hash = possible.IsOk ? BytesOf(buffer).Hash(offset, length) : possible;
        if (hash.IsOk)
        {
            machine.Trace.Note(TraceEvent.BytesRead, buffer.Inode, offset, length, Master.Ta.Name);
        }

        return Hidden(hash.Status) ? Fnv1a.AddZeros(Fnv1a.Start, length) : hash;
    }

    /// <summary>The first byte of what a read would see, for transcripts.</summary>
    public byte Peek(DmaBuf buffer, long offset)
    {
        Result<byte> seen = BytesOf(buffer).Peek(offset);
        return seen.IsOk ? seen.Value : (byte)0;
    }

    /// <summary>Sets bytes.</summary>
    /// <returns>As <see cref="Read"/>. After a failure no byte has changed.</returns>
    public Result Write(DmaBuf buffer, long offset, long length, byte value)
    {
        Result possible = Check(buffer, offset, length);
        Result written = possible.IsOk ? BytesOf(buffer).Fill(offset, length, value) : possible;
        if (written.IsOk)
        {
            machine.Trace.Note(TraceEvent.BytesWritten, buffer.Inode, offset, length, Master.Ta.Name);
        }

        return Hidden(written) ? Result.Ok : written;
    }

    /// <summary>Copies bytes, as a decoder in software does.</summary>
    /// <param name="source">Where they are read.</param>
    /// <param name="from">The first of them.</param>
    /// <param name="target">Where they go.</param>
    /// <param name="to">The first byte that is written.</param>
    /// <param name="length">How many.</param>
    /// <param name="blends">Whether it reads what is there, too, and writes half of each.</param>
    /// <returns>As <see cref="Read"/>. After a failure no byte has changed.</returns>
    public Result Copy(DmaBuf source, long from, DmaBuf target, long to, long length, bool blends = false)
    {
        Result possible = Check(source, from, length);
        possible = possible.IsOk ? Check(target, to, length) : possible;
        Result copied = possible.IsOk
            ? BytesOf(source).CopyTo(BytesOf(target), from, to, length, blends)
            : possible;
        if (copied.IsOk)
        {
            machine.Trace.Note(TraceEvent.BytesRead, source.Inode, from, length, Master.Ta.Name);
            machine.Trace.Note(TraceEvent.BytesWritten, target.Inode, to, length, Master.Ta.Name);
        }

        return Hidden(copied) ? Result.Ok : copied;
    }

    private BusAccess BytesOf(DmaBuf buffer) => new(machine.Bus, Master.Ta, buffer.FrameAt);

    private bool Hidden(Result refused) => machine.Bus.Hides(refused) && refused.Reason != Reason.TaRefuses;

    private Result Check(DmaBuf buffer, long offset, long length)
    {
        if (offset < 0 || length < 0 || offset > buffer.Size - length)
        {
            return machine.Trace.Refuse(
                Errno.EFAULT, Reason.OutsideMapping, Master.Ta.Name, null, offset, length);
        }

        if (buffer.Exporter is not HeapBuffer { Protection: not null } storage)
        {
            return Result.Ok;
        }

        if (machine.Policy.PromisesSecrecy && !machine.Policy.Protects(storage))
        {
            return machine.Trace.Refuse(Errno.EACCES, Reason.TaRefuses, Master.Ta.Name);
        }

        storage.NoteUse();
        return Result.Ok;
    }
}
