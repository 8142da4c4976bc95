namespace DmaBufSim.Fences;

/// <summary>Joins fences into the simplest fence that stands for all of them.</summary>
public static class DmaFenceMerge
{
    /// <summary>A fence that signals when all of the given ones have.</summary>
    /// <param name="core">What the fences of the machine share.</param>
    /// <param name="fences">The fences; containers are taken apart, null stands for nothing.</param>
    /// <returns>
    /// With a reference for the caller: a stub of its own with the latest time if nothing is pending, the pending fence
    /// if there is one, else an array with the latest fence of each context, lowest context first.
    /// </returns>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>__dma_fence_unwrap_merge()</c>. Errors of fences that have signalled are lost.</para>
    /// <para><b>Cost:</b> proportional to the square of the number of pending fences at worst.</para>
    /// </remarks>
    public static DmaFence Merge(FenceCore core, params ReadOnlySpan<DmaFence?> fences)
    {
        List<DmaFence> pending = [];
        long latest = 0;
        foreach (DmaFence? fence in fences)
        {
            foreach (DmaFence leaf in new DmaFenceUnwrap(fence))
            {
                if (leaf.IsSignaled())
                {
                    latest = Math.Max(latest, leaf.Timestamp);
                }
                else
                {
                    pending.Add(leaf.Get());
                }
            }
        }

        if (pending.Count == 0)
        {
            return core.MakePrivateStub(latest);
        }

        DmaFence[] kept = [.. pending];
        int count = Deduplicate(kept);
        return count == 1 ? kept[0] : DmaFenceArray.Join(core, kept[..count]);
    }

    /// <summary>
    /// Keeps the latest fence of each context, lowest context first, and drops the references of the others.
    /// </summary>
    /// <returns>How many are left at the start of the list.</returns>
    /// <remarks><b>Kernel:</b> <c>dma_fence_dedup_array()</c>; a part of the merge before 7.x.</remarks>
    public static int Deduplicate(Span<DmaFence> fences)
    {
        if (fences.IsEmpty)
        {
            return 0;
        }

        Sort(fences);
        int last = 0;
        for (int i = 1; i < fences.Length; i++)
        {
            if (fences[i].Context == fences[last].Context)
            {
                fences[i].Put();
            }
            else
            {
                last++;
                fences[last] = fences[i];
            }
        }

        return last + 1;
    }

    // By insertion: the inputs are short and mostly in order, and wrapped numbers are no total order.
    private static void Sort(Span<DmaFence> fences)
    {
        for (int i = 1; i < fences.Length; i++)
        {
            DmaFence fence = fences[i];
            int at = i;
            while (at > 0 && ComesBefore(fence, fences[at - 1]))
            {
                fences[at] = fences[at - 1];
                at--;
            }

            fences[at] = fence;
        }
    }

    private static bool ComesBefore(DmaFence fence, DmaFence other) => fence.Context == other.Context
        ? DmaFence.IsLater(fence, other)
        : fence.Context < other.Context;
}
