using DmaBufSim.Abi;
using DmaBufSim.Files;
using DmaBufSim.Memory;

namespace DmaBufSim.Heaps;

public sealed partial class Memfd
{
    /// <inheritdoc/>
    /// <returns>
    /// <see cref="Errno.EINVAL"/> for a position below zero; <see cref="Errno.ENXIO"/> for data or a hole at or past
    /// the end, and for data where only a hole follows.
    /// </returns>
    /// <remarks><b>Kernel:</b> <c>shmem_file_llseek()</c>. The position may lie past the end.</remarks>
    public override Result<long> Seek(long offset, SeekWhence whence)
    {
        switch (whence)
        {
            case SeekWhence.Set:
                return MoveTo(offset);
            case SeekWhence.Current:
                return MoveTo(unchecked(position + offset));
            case SeekWhence.End:
                return MoveTo(unchecked(size + offset));
            case SeekWhence.Data or SeekWhence.Hole:
                bool data = whence == SeekWhence.Data;
                return offset < 0 || offset >= size || Find(offset, data) is not { } found
                    ? Trace.Refuse(Errno.ENXIO, Reason.SeekOutsideFile)
                    : MoveTo(found);
            default:
                return Trace.Refuse(Errno.EINVAL, Reason.SeekOutsideFile);
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>shmem_file_read_iter()</c>. A hole reads as zeros and stays one; the end of the file
    /// ends the answer.</para>
    /// </remarks>
    public override Result<int> Read(Span<byte> bytes)
    {
        int count = (int)Math.Clamp(size - position, 0, bytes.Length);
        for (int done = 0; done < count;)
        {
            (int inPage, int piece) = PieceAt(position, count - done);
            Span<byte> target = bytes.Slice(done, piece);
            if (pages.TryGetValue(position >> PhysicalMemory.PageShift, out MemfdPage? page))
            {
                list.Memory.Page(page.Frame).Slice(inPage, piece).CopyTo(target);
                list.Reader.Bus.NoteRead(list.Reader.Cpu, page.Frame, inPage, piece);
            }
            else
            {
                target.Clear();
            }

            position += piece;
            done += piece;
        }

        return count;
    }

    /// <inheritdoc/>
    /// <returns>
    /// How many bytes came before the first failure: <see cref="Errno.EPERM"/> against a seal,
    /// <see cref="Errno.ENOMEM"/> without a page, <see cref="Errno.EFBIG"/> at the largest size. It alone is the answer
    /// where no byte came before it.
    /// </returns>
    /// <remarks><b>Kernel:</b> <c>generic_perform_write()</c> with <c>shmem_write_begin()</c>.</remarks>
    public override Result<int> Write(ReadOnlySpan<byte> bytes)
    {
        int done = 0;
        if (position > long.MaxValue - bytes.Length)
        {
            bytes = bytes[..(int)(long.MaxValue - position)];
            if (bytes.IsEmpty)
            {
                return Trace.Refuse(Errno.EFBIG, Reason.SeekOutsideFile);
            }
        }

        while (done < bytes.Length)
        {
            (int inPage, int piece) = PieceAt(position, bytes.Length - done);
            Result<MemfdPage> page = PageToWrite(piece);
            if (!page.IsOk)
            {
                return done > 0 ? done : page.As<int>();
            }

            list.Memory.Write(page.Value.Frame, inPage, bytes.Slice(done, piece));
            position += piece;
            done += piece;
            size = Math.Max(size, position);
        }

        return done;
    }

    private static (int InPage, int Length) PieceAt(long offset, int length)
    {
        int inPage = (int)(offset & (PhysicalMemory.PageSize - 1));
        return (inPage, Math.Min(length, PhysicalMemory.PageSize - inPage));
    }

    private Result<MemfdPage> PageToWrite(int length)
    {
        bool grows = position > size - length;
        if ((Seals & WriteSeals) != 0 || (grows && (Seals & MemfdSeals.Grow) != 0))
        {
            return Trace.Refuse(Errno.EPERM, Reason.SealForbids, null, null, position, length);
        }

        return PageAt(position >> PhysicalMemory.PageShift);
    }

    private Result<long> MoveTo(long offset)
    {
        if (offset < 0)
        {
            return Trace.Refuse(Errno.EINVAL, Reason.SeekOutsideFile);
        }

        position = offset;
        return offset;
    }

    // The first byte from an offset on that lies in a page, or in none. The end of the file counts as a hole.
    private long? Find(long offset, bool data)
    {
        long page = offset >> PhysicalMemory.PageShift;
        if (pages.ContainsKey(page) == data)
        {
            return offset;
        }

        if (data)
        {
            foreach (long there in pages.Keys)
            {
                if (there > page)
                {
                    return there << PhysicalMemory.PageShift;
                }
            }

            return null;
        }

        while (pages.ContainsKey(page))
        {
            page++;
        }

        return Math.Min(page << PhysicalMemory.PageShift, size);
    }
}
