using System.Text;
using DmaBufSim.Abi;
using DmaBufSim.Dma;
using DmaBufSim.Fences;
using DmaBufSim.Files;
using DmaBufSim.Tracing;

namespace DmaBufSim.Buffers;

public sealed partial class DmaBuf
{
    private DmaResv? resv;
    private DmaBufPoll? poll;

    /// <summary>The fences of everybody who uses the buffer, and their lock.</summary>
    /// <remarks><b>Cost:</b> the object is made when it is first asked for.</remarks>
    public DmaResv Resv => resv ??= new DmaResv(list.Fences);

    /// <summary>Whether somebody holds the lock of the reservation.</summary>
    public bool IsLocked => resv is { IsLocked: true };

    /// <summary>Whether there is a fence in the reservation, a signalled one too.</summary>
    public bool HasFences => resv is { Count: > 0 };

    internal FenceCore Fences => list.Fences;

    /// <summary>The fence that a poll left its callback at for this event, or null where none waits.</summary>
    /// <param name="direction"><see cref="PollEvents.In"/> or <see cref="PollEvents.Out"/>.</param>
    public DmaFence? ArmedFence(PollEvents direction) => poll?.Slot(direction).Fence;

    /// <summary>What of the buffer is ready.</summary>
    /// <param name="requested">Only reading and writing are ever reported.</param>
    /// <param name="waiter">Who is told when a fence has signalled; null for a caller that does not wait.</param>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>dma_buf_poll()</c>: writing is ready when no fence for kernel, write or read is pending,
    /// reading when none for kernel or write is. Whether or not the caller waits, an event that is not ready leaves a
    /// callback at the first pending fence, which holds the buffer until that fence signals. There is one callback for
    /// each of the two events.</para>
    /// <para><b>Differs:</b> where the reservation is locked Linux sleeps; here nothing is ready.</para>
    /// </remarks>
    public override PollEvents Poll(PollEvents requested, PollWaiter? waiter = null)
    {
        if (waiter is not null)
        {
            Poller.Waiters.Add(waiter);
        }

        PollEvents wanted = requested & (PollEvents.In | PollEvents.Out);
        if (wanted == PollEvents.None || (!HasFences && !IsLocked))
        {
            return wanted;
        }

        if (!Resv.TryLock())
        {
            return PollEvents.None;
        }

        if ((wanted & PollEvents.Out) != 0 && !Poller.Slot(PollEvents.Out).IsReady(DmaResvUsage.Read))
        {
            wanted &= ~PollEvents.Out;
        }

        if ((wanted & PollEvents.In) != 0 && !Poller.Slot(PollEvents.In).IsReady(DmaResvUsage.Write))
        {
            wanted &= ~PollEvents.In;
        }

        Resv.Unlock();
        return wanted;
    }

    /// <summary>Makes a sync_file of what an access has to wait for, DMA_BUF_IOCTL_EXPORT_SYNC_FILE.</summary>
    /// <param name="files">The descriptors of the caller.</param>
    /// <param name="flags">Read, write or both.</param>
    /// <returns>
    /// The descriptor. In this order: <see cref="Errno.EINVAL"/> for flags, <see cref="Errno.EMFILE"/>.
    /// </returns>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>dma_buf_export_sync_file()</c>. It is a snapshot: the fence itself where one is pending,
    /// an array of its own context where several are, the stub where none is.</para>
    /// </remarks>
    public Result<int> ExportSyncFile(FileTable files, uint flags)
    {
        Result good = CheckAccess(flags);
        if (!good.IsOk)
        {
            return good;
        }

        Result<int> descriptor = files.Reserve();
        if (!descriptor.IsOk)
        {
            return descriptor;
        }

        DmaFence fence = resv?.GetSingleton(DmaResv.UsageToWaitFor(Writes(flags))) ?? Fences.GetStub();
        files.Install(descriptor.Value, SyncFile.Create(fence), closeOnExec: true);
        fence.Put();
        return descriptor;
    }

