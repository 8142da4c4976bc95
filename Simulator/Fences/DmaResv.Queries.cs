using System.Text;
using DmaBufSim.Abi;

namespace DmaBufSim.Fences;

public sealed partial class DmaResv
{
    /// <summary>What an access has to wait for.</summary>
    /// <remarks><b>Kernel:</b> <c>dma_resv_usage_rw()</c>: a writer waits for readers, a reader for writers.</remarks>
    public static DmaResvUsage UsageToWaitFor(bool write) => write ? DmaResvUsage.Read : DmaResvUsage.Write;

    /// <summary>The fences up to a usage, signalled ones too, while the lock is held.</summary>
    /// <remarks><b>Kernel:</b> <c>dma_resv_for_each_fence()</c>.</remarks>
    public DmaResvCursor Fences(DmaResvUsage usage) => new(this, usage, isLocked: true);

    /// <summary>
    /// The pending fences up to a usage, without the lock; see <see cref="DmaResvCursor.IsRestarted"/>.
    /// </summary>
    /// <remarks><b>Kernel:</b> <c>dma_resv_for_each_fence_unlocked()</c>.</remarks>
    public DmaResvCursor FencesUnlocked(DmaResvUsage usage) => new(this, usage, isLocked: false);

    /// <summary>Every fence as it is listed, for one who only looks: no lock is taken, no fence is asked.</summary>
    internal IEnumerable<DmaResvEntry> AsListed()
    {
        for (int i = 0; i < Count; i++)
        {
            yield return List![i];
        }
    }

    /// <summary>The pending fences up to a usage, each with a reference for the caller.</summary>
    /// <remarks><b>Kernel:</b> <c>dma_resv_get_fences()</c>.</remarks>
    public DmaFence[] GetFences(DmaResvUsage usage)
    {
        List<DmaFence> fences = [];
        using DmaResvCursor cursor = FencesUnlocked(usage);
        while (cursor.MoveNext())
        {
            if (cursor.IsRestarted)
            {
                fences.ForEach(fence => fence.Put());
                fences.Clear();
            }

            fences.Add(cursor.Current.Fence.Get());
        }

        return [.. fences];
    }

    /// <summary>
    /// One fence for all pending ones up to a usage, with a reference for the caller; null if there are none.
    /// </summary>
    /// <remarks><b>Kernel:</b> <c>dma_resv_get_singleton()</c>: the fence itself, or a new array of several.</remarks>
    public DmaFence? GetSingleton(DmaResvUsage usage)
    {
        DmaFence[] fences = GetFences(usage);
        return fences.Length switch
        {
            0 => null,
            1 => fences[0],
            _ => DmaFenceArray.Join(Core, fences),
        };
    }

    /// <summary>Waits for the fences up to a usage, as far as a caller can that must not sleep.</summary>
    /// <returns>What <see cref="DmaFence.WaitTimeout"/> answers for each in turn.</returns>
    /// <remarks>
    /// <b>Kernel:</b> <c>dma_resv_wait_timeout()</c>; without pending fences the time that is left, at least 1.
    /// </remarks>
    public Result<long> WaitTimeout(DmaResvUsage usage, long timeout)
    {
        long left = timeout == 0 ? 1 : timeout;
        foreach (DmaResvEntry entry in FencesUnlocked(usage))
        {
            Result<long> waited = entry.Fence.WaitTimeout(timeout);
            if (!waited.IsOk || waited.Value == 0)
            {
                return waited;
            }

            left = waited.Value;
        }

        return left;
    }

    /// <summary>
    /// Asks for a callback at the first pending fence up to a usage; a caller that waits asks again after it.
    /// </summary>
    /// <returns>False if nothing is pending: the caller goes on.</returns>
    /// <remarks><b>Kernel:</b> the way of <c>dma_buf_poll_add_cb()</c>.</remarks>
    public bool AddCallback(DmaFenceCallback callback, DmaResvUsage usage)
    {
        foreach (DmaResvEntry entry in Fences(usage))
        {
            if (entry.Fence.TryAdd(callback, atHead: false))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether no fence up to a usage is pending.</summary>
    /// <remarks><b>Kernel:</b> <c>dma_resv_test_signaled()</c>.</remarks>
    public bool TestSignaled(DmaResvUsage usage)
    {
        using DmaResvCursor cursor = FencesUnlocked(usage);
        return !cursor.MoveNext();
    }

    /// <summary>Hints every pending fence up to a usage that it should signal by a time.</summary>
    /// <remarks><b>Kernel:</b> <c>dma_resv_set_deadline()</c>.</remarks>
    public void SetDeadline(DmaResvUsage usage, long deadline)
    {
        foreach (DmaResvEntry entry in FencesUnlocked(usage))
        {
            entry.Fence.SetDeadline(deadline);
        }
    }

    /// <summary>The lines of bufinfo: the fences for kernel, write and read, signalled ones too.</summary>
    /// <remarks><b>Kernel:</b> <c>dma_resv_describe()</c>.</remarks>
    public void Describe(StringBuilder text)
    {
        foreach (DmaResvEntry entry in Fences(DmaResvUsage.Read))
        {
            string usage = entry.Usage switch
            {
                DmaResvUsage.Kernel => "kernel",
                DmaResvUsage.Write => "write",
                _ => "read",
            };
            text.Append('\t').Append(usage).Append(" fence:").Append(entry.Fence.Describe()).Append('\n');
        }
    }
}
