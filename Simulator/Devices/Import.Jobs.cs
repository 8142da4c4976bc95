using DmaBufSim.Abi;
using DmaBufSim.Tracing;

namespace DmaBufSim.Devices;

public sealed partial class Import
{
    /// <summary>
    /// What the last job came to where it seemed to succeed and did not: <see cref="WrongConfiguration.Zeros"/> or
    /// <see cref="WrongConfiguration.Black"/>; otherwise <see cref="WrongConfiguration.Fault"/>.
    /// </summary>
    public WrongConfiguration Symptom { get; private set; }

    /// <summary>The device reads bytes.</summary>
    /// <returns>
    /// Their hash; <see cref="Errno.EFAULT"/> outside the mapping or against its direction, <see cref="Errno.EACCES"/>
    /// where the firewall answers with a bus fault.
    /// </returns>
    public Result<ulong> Read(long offset, long length)
    {
        Symptom = WrongConfiguration.Fault;
        Result possible = Check(offset, length);
        if (!possible.IsOk)
        {
            return possible;
        }

        Result<ulong> hash = bytes.Hash(offset, length);
        if (hash.IsOk)
        {
            NoteRead(offset, length);
            return hash;
        }

        if (!IsHidden(hash.Status))
        {
            return hash;
        }

        return Symptom == WrongConfiguration.Fault
            ? bytes.HashAround(offset, length, NoteRead)
            : Fnv1a.AddZeros(Fnv1a.Start, length);
    }

    /// <summary>The first byte of what a read of the device would see, for transcripts.</summary>
    public Result<byte> Peek(long offset)
    {
        Result possible = Check(offset, 1);
        if (!possible.IsOk || Symptom != WrongConfiguration.Fault)
        {
            return possible.IsOk ? (byte)0 : possible;
        }

        Result<byte> first = bytes.Peek(offset);
        return importer.Bus.Hides(first.Status) ? (byte)0 : first;
    }

    /// <summary>The device writes one value to bytes.</summary>
    /// <returns>As <see cref="Read"/>. After a failure no byte has changed.</returns>
    public Result Fill(long offset, long length, byte value)
    {
        Symptom = WrongConfiguration.Fault;
        Result possible = Check(offset, length);
        if (!possible.IsOk)
        {
            return possible;
        }

        Result written = bytes.Fill(offset, length, value);
        if (written.IsOk)
        {
            NoteWritten(offset, length);
            return written;
        }

        if (!IsHidden(written))
        {
            return written;
        }

        if (Symptom == WrongConfiguration.Fault)
        {
            bytes.FillAround(offset, length, value, NoteWritten);
        }

        return Result.Ok;
    }

    /// <summary>The device copies bytes to another buffer that it has mapped.</summary>
    /// <param name="target">The other buffer.</param>
    /// <param name="from">The first byte that is read.</param>
    /// <param name="to">The first byte that is written.</param>
    /// <param name="length">How many bytes.</param>
    /// <param name="blends">Whether it reads what is there, too, and writes half of each.</param>
    /// <returns>
    /// As <see cref="Read"/>; <see cref="Errno.EFAULT"/> where the other buffer is mapped for another device. After a
    /// failure no byte has changed.
    /// </returns>
    /// <remarks>
    /// <para>Where hardware hides that it blocks the reading, the target gets zeros; where it blocks the writing, or
    /// somebody may read the target who may not read the source, nothing.</para>
    /// <para><b>Cost:</b> that of a copy in pieces of a page.</para>
    /// </remarks>
    public Result CopyTo(Import target, long from, long to, long length, bool blends = false)
    {
        Symptom = WrongConfiguration.Fault;
        Result possible = Check(from, length);
        possible = possible.IsOk ? target.Check(to, length) : possible;
        if (possible.IsOk && target.importer != importer)
        {
            possible = importer.Trace.Refuse(Errno.EFAULT, Reason.NotMappedForDevice, importer.Name, null, to, length);
        }

        if (!possible.IsOk)
        {
            return possible;
        }

        Result copied = bytes.CopyTo(target.bytes, from, to, length, blends);
        if (copied.IsOk)
        {
            NoteRead(from, length);
            target.NoteWritten(to, length);
            return copied;
        }

        if (!IsHidden(copied))
        {
            return copied;
        }

        if (Symptom == WrongConfiguration.Fault && importer.Bus.Hides(bytes.ProbeRead(from, length)))
        {
            target.bytes.FillAround(to, length, 0, target.NoteWritten);
        }

        return Result.Ok;
    }

    private void NoteRead(long offset, long length) =>
        importer.Trace.Note(TraceEvent.BytesRead, Buffer.Inode, offset, length, importer.Name);

    private void NoteWritten(long offset, long length) =>
        importer.Trace.Note(TraceEvent.BytesWritten, Buffer.Inode, offset, length, importer.Name);

    // A job that failed because of protection, and whether the device notices.
    private bool IsHidden(Result refused)
    {
        if (refused.Errno != Errno.EACCES)
        {
            return false;
        }

        importer.Bus.NoteAccessFailure();
        Symptom = refused.Reason == Reason.WrongConfiguration ? importer.Type.Symptom : WrongConfiguration.Fault;
        return Symptom != WrongConfiguration.Fault || importer.Bus.Hides(refused);
    }

    private Result Check(long offset, long length)
    {
        if (!IsMapped)
        {
            return importer.Trace.Refuse(Errno.EFAULT, Reason.NotMappedForDevice, importer.Name, null, offset, length);
        }

        return offset >= 0 && length >= 0 && offset <= Buffer.Size - length
            ? Result.Ok
            : importer.Trace.Refuse(Errno.EFAULT, Reason.OutsideAttachment, importer.Name, null, offset, length);
    }
}
