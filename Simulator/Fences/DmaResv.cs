using DmaBufSim.Abi;
using DmaBufSim.Tracing;

namespace DmaBufSim.Fences;

/// <summary>The fences of everybody who uses a buffer, with the lock that orders them.</summary>
/// <remarks>
/// <para><b>Kernel:</b> <c>struct dma_resv</c>, drivers/dma-buf/dma-resv.c, with its usage classes. A driver that
/// changes the fences without the lock gets the warning of a kernel with lock debugging.</para>
/// </remarks>
public sealed partial class DmaResv
{
    private const string NotHeld = "!dma_resv_held(obj)";

    /// <summary>An object without fences.</summary>
    /// <param name="core">What the fences of the machine share.</param>
    /// <remarks><b>Kernel:</b> <c>dma_resv_init()</c>.</remarks>
    public DmaResv(FenceCore core)
    {
        Core = core;
        Mutex = new WwMutex(core);
    }

    /// <summary>The lock itself, as waiters see it.</summary>
    public WwMutex Mutex { get; }

    /// <summary>Whether somebody holds the lock.</summary>
    public bool IsLocked => Mutex.IsLocked;

    /// <summary>The acquire context of the holder, or null.</summary>
    public WwAcquireContext? LockingContext => Mutex.Context;

    /// <summary>How many fences it holds, signalled ones too.</summary>
    public int Count => List?.Count ?? 0;

    internal FenceCore Core { get; }

    internal DmaResvList? List { get; private set; }

    /// <summary>Takes the lock.</summary>
    /// <returns>What <see cref="WwMutex.Lock"/> answers.</returns>
    /// <remarks><b>Kernel:</b> <c>dma_resv_lock()</c>.</remarks>
    public Result Lock(WwAcquireContext? context = null, WwWaiter? waiter = null) => Mutex.Lock(context, waiter);

    /// <summary>Takes the lock after backing off from it.</summary>
    /// <returns>What <see cref="WwMutex.LockSlow"/> answers.</returns>
    /// <remarks><b>Kernel:</b> <c>dma_resv_lock_slow()</c>.</remarks>
    public Result LockSlow(WwAcquireContext context, WwWaiter? waiter = null) => Mutex.LockSlow(context, waiter);

    /// <summary>Takes the lock if it is free.</summary>
    /// <remarks><b>Kernel:</b> <c>dma_resv_trylock()</c>.</remarks>
    public bool TryLock() => Mutex.TryLock();

    /// <summary>Lets the lock go, and with it the slots that were reserved.</summary>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>dma_resv_unlock()</c>. Only kernels that debug mutexes really drop the spare slots; see
    /// <see cref="FenceCore.DropsSpareSlots"/>.</para>
    /// </remarks>
    public void Unlock()
    {
        if (Core.DropsSpareSlots)
        {
            List?.DropSpareSlots();
        }

        Mutex.Unlock();
    }

    /// <summary>Makes sure that some fences can be added before the lock is let go.</summary>
    /// <param name="count">How many.</param>
    /// <returns><see cref="Errno.EINVAL"/> with a warning for none, where the kernel minds.</returns>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>dma_resv_reserve_fences()</c>. When the list has to grow, signalled fences are left
    /// behind; the order of the others stays.</para>
    /// <para><b>Cost:</b> nothing is allocated while there is room; otherwise the room at least doubles.</para>
    /// </remarks>
    public Result ReserveFences(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        RequireHeld("dma_resv_reserve_fences");
        if (count == 0 && Core.Kernel.RefusesZeroSlots)
        {
            Core.Trace.Warn("dma_resv_reserve_fences", "!num_fences");
            return Core.Trace.Refuse(Errno.EINVAL, Reason.NoSlotsAsked);
        }

        DmaResvList? old = List;
        if (old is not null && old.Count + count <= old.Capacity)
        {
            return Result.Ok;
        }

        DmaResvList grown = new(DmaResvList.GrownCapacity(old, count));
        List = grown;
        old?.MovePendingTo(grown);
        return Result.Ok;
    }

    /// <summary>Adds a fence to a slot that was reserved; the object takes a reference of its own.</summary>
    /// <param name="fence">The fence.</param>
    /// <param name="usage">What it is for.</param>
    /// <exception cref="KernelBugException">No slot was reserved.</exception>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>dma_resv_add_fence()</c>. The first fence that has signalled, or that is an older one of
    /// the same context for the same or a weaker use, gives its place; otherwise the fence comes last. A container
    /// warns and is added.</para>
    /// </remarks>
    public void AddFence(DmaFence fence, DmaResvUsage usage)
    {
        RequireHeld("dma_resv_add_fence");
        if (fence.IsContainer)
        {
            Core.Trace.Warn("dma_resv_add_fence", "dma_fence_is_container(fence)");
        }

        DmaResvList list = List ?? throw NoSlot();
        fence.Get();
        for (int i = 0; i < list.Count; i++)
        {
            DmaResvEntry old = list[i];
            bool isSuperseded = old.Fence.Context == fence.Context && old.Usage >= usage
                && DmaFence.IsLaterOrSame(fence, old.Fence);
            if (isSuperseded || old.Fence.IsSignaled())
            {
                list[i] = new DmaResvEntry(fence, usage);
                old.Fence.Put();
                return;
            }
        }

        if (list.Count >= list.Capacity)
        {
            fence.Put();
            throw NoSlot();
        }

        list.Append(fence, usage);
    }

    /// <summary>Puts a fence in the place of every fence of a context.</summary>
    /// <remarks><b>Kernel:</b> <c>dma_resv_replace_fences()</c>; it does not matter which fence is later.</remarks>
    public void ReplaceFences(ulong context, DmaFence replacement, DmaResvUsage usage)
    {
        RequireHeld("dma_resv_replace_fences");
        for (int i = 0; i < Count; i++)
        {
            DmaFence old = List![i].Fence;
            if (old.Context == context)
            {
                List[i] = new DmaResvEntry(replacement.Get(), usage);
                old.Put();
            }
        }
    }

    /// <summary>Replaces all fences by the pending ones of another object.</summary>
    /// <remarks><b>Kernel:</b> <c>dma_resv_copy_fences()</c>; this object is locked, the source need not be.</remarks>
    public void CopyFences(DmaResv source)
    {
        RequireHeld("dma_resv_copy_fences");
        DmaResvList? copy = null;
        using DmaResvCursor cursor = source.FencesUnlocked(DmaResvUsage.Bookkeep);
        while (cursor.MoveNext())
        {
            if (cursor.IsRestarted)
            {
                copy?.PutAll();
                copy = new DmaResvList(DmaResvList.RoundUp(source.Count));
            }

            copy!.Append(cursor.Current.Fence.Get(), cursor.Current.Usage);
        }

        DmaResvList? old = List;
        List = copy;
        old?.PutAll();
    }

    /// <summary>The object goes away with its buffer: every reference is dropped, and nobody waits.</summary>
    /// <remarks><b>Kernel:</b> <c>dma_resv_fini()</c>.</remarks>
    public void Finish()
    {
        DmaResvList? old = List;
        List = null;
        old?.PutAll();
    }

    /// <summary>Records the warning of lock debugging if nobody holds the lock.</summary>
    /// <remarks><b>Kernel:</b> <c>dma_resv_assert_held()</c>.</remarks>
    public void RequireHeld(string kernelFunction)
    {
        if (!IsLocked)
        {
            Core.Trace.Warn(kernelFunction, NotHeld);
        }
    }

    private static KernelBugException NoSlot() => new("dma_resv_add_fence", "fobj->num_fences >= fobj->max_fences");
}
