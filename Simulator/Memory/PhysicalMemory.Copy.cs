namespace DmaBufSim.Memory;

public sealed partial class PhysicalMemory
{
    /// <summary>Copies bytes of consecutive frames to others, lowest first.</summary>
    /// <remarks><b>Cost:</b> that of a copy in pieces of up to 64 KiB.</remarks>
    public void Copy(int from, int fromOffset, int to, int toOffset, long length)
    {
        while (length > 0)
        {
            int piece = (int)Math.Min(length, Math.Min(LeftInChunk(from, fromOffset), LeftInChunk(to, toOffset)));
            piece = IsWritten(from) ? WrittenFrom(from, fromOffset, piece) : Math.Min(piece, PageSize - fromOffset);
            if (IsWritten(from))
            {
                Own(to, toOffset, piece);
                ChunkAt(from, fromOffset, piece).CopyTo(ChunkAt(to, toOffset, piece));
            }
            else
            {
                piece = Math.Min(piece, PageSize - toOffset);
                if (piece == PageSize || !IsWritten(to))
                {
                    Renew(to, 1);
                }
                else
                {
                    Fill(to, toOffset, piece, 0);
                }
            }

            length -= piece;
            Skip(ref from, ref fromOffset, piece);
            Skip(ref to, ref toOffset, piece);
        }
    }

    private static int LeftInChunk(int frame, int offset) =>
        ChunkBytes - ((frame % Section.FramesPerChunk) << PageShift) - offset;

    private static void Skip(ref int frame, ref int offset, int length)
    {
        offset += length;
        frame += offset >> PageShift;
        offset &= PageSize - 1;
    }

    // How far the frames from here on are written without a gap. The stretch lies in one chunk.
    private int WrittenFrom(int frame, int offset, int most)
    {
        Frame[] entries = sections[frame >> Section.Shift]!.Entries;
        int at = frame & (Section.Frames - 1);
        int reach = PageSize - offset;
        while (reach < most && entries[++at].IsWritten)
        {
            reach += PageSize;
        }

        return Math.Min(reach, most);
    }

    // The frames of a stretch in one chunk are about to be written; what they keep of their bytes is there afterwards.
    private void Own(int frame, int offset, int length)
    {
        Frame[] entries = SectionAt(frame).Entries;
        int at = frame & (Section.Frames - 1);
        for (int left = length; left > 0; at++, frame++)
        {
            int piece = Math.Min(left, PageSize - offset);
            if (!entries[at].IsWritten)
            {
                Touch(frame, offset, piece);
            }

            left -= piece;
            offset = 0;
        }
    }

    private Span<byte> ChunkAt(int frame, int offset, int length)
    {
        int inSection = frame & (Section.Frames - 1);
        byte[] chunk = sections[frame >> Section.Shift]!.Chunks![inSection / Section.FramesPerChunk]!;
        return chunk.AsSpan((inSection % Section.FramesPerChunk * PageSize) + offset, length);
    }
}
