namespace DmaBufSim.Fences;

/// <summary>
/// Visits the fences inside an array, a chain, or a chain of arrays: points newest to oldest, members by index.
/// </summary>
/// <remarks>
/// <para><b>Kernel:</b> <c>dma_fence_unwrap_for_each()</c>, drivers/dma-buf/dma-fence-unwrap.c. A fence that is neither
/// is visited itself. It walks chains, so it forgets points that have signalled.</para>
/// <para>The current fence is borrowed; the cursor holds the point that it came from.</para>
/// <para><b>Cost:</b> nothing is allocated.</para>
/// </remarks>
public ref struct DmaFenceUnwrap : IDisposable
{
    private DmaFence? point;
    private ReadOnlySpan<DmaFence> members;
    private int index;
    private bool started;

    /// <summary>A cursor before the first fence of <paramref name="head"/>; null has none.</summary>
    public DmaFenceUnwrap(DmaFence? head) => point = head?.Get();

    /// <summary>The fence that was reached.</summary>
    public DmaFence Current { get; private set; } = null!;

    /// <summary>This cursor, so that foreach takes it.</summary>
    public readonly DmaFenceUnwrap GetEnumerator() => this;

    /// <summary>Goes to the next fence.</summary>
    public bool MoveNext()
    {
        if (point is null)
        {
            return false;
        }

        if (started && index + 1 < members.Length)
        {
            index++;
            Current = members[index];
            return true;
        }

        if (started)
        {
            point = DmaFenceChain.Walk(point);
            if (point is null)
            {
                return false;
            }
        }

        started = true;
        index = 0;
        DmaFence contained = DmaFenceChain.ContainedIn(point);
        members = contained is DmaFenceArray array ? array.Fences : default;
        Current = members.IsEmpty ? contained : members[0];
        return true;
    }

    /// <summary>Lets go of the point where the visit was broken off.</summary>
    public void Dispose()
    {
        point?.Put();
        point = null;
    }

    /// <summary>How many fences are inside.</summary>
    public static int Count(DmaFence? head)
    {
        int count = 0;
        foreach (DmaFence _ in new DmaFenceUnwrap(head))
        {
            count++;
        }

        return count;
    }
}
