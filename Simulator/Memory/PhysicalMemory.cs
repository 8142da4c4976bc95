using DmaBufSim.Abi;
using DmaBufSim.Tracing;

namespace DmaBufSim.Memory;

/// <summary>The memory of one machine, in frames of 4 KiB, on pinned arrays.</summary>
/// <remarks>
/// <para><b>Cost:</b> nothing exists before it is touched. Bookkeeping is made for 4 MiB at a time, bytes for 64 KiB
/// at a time when they are first written. A frame that its owner has not written reads as zeros without having
/// bytes, and its first write clears no more than the rest of that frame.</para>
/// </remarks>
public sealed partial class PhysicalMemory
{
    /// <summary>The size of a frame in bytes.</summary>
    public const int PageSize = 1 << PageShift;

    /// <summary>The binary logarithm of the page size.</summary>
    public const int PageShift = 12;

    /// <summary>The size of a page block in bytes, 2 MiB: what boot sets aside is a multiple of it.</summary>
    public const long PageblockBytes = (long)PageSize << BuddyAllocator.PageblockOrder;

    private const long SectionBytes = (long)Section.Frames << PageShift;
    private const long MaxBytes = 1L << 40;
    private const int ChunkBytes = Section.FramesPerChunk * PageSize;

    private static readonly byte[] ZeroPage = new byte[PageSize];

    private readonly Section?[] sections;
    private readonly List<CmaArea> areas = [];
    private readonly Trace trace;

    /// <summary>Memory that nobody has touched.</summary>
    /// <param name="bytes">A multiple of 4 MiB, up to 1 TiB.</param>
    /// <param name="baseAddress">The physical address of the first byte, a multiple of 4 MiB.</param>
    /// <param name="trace">Where records and refusals go.</param>
    /// <param name="holes">Frames that are no memory: multiples of 4 MiB, lowest first, that do not overlap.</param>
    /// <exception cref="ArgumentException">A size, an address or a hole that is not so.</exception>
    public PhysicalMemory(long bytes, long baseAddress, Trace trace, params ReadOnlySpan<FrameRun> holes)
    {
        if (bytes <= 0 || bytes > MaxBytes || bytes % SectionBytes != 0)
        {
            throw new ArgumentException(
                $"memory must be a multiple of 4 MiB up to 1 TiB, not {bytes} bytes", nameof(bytes));
        }

        if (baseAddress < 0 || baseAddress % SectionBytes != 0)
        {
            throw new ArgumentException(
                $"memory must start at a multiple of 4 MiB, not at {baseAddress}", nameof(baseAddress));
        }

        FrameCount = (int)(bytes >> PageShift);
        BaseAddress = baseAddress;
        this.trace = trace;
        CheckHoles(holes);
        this.holes = [.. holes];
        sections = new Section?[FrameCount >> Section.Shift];
        memblock = new Memblock(FrameCount, baseAddress >> PageShift, holes);
        TotalFrames = memblock.Frames;
        Buddy = new BuddyAllocator(this, memblock, trace);
        Movable = new ReverseMap(this);
    }

    /// <summary>How many frames there are, from the first to the last, holes included.</summary>
    public int FrameCount { get; }

    /// <summary>How many of them are memory.</summary>
    public int TotalFrames { get; }

    /// <summary>The physical address of the first byte.</summary>
    public long BaseAddress { get; }

    /// <summary>The allocator of every frame that is not reserved.</summary>
    public BuddyAllocator Buddy { get; }

    /// <summary>The CMA areas, in the order in which they were made.</summary>
    public IReadOnlyList<CmaArea> Areas => areas;

    /// <summary>Bytes of the pinned arrays that were made so far.</summary>
    public long BytesCommitted { get; private set; }

    /// <summary>What is known of the bytes; null where nobody keeps labels.</summary>
    public ByteLabels? Labels { get; private set; }

    /// <summary>Keeps labels from now on.</summary>
    public ByteLabels KeepLabels() => Labels ??= new ByteLabels();

    /// <summary>The physical address of a frame.</summary>
    public long Address(int frame) => BaseAddress + ((long)frame << PageShift);

    /// <summary>The content of a frame.</summary>
    public ReadOnlySpan<byte> Page(int frame) =>
        IsWritten(frame) ? Bytes(sections[frame >> Section.Shift]!, frame) : ZeroPage;

    /// <summary>Whether the frame was written since it got its owner.</summary>
    public bool IsWritten(int frame) =>
        sections[frame >> Section.Shift] is { } section && section.Entries[frame & (Section.Frames - 1)].IsWritten;

    /// <summary>Writes bytes inside one frame.</summary>
    public void Write(int frame, int offset, ReadOnlySpan<byte> data)
    {
        data.CopyTo(Touch(frame, offset, data.Length));
        Labels?.Set(frame, offset, data.Length, ByteLabels.None);
    }

    /// <summary>Sets bytes inside one frame.</summary>
    public void Fill(int frame, int offset, int length, byte value)
    {
        Touch(frame, offset, length).Fill(value);
        Labels?.Set(frame, offset, length, ByteLabels.None);
    }

    /// <summary>Gives frames a new owner, to whom they read as zeros.</summary>
    /// <remarks><b>Cost:</b> one comparison for 4 MiB that were never written, one store a frame otherwise.</remarks>
    public void Renew(int frame, int count)
    {
        Labels?.Clear(frame, count);
        int end = frame + count;
        while (frame < end)
        {
            int stop = Math.Min(end, (frame | (Section.Frames - 1)) + 1);
            if (sections[frame >> Section.Shift] is { Chunks: not null } section)
            {
                for (int i = frame; i < stop; i++)
                {
                    section.Entries[i & (Section.Frames - 1)].IsWritten = false;
                }
            }

            frame = stop;
        }
    }

