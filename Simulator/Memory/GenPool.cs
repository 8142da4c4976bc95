using DmaBufSim.Abi;
using DmaBufSim.Tracing;

namespace DmaBufSim.Memory;

/// <summary>Which free run a pool takes.</summary>
public enum PoolFit
{
    /// <summary>The lowest that is long enough.</summary>
    First,

    /// <summary>The shortest that is long enough; of equal ones the lowest.</summary>
    Best,
}

/// <summary>A pool of frames that are handed out as runs, for carveouts and protected memory.</summary>
/// <remarks>
/// <para><b>Kernel:</b> lib/genalloc.c with one chunk and a granule of one page. It neither clears nor protects: the
/// heap above it does.</para>
/// </remarks>
public sealed class GenPool(string name, FrameRun range, Trace trace, PoolFit fit = PoolFit.First)
{
    private readonly Bitmap bitmap = new(range.Count);

    /// <summary>The frames of the pool.</summary>
    public FrameRun Range => range;

    /// <summary>Pages that are not handed out.</summary>
    public long AvailablePages => range.Count - bitmap.Used;

    /// <summary>Whether nothing is handed out.</summary>
    public bool IsEmpty => bitmap.Used == 0;

    /// <summary>Takes a run.</summary>
    /// <returns>The first frame; <see cref="Errno.ENOMEM"/> where no free run is long enough.</returns>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>gen_pool_alloc()</c> with gen_pool_first_fit or gen_pool_best_fit.</para>
    /// <para><b>Cost:</b> one pass over the bitmap, 64 bits at a time.</para>
    /// </remarks>
    public Result<int> Allocate(int pages)
    {
        int bit = fit == PoolFit.First ? bitmap.FindClearRun(pages, 0, 0, 0, bitmap.Length, 0) : FindBest(pages);
        if (bit < 0)
        {
            return trace.Refuse(Errno.ENOMEM, Reason.PoolFull, name, null, -1, (long)pages << PhysicalMemory.PageShift);
        }

        bitmap.Set(bit, pages);
        trace.Note(TraceEvent.PagesTaken, range.First + bit, pages, name: name);
        return range.First + bit;
    }

    /// <summary>Gives a run back.</summary>
    /// <exception cref="KernelBugException">The frames are not handed out by this pool.</exception>
    /// <remarks><b>Kernel:</b> <c>gen_pool_free()</c>.</remarks>
    public void Free(int frame, int pages)
    {
        int bit = frame - range.First;
        if (bit < 0 || bit + pages > range.Count || !bitmap.AreSet(bit, pages))
        {
            throw new KernelBugException(
                "gen_pool_free_owner", $"{pages} pages from frame {frame} are not allocated in '{name}'");
        }

        bitmap.Clear(bit, pages);
        trace.Note(TraceEvent.PagesFreed, frame, pages, name: name);
    }

    private int FindBest(int pages)
    {
        int best = -1;
        int bestLength = int.MaxValue;
        int start = bitmap.NextClear(0);
        while (start < bitmap.Length && bestLength > pages)
        {
            int end = bitmap.NextSet(start, bitmap.Length);
            if (end - start >= pages && end - start < bestLength)
            {
                best = start;
                bestLength = end - start;
            }

            start = bitmap.NextClear(end);
        }

        return best;
    }
}