    /// <summary>Adds the fences of a sync_file, DMA_BUF_IOCTL_IMPORT_SYNC_FILE.</summary>
    /// <param name="files">The descriptors of the caller.</param>
    /// <param name="flags">Read, or write, or both, which counts as write.</param>
    /// <param name="syncFile">The descriptor of the sync_file.</param>
    /// <returns>
    /// In this order: <see cref="Errno.EINVAL"/> for flags, <see cref="Errno.EINVAL"/> where the descriptor is no
    /// sync_file, <see cref="Errno.EINTR"/> where the reservation is locked.
    /// </returns>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>dma_buf_import_sync_file()</c>. Arrays and chains are taken apart.</para>
    /// <para><b>Differs:</b> where the reservation is locked Linux sleeps, and no signal interrupts that.</para>
    /// </remarks>
    public Result ImportSyncFile(FileTable files, uint flags, int syncFile)
    {
        Result good = CheckAccess(flags);
        if (!good.IsOk)
        {
            return good;
        }

        if (SyncFile.Find(files, syncFile)?.Fence is not { } fence)
        {
            return Trace.Refuse(Errno.EINVAL, Reason.NotASyncFile);
        }

        return AddFences(fence, Writes(flags) ? DmaResvUsage.Write : DmaResvUsage.Read);
    }

    /// <summary>Adds the lines of bufinfo about the fences.</summary>
    /// <returns><see cref="Errno.EINTR"/> where the reservation is locked.</returns>
    /// <remarks><b>Kernel:</b> <c>dma_resv_describe()</c> under the lock, for <c>dma_buf_debug_show()</c>.</remarks>
    public Result DescribeFences(StringBuilder text)
    {
        Result free = CheckUnlocked();
        if (free.IsOk && HasFences)
        {
            Resv.TryLock();
            Resv.Describe(text);
            Resv.Unlock();
        }

        return free;
    }

    /// <summary>Whether a call that takes the lock of the reservation could go on.</summary>
    /// <returns><see cref="Errno.EINTR"/> where somebody holds the lock and Linux would sleep.</returns>
    internal Result CheckUnlocked() => IsLocked
        ? Trace.Refuse(Errno.EINTR, Reason.ReservationLocked)
        : Result.Ok;

    /// <summary>Waits for the pending fences up to a usage, as far as a call can that must not sleep.</summary>
    /// <returns><see cref="Errno.EINTR"/> with the first fence that is pending.</returns>
    internal Result WaitForFences(DmaResvUsage usage)
    {
        if (!HasFences)
        {
            return Result.Ok;
        }

        using DmaResvCursor cursor = Resv.FencesUnlocked(usage);
        while (cursor.MoveNext())
        {
            DmaFence fence = cursor.Current.Fence;
            if (fence.WaitTimeout(long.MaxValue).Value == 0)
            {
                (long context, long number) = unchecked(((long)fence.Context, (long)fence.SequenceNumber));
                Trace.Note(TraceEvent.FenceAwaited, context, number, Inode);
                return Trace.Refuse(Errno.EINTR, Reason.FencePending, $"fence {fence}");
            }
        }

        return Result.Ok;
    }

    private DmaBufPoll Poller => poll ??= new DmaBufPoll(this);

    private static bool Writes(uint flags) => ((DmaBufSyncFlags)flags & DmaBufSyncFlags.Write) != 0;

    private static bool Writes(DmaDirection direction) =>
        direction is DmaDirection.Bidirectional or DmaDirection.ToDevice;

    private Result CheckAccess(uint flags)
    {
        if (((DmaBufSyncFlags)flags & ~DmaBufSyncFlags.ReadWrite) != 0)
        {
            return Trace.Refuse(Errno.EINVAL, Reason.SyncFlagsUnknown);
        }

        return flags == 0 ? Trace.Refuse(Errno.EINVAL, Reason.SyncWithoutDirection) : Result.Ok;
    }

    private Result AddFences(DmaFence fence, DmaResvUsage usage)
    {
        int count = DmaFenceUnwrap.Count(fence);
        Result free = CheckUnlocked();
        if (!free.IsOk)
        {
            return free;
        }

        Resv.TryLock();
        Resv.ReserveFences(count);
        foreach (DmaFence leaf in new DmaFenceUnwrap(fence))
        {
            Resv.AddFence(leaf, usage);
        }

        Resv.Unlock();
        return Result.Ok;
    }
}
