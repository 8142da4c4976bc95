using DmaBufSim.Fences;
using DmaBufSim.Files;

namespace DmaBufSim.Buffers;

/// <summary>Who polls a buffer, and its callback for each of the two events. Most buffers never have one.</summary>
/// <remarks><b>Kernel:</b> <c>poll</c>, <c>cb_in</c> and <c>cb_out</c> of <c>struct dma_buf</c>.</remarks>
internal sealed class DmaBufPoll
{
    private readonly PollSlot reading;
    private readonly PollSlot writing;

    public DmaBufPoll(DmaBuf buffer)
    {
        reading = new PollSlot(buffer, Waiters, PollEvents.In);
        writing = new PollSlot(buffer, Waiters, PollEvents.Out);
    }

    public WaitQueue Waiters { get; } = new();

    public PollSlot Slot(PollEvents direction) => direction == PollEvents.In ? reading : writing;
}

/// <summary>A callback of a buffer. While it waits it holds the fence and the buffer.</summary>
/// <remarks><b>Kernel:</b> <c>struct dma_buf_poll_cb_t</c>.</remarks>
internal sealed class PollSlot(DmaBuf buffer, WaitQueue waiters, PollEvents direction) : DmaFenceCallback
{
    /// <summary>The fence that it waits for, or null.</summary>
    public DmaFence? Fence { get; private set; }

    /// <summary>Whether no fence up to a usage is pending; otherwise it waits for the first one from now on.</summary>
    /// <remarks>
    /// <b>Kernel:</b> <c>dma_buf_poll_add_cb()</c>. A slot that waits already is left where it is, not ready.
    /// </remarks>
    public bool IsReady(DmaResvUsage usage)
    {
        if (Fence is not null)
        {
            return false;
        }

        foreach (DmaResvEntry entry in buffer.Resv.Fences(usage))
        {
            if (entry.Fence.TryAdd(this, atHead: false))
            {
                Fence = entry.Fence.Get();
                buffer.Get();
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    /// <remarks><b>Kernel:</b> <c>dma_buf_poll_cb()</c>.</remarks>
    protected internal override void Signaled(DmaFence fence)
    {
        Fence = null;
        waiters.WakeAll(direction);
        fence.Put();
        buffer.Fences.PutLater(buffer);
    }
}