    /// <summary>Clears the bytes of frames for good.</summary>
    /// <remarks><b>Cost:</b> proportional to the frames that were written.</remarks>
    public void Wipe(int frame, int count)
    {
        for (int i = frame; i < frame + count; i++)
        {
            if (IsWritten(i))
            {
                Section section = sections[i >> Section.Shift]!;
                Bytes(section, i).Clear();
                section.Entries[i & (Section.Frames - 1)].IsWritten = false;
            }
        }

        Labels?.Clear(frame, count);
        trace.Note(TraceEvent.PagesWiped, frame, count);
    }

    /// <summary>The content of a frame goes to one that was renewed.</summary>
    internal void Move(int from, int to)
    {
        if (!IsRehearsal && IsWritten(from))
        {
            Write(to, 0, Page(from));
            Labels?.Move(from, to);
            sections[from >> Section.Shift]!.Entries[from & (Section.Frames - 1)].IsWritten = false;
        }
    }

    /// <summary>Takes a movable page for an address space of one page.</summary>
    /// <returns><see cref="Errno.ENOMEM"/> where none is left.</returns>
    internal Result<int> AllocateMovable(AddressSpace owner)
    {
        int frame = Movable.Allocate(owner, 0);
        if (frame < 0)
        {
            return trace.Refuse(Errno.ENOMEM, Reason.OutOfMemory, "buddy");
        }

        trace.Note(TraceEvent.PagesTaken, frame, 1, name: "buddy");
        return frame;
    }

    /// <summary>Its owner gives such a page back; the last who holds it frees it.</summary>
    internal void FreeMovable(int frame, bool isLast)
    {
        Movable.Leave(frame);
        NoteFreed(frame, isLast);
    }

    /// <summary>Drops a reference on such a page; the last who holds it frees it.</summary>
    internal void UnpinMovable(int frame, bool isLast)
    {
        Movable.Unpin(frame);
        NoteFreed(frame, isLast);
    }

    /// <summary>
    /// Takes a reference on a page; one that may last, or that its area does not allow, moves it first.
    /// </summary>
    /// <returns>Where the page is now.</returns>
    internal Result<int> PinPage(AddressSpace owner, int frame, bool longTerm)
    {
        if (frame < 0)
        {
            return trace.Refuse(Errno.EINVAL, Reason.PageNotPinnable, owner.Name);
        }

        if (Movable.PinsOf(frame) == ReverseMap.MaxPins)
        {
            return trace.Refuse(Errno.ENOMEM, Reason.PageNotPinnable, owner.Name);
        }

        if (AreaOf(frame) is { } area && (longTerm || !area.Policy.AllowsPins))
        {
            frame = Movable.PinsOf(frame) > 0 ? -1 : Movable.Migrate(frame, MigrateType.Unmovable);
            if (frame < 0)
            {
                return trace.Refuse(Errno.ENOMEM, Reason.NoRoomToMigrate, owner.Name);
            }
        }

        Movable.Pin(frame);
        return frame;
    }

    /// <summary>Whose page every movable page is.</summary>
    internal ReverseMap Movable { get; }

    internal void AddArea(CmaArea area) => areas.Add(area);

    /// <summary>The area that has a frame, or null.</summary>
    internal CmaArea? AreaOf(int frame)
    {
        foreach (CmaArea area in areas)
        {
            if (area.Contains(frame))
            {
                return area;
            }
        }

        return null;
    }

    internal Section SectionAt(int frame) => sections[frame >> Section.Shift] ?? MakeSection(frame);

    internal Section? SectionIfMade(int frame) =>
        sections[frame >> Section.Shift] ?? original?.SectionIfMade(frame);

    private void NoteFreed(int frame, bool isFree)
    {
        if (isFree)
        {
            trace.Note(TraceEvent.PagesFreed, frame, 1, name: "buddy");
        }
    }

    private static Span<byte> Bytes(Section section, int frame)
    {
        int inSection = frame & (Section.Frames - 1);
        byte[] chunk = section.Chunks![inSection / Section.FramesPerChunk]!;
        return chunk.AsSpan(inSection % Section.FramesPerChunk * PageSize, PageSize);
    }

    private Span<byte> Touch(int frame, int offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)(PageSize - offset), nameof(length));
        Section section = SectionAt(frame);
        ref Frame entry = ref section.Entries[frame & (Section.Frames - 1)];
        if (!entry.IsWritten)
        {
            Commit(section, frame);
            Span<byte> page = Bytes(section, frame);
            page[..offset].Clear();
            page[(offset + length)..].Clear();
            entry.IsWritten = true;
        }

        return Bytes(section, frame).Slice(offset, length);
    }

    private void Commit(Section section, int frame)
    {
        section.Chunks ??= new byte[]?[Section.Frames / Section.FramesPerChunk];
        ref byte[]? chunk = ref section.Chunks[(frame & (Section.Frames - 1)) / Section.FramesPerChunk];
        if (chunk is null)
        {
            chunk = GC.AllocateUninitializedArray<byte>(ChunkBytes, pinned: true);
            BytesCommitted += ChunkBytes;
        }
    }
}
