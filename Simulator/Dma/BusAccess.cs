using DmaBufSim.Abi;
using DmaBufSim.Memory;
using DmaBufSim.Security;

namespace DmaBufSim.Dma;

/// <summary>
/// The bytes of one buffer as one importer reaches them: by device addresses, or by a kernel mapping.
/// </summary>
/// <remarks>
/// <para>It shows bytes and never a frame, so that an importer cannot go around its mapping. Every call asks the IOMMU
/// and the firewall about every byte before it touches the first.</para>
/// <para><b>Cost:</b> proportional to the runs that the bytes lie in; allocates nothing.</para>
/// </remarks>
internal readonly struct BusAccess
{
    private readonly MemoryBus bus;
    private readonly Master master;
    private readonly DmaDevice? device;
    private readonly SgTable? table;
    private readonly Func<int, int>? frameAt;
    private readonly DeviceConfiguration configuration;

    // What a burst on the bus has at most.
    private const int Burst = 64;

    /// <summary>By the addresses of a mapping.</summary>
    public BusAccess(
        MemoryBus bus,
        DmaDevice device,
        SgTable table,
        DeviceConfiguration configuration = DeviceConfiguration.Either)
    {
        this.bus = bus;
        this.device = device;
        this.table = table;
        this.configuration = configuration;
        master = device.Master;
    }

    /// <summary>By a kernel mapping: <paramref name="frameAt"/> is where the pages of the buffer are.</summary>
    public BusAccess(MemoryBus bus, Master master, Func<int, int> frameAt)
    {
        this.bus = bus;
        this.master = master;
        this.frameAt = frameAt;
    }

    /// <summary>Reads bytes of the buffer into a hash.</summary>
    /// <returns><see cref="Errno.EFAULT"/> from the IOMMU, <see cref="Errno.EACCES"/> from the firewall.</returns>
    public Result<ulong> Hash(long offset, long length)
    {
        Result allowed = Check(AccessRights.Read, offset, length);
        if (!allowed.IsOk)
        {
            return allowed;
        }

        ulong hash = Fnv1a.Start;
        foreach (BusPiece piece in Walk(AccessRights.Read, offset, length))
        {
            hash = bus.Hash(master, hash, piece.Frame, piece.Offset, piece.Length);
        }

        return hash;
    }

    /// <summary>Reads one byte of the buffer for a transcript: what is blocked is not counted.</summary>
    /// <returns>As <see cref="Hash"/>.</returns>
    public Result<byte> Peek(long offset)
    {
        Result allowed = ProbeRead(offset, 1);
        if (!allowed.IsOk)
        {
            return allowed;
        }

        byte value = 0;
        foreach (BusPiece piece in Walk(AccessRights.Read, offset, 1))
        {
            value = bus.Page(piece.Frame)[piece.Offset];
        }

        return value;
    }

    /// <summary>Reads burst by burst where some are blocked and the master is not told: those give zeros.</summary>
    /// <param name="offset">The first byte.</param>
    /// <param name="length">How many.</param>
    /// <param name="moved">Gets each stretch that was really read.</param>
    public Result<ulong> HashAround(long offset, long length, Action<long, long> moved)
    {
        ulong hash = Fnv1a.Start;
        foreach ((long at, long bytes, bool isFree) in Stretches(AccessRights.Read, offset, length))
        {
            if (!isFree)
            {
                hash = Fnv1a.AddZeros(hash, bytes);
                continue;
            }

            foreach (BusPiece piece in Walk(AccessRights.Read, at, bytes))
            {
                hash = bus.Hash(master, hash, piece.Frame, piece.Offset, piece.Length);
            }

            moved(at, bytes);
        }

        return hash;
    }

    /// <summary>Writes burst by burst where some are blocked and the master is not told: those are dropped.</summary>
    /// <param name="offset">The first byte.</param>
    /// <param name="length">How many.</param>
    /// <param name="value">What is written.</param>
    /// <param name="moved">Gets each stretch that was really written.</param>
    public void FillAround(long offset, long length, byte value, Action<long, long> moved)
    {
        foreach ((long at, long bytes, bool isFree) in Stretches(AccessRights.Write, offset, length))
        {
            if (!isFree)
            {
                continue;
            }

            foreach (BusPiece piece in Walk(AccessRights.Write, at, bytes))
            {
                bus.Fill(master, piece.Frame, piece.Offset, piece.Length, value);
            }

            moved(at, bytes);
        }
    }

    /// <summary>Whether reading these bytes would be blocked; it is not counted.</summary>
    public Result ProbeRead(long offset, long length) => Probe(AccessRights.Read, offset, length);

    /// <summary>Copies bytes of the buffer to another.</summary>
    /// <param name="target">The other buffer, reached by the same master.</param>
    /// <param name="from">The first byte that is read.</param>
    /// <param name="to">The first byte that is written.</param>
    /// <param name="length">How many bytes.</param>
    /// <param name="blends">Whether it reads what is there, too, and writes a blend of both.</param>
    /// <returns>As <see cref="Hash"/>. After a failure no byte has changed.</returns>
    public Result CopyTo(in BusAccess target, long from, long to, long length, bool blends = false)
    {
        Result allowed = Check(AccessRights.Read, from, length);
        allowed = allowed.IsOk && blends ? target.Check(AccessRights.Read, to, length) : allowed;
        allowed = allowed.IsOk ? target.Check(AccessRights.Write, to, length) : allowed;
        allowed = allowed.IsOk ? CopyTo(target, from, to, length, blends, moves: false) : allowed;
        return allowed.IsOk ? CopyTo(target, from, to, length, blends, moves: true) : allowed;
    }

    /// <summary>Sets bytes of the buffer.</summary>
    /// <returns>As <see cref="Hash"/>. After a failure no byte has changed.</returns>
    public Result Fill(long offset, long length, byte value)
    {
        Result allowed = Check(AccessRights.Write, offset, length);
        if (!allowed.IsOk)
        {
            return allowed;
        }

        foreach (BusPiece piece in Walk(AccessRights.Write, offset, length))
        {
            bus.Fill(master, piece.Frame, piece.Offset, piece.Length, value);
        }

        return Result.Ok;
    }

    private Result CopyTo(in BusAccess target, long from, long to, long length, bool blends, bool moves)
    {
        long done = 0;
        foreach (BusPiece source in Walk(AccessRights.Read, from, length))
        {
            long inSource = 0;
            foreach (BusPiece piece in target.Walk(AccessRights.Write, to + done, source.Length))
            {
                long at = source.Offset + inSource;
                int frame = source.Frame + (int)(at >> PhysicalMemory.PageShift);
                int offset = (int)(at & (PhysicalMemory.PageSize - 1));
                if (moves)
                {
                    bus.Copy(new BusCopy(
                        master, frame, offset, piece.Frame, piece.Offset, piece.Length, blends));
                }
                else if (bus.CheckFlow(master, (frame, offset), (piece.Frame, piece.Offset), piece.Length)
                    is { IsOk: false } refused)
                {
                    return refused;
                }

                inSource += piece.Length;
            }

            done += source.Length;
        }

        return Result.Ok;
    }

    // Bursts that are free, or that are blocked, joined as far as they follow each other.
    private List<(long At, long Bytes, bool IsFree)> Stretches(AccessRights wanted, long offset, long length)
    {
        List<(long At, long Bytes, bool IsFree)> stretches = [];
        for (long at = offset; at < offset + length;)
        {
            long bytes = Math.Min(offset + length - at, Burst - (at % Burst));
            bool isFree = Probe(wanted, at, bytes).IsOk;
            if (stretches.Count > 0 && stretches[^1].IsFree == isFree)
            {
                stretches[^1] = (stretches[^1].At, stretches[^1].Bytes + bytes, isFree);
            }
            else
            {
                stretches.Add((at, bytes, isFree));
            }

            at += bytes;
        }

        return stretches;
    }

    private Result Probe(AccessRights wanted, long offset, long length)
    {
        foreach (BusPiece piece in Walk(wanted, offset, length))
        {
            Result allowed = piece.Resolved.IsOk
                ? bus.Probe(master, wanted, piece.Frame, piece.Offset, piece.Length)
                : piece.Resolved;
            if (!allowed.IsOk)
            {
                return allowed;
            }
        }

        return Result.Ok;
    }

    private BusPieces Walk(AccessRights wanted, long offset, long length) =>
        new(bus, device, table, frameAt, wanted, offset, length);

    private Result Check(AccessRights wanted, long offset, long length)
    {
        foreach (BusPiece piece in Walk(wanted, offset, length))
        {
            Result allowed = piece.Resolved.IsOk ? Check(wanted, piece) : piece.Resolved;
            if (!allowed.IsOk)
            {
                return allowed;
            }
        }

        return Result.Ok;
    }

    private Result Check(AccessRights wanted, in BusPiece piece)
    {
        Result suits = bus.CheckConfiguration(
            master, configuration, wanted, piece.Frame, piece.Offset, piece.Length);
        return suits.IsOk ? bus.Check(master, wanted, piece.Frame, piece.Offset, piece.Length) : suits;
    }
}
