using DmaBufSim.Abi;
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

    /// <summary>By the addresses of a mapping.</summary>
    public BusAccess(MemoryBus bus, DmaDevice device, SgTable table)
    {
        this.bus = bus;
        this.device = device;
        this.table = table;
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
            hash = bus.Hash(hash, piece.Frame, piece.Offset, piece.Length);
        }

        return hash;
    }

    /// <summary>Reads one byte of the buffer.</summary>
    /// <returns>As <see cref="Hash"/>.</returns>
    public Result<byte> Peek(long offset)
    {
        Result allowed = Check(AccessRights.Read, offset, 1);
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
            bus.Fill(piece.Frame, piece.Offset, piece.Length, value);
        }

        return Result.Ok;
    }

    private BusPieces Walk(AccessRights wanted, long offset, long length) =>
        new(bus, device, table, frameAt, wanted, offset, length);

    private Result Check(AccessRights wanted, long offset, long length)
    {
        foreach (BusPiece piece in Walk(wanted, offset, length))
        {
            Result allowed = piece.Resolved.IsOk
                ? bus.Check(master, wanted, piece.Frame, piece.Offset, piece.Length)
                : piece.Resolved;
            if (!allowed.IsOk)
            {
                return allowed;
            }
        }

        return Result.Ok;
    }
}
