using DmaBufSim.Abi;
using DmaBufSim.Memory;
using DmaBufSim.Security;

namespace DmaBufSim.Dma;

/// <summary>The one way to the bytes: every access of every master passes the firewall here.</summary>
public sealed class MemoryBus(PhysicalMemory memory, Firewall firewall)
{
    /// <summary>Who sees every byte that moves, or null.</summary>
    public BusWatcher? Watcher { get; set; }

    /// <summary>Whether a master may do this to bytes of consecutive frames.</summary>
    /// <returns><see cref="Errno.EACCES"/>: the firewall answers with a bus fault.</returns>
    public Result Check(Master master, AccessRights wanted, int frame, int offset, long length) =>
        firewall.Check(master, wanted, frame, offset, length);

    /// <summary>
    /// Whether a master is not told that an access of it was blocked: it reads zeros, its writes are dropped.
    /// </summary>
    public bool Hides(Result blocked) =>
        firewall.Response != GuardResponse.Abort && blocked.Errno == Errno.EACCES
        && blocked.Reason != Reason.WrongConfiguration;

    /// <summary>The link behind a device is protected now, or not any more, which takes its rights at once.</summary>
    public void SetLink(DmaDevice device, bool isProtected)
    {
        device.LinkIsProtected = isProtected;
        firewall.SetRevoked(device.Master, !isProtected);
    }

    /// <summary>Sets bytes of consecutive frames. The caller has checked.</summary>
    public void Fill(Master master, int frame, int offset, long length, byte value)
    {
        (int first, int inFirst) = (frame, offset);
        for (long left = length; left > 0; frame++)
        {
            int piece = (int)Math.Min(left, PhysicalMemory.PageSize - offset);
            memory.Fill(frame, offset, piece, value);
            left -= piece;
            offset = 0;
        }

        Watcher?.Wrote(master, first, inFirst, length);
    }

    /// <summary>Adds bytes of consecutive frames to a hash. The caller has checked.</summary>
    public ulong Hash(Master master, ulong hash, int frame, int offset, long length)
    {
        Watcher?.Read(master, frame, offset, length);
        while (length > 0)
        {
            int piece = (int)Math.Min(length, PhysicalMemory.PageSize - offset);
            hash = memory.IsWritten(frame)
                ? Fnv1a.Add(hash, memory.Page(frame).Slice(offset, piece))
                : Fnv1a.AddZeros(hash, piece);
            length -= piece;
            frame++;
            offset = 0;
        }

        return hash;
    }

    /// <summary>Copies bytes of consecutive frames. The caller has checked.</summary>
    public void Copy(in BusCopy copy)
    {
        Watcher?.BeforeCopy(copy);
        if (copy.Blends)
        {
            Blend(copy);
        }
        else if (copy.Distance > 0 && copy.Distance < copy.Length)
        {
            CopyDown(copy);
        }
        else
        {
            memory.Copy(copy.From, copy.FromOffset, copy.To, copy.ToOffset, copy.Length);
        }

        Watcher?.AfterCopy(copy);
    }

    /// <summary>A master that moves no bytes has looked at some. The caller has checked.</summary>
    public void NoteRead(Master master, int frame, int offset, long length) =>
        Watcher?.Read(master, frame, offset, length);

    /// <summary>The bytes of a page. The caller has checked.</summary>
    public ReadOnlySpan<byte> Page(int frame) => memory.Page(frame);

    /// <summary>The same as the check, without counting a violation.</summary>
    internal Result Probe(Master master, AccessRights wanted, int frame, int offset, long length) =>
        firewall.Probe(master, wanted, frame, offset, length);

    /// <summary>The same for a device in a configuration.</summary>
    internal Result CheckConfiguration(
        Master master, DeviceConfiguration configuration, AccessRights wanted, int frame, int offset, long length) =>
        configuration == DeviceConfiguration.Either
            ? Result.Ok
            : firewall.CheckConfiguration(
                master, configuration == DeviceConfiguration.Secure, wanted, frame, offset, length);

    /// <summary>Whether a master may move bytes from some frames to others.</summary>
    internal Result CheckFlow(
        Master master, (int Frame, int Offset) source, (int Frame, int Offset) target, long length) =>
        firewall.CheckFlow(master, source, target, length);

    /// <summary>An importer came to grief because of protection.</summary>
    internal void NoteAttachFailure() => firewall.Counters.AddImporterFailure(ProtectionStep.Attach);

    /// <summary>An importer came to grief because of protection.</summary>
    internal void NoteMapFailure() => firewall.Counters.AddImporterFailure(ProtectionStep.Map);

    /// <summary>An importer came to grief because of protection.</summary>
    internal void NoteAccessFailure() => firewall.Counters.AddImporterFailure(ProtectionStep.Access);

    /// <summary>The frames behind an address that a device puts on the bus, as far as they are consecutive.</summary>
    /// <param name="device">The device.</param>
    /// <param name="address">The address.</param>
    /// <param name="wanted">What the device wants to do.</param>
    /// <param name="offset">Where in the buffer the driver means to be; it goes into a refusal only.</param>
    /// <param name="length">How many bytes from there are addressed in a row.</param>
    /// <returns><see cref="Errno.EFAULT"/> where the IOMMU has no translation that allows it.</returns>
    internal Result<FrameRun> Resolve(
        DmaDevice device, ulong address, AccessRights wanted, long offset, long length)
    {
        if (device.Iommu is { } iommu)
        {
            return iommu.Translate(device, address, wanted, offset, length);
        }

        int first = (int)(((long)address - memory.BaseAddress) >> PhysicalMemory.PageShift);
        int last = (int)(((long)address + length - 1 - memory.BaseAddress) >> PhysicalMemory.PageShift);
        return new FrameRun(first, last - first + 1);
    }

    // Where the target begins inside the source, the highest page goes first.
    private void CopyDown(in BusCopy copy)
    {
        for (long left = copy.Length; left > 0;)
        {
            long piece = Math.Min(left, PhysicalMemory.PageSize);
            left -= piece;
            (int from, int fromOffset) = (copy.From, copy.FromOffset);
            (int to, int toOffset) = (copy.To, copy.ToOffset);
            Skip(ref from, ref fromOffset, left);
            Skip(ref to, ref toOffset, left);
            memory.Copy(from, fromOffset, to, toOffset, piece);
        }
    }

    // Half of the one and half of the other.
    private void Blend(in BusCopy copy)
    {
        Span<byte> mixed = stackalloc byte[PhysicalMemory.PageSize];
        (int from, int fromOffset) = (copy.From, copy.FromOffset);
        (int to, int toOffset) = (copy.To, copy.ToOffset);
        for (long left = copy.Length; left > 0;)
        {
            int piece = (int)Math.Min(left, PhysicalMemory.PageSize - Math.Max(fromOffset, toOffset));
            ReadOnlySpan<byte> one = memory.Page(from).Slice(fromOffset, piece);
            ReadOnlySpan<byte> other = memory.Page(to).Slice(toOffset, piece);
            for (int i = 0; i < piece; i++)
            {
                mixed[i] = (byte)((one[i] + other[i]) / 2);
            }

            memory.Write(to, toOffset, mixed[..piece]);
            left -= piece;
            Skip(ref from, ref fromOffset, piece);
            Skip(ref to, ref toOffset, piece);
        }
    }

    private static void Skip(ref int frame, ref int offset, long length)
    {
        long at = offset + length;
        frame += (int)(at >> PhysicalMemory.PageShift);
        offset = (int)(at & (PhysicalMemory.PageSize - 1));
    }
}
