namespace DmaBufSim.Fences;

/// <summary>Visits the fences of a reservation up to a usage, in order.</summary>
/// <remarks>
/// <para><b>Kernel:</b> <c>struct dma_resv_iter</c>. With the lock held every fence is visited and borrowed. Without it
/// signalled fences are left out, for which fences of every usage are asked, the cursor holds the fence that it is at,
/// and when the list was exchanged meanwhile the visit begins again.</para>
/// <para><b>Cost:</b> nothing is allocated.</para>
/// </remarks>
public ref struct DmaResvCursor : IDisposable
{
    private readonly DmaResv reservation;
    private readonly DmaResvUsage usage;
    private readonly bool isLocked;
    private DmaResvList? list;
    private DmaFence? held;
    private int count;
    private int index;
    private bool started;

    internal DmaResvCursor(DmaResv reservation, DmaResvUsage usage, bool isLocked)
    {
        this.reservation = reservation;
        this.usage = usage;
        this.isLocked = isLocked;
    }

    /// <summary>The fence that was reached, and what it is for.</summary>
    public DmaResvEntry Current { get; private set; }

    /// <summary>
    /// Whether this is the first fence of the visit, or of a visit that began again: what the caller has gathered so
    /// far does not count.
    /// </summary>
    public bool IsRestarted { get; private set; }

    /// <summary>This cursor, so that foreach takes it.</summary>
    public readonly DmaResvCursor GetEnumerator() => this;

    /// <summary>Goes to the next fence.</summary>
    public bool MoveNext()
    {
        IsRestarted = false;
        if (isLocked)
        {
            reservation.RequireHeld("dma_resv_iter_next");
        }

        if (!started || (!isLocked && reservation.List != list))
        {
            Restart();
        }

        // Asking a fence may signal it, and whoever is told may exchange the list.
        bool found = Step();
        while (!isLocked && reservation.List != list)
        {
            Restart();
            found = Step();
        }

        return found;
    }

    /// <summary>Lets go of the fence that the cursor is at.</summary>
    public void Dispose()
    {
        held?.Put();
        held = null;
    }

    private void Restart()
    {
        started = true;
        IsRestarted = true;
        index = 0;
        list = reservation.List;
        count = list?.Count ?? 0;
    }

    private bool Step()
    {
        Dispose();
        int end = isLocked ? list?.Count ?? 0 : count;
        while (index < end)
        {
            DmaResvEntry entry = list![index];
            index++;

            // Without the lock every fence is asked, of whatever use, and an answer can signal it.
            if ((!isLocked && entry.Fence.IsSignaled()) || entry.Usage > usage)
            {
                continue;
            }

            Current = entry;
            held = isLocked ? null : entry.Fence.Get();
            return true;
        }

        return false;
    }
}
