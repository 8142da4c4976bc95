using DmaBufSim.Abi;
using DmaBufSim.Dma;
using DmaBufSim.Memory;
using DmaBufSim.Security;

namespace DmaBufSim.Heaps;

public abstract partial class DmaHeap
{
    private readonly List<HeapBuffer> parked = [];
    private int live;
    private bool endsWithLastBuffer;

    /// <summary>What becomes of its rules.</summary>
    public SecurePolicy Answer => Context.Answer;

    /// <summary>What protects its pool as a whole, or null.</summary>
    public Protection? PoolProtection { get; private set; }

    /// <summary>Whether somebody has said that its use ends.</summary>
    public bool WasTornDown { get; private set; }

    /// <summary>Whether its use has ended, so that it makes no more buffers.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Pages of buffers that are gone and that hardware could not let go of yet.</summary>
    public int ParkedPages => parked.Sum(buffer => buffer.Table.Pages);

    /// <summary>The use that the heap was for ends; what that means is for the policy.</summary>
    public void Teardown()
    {
        WasTornDown = true;
        Answer.Teardown(this);
    }

    /// <summary>No more buffers are made, and nobody gets at the pool.</summary>
    internal void EndUse()
    {
        HasEnded = true;
        PoolProtection?.Revoke();
    }

    /// <summary>From the last buffer on no more are made.</summary>
    public void EndUseWithLastBuffer()
    {
        endsWithLastBuffer = true;
        HasEnded |= live == 0;
    }

    /// <summary>Protects a pool as one range.</summary>
    public Result ProtectPool(FrameRun pool, AccessPolicy policy)
    {
        Protection protection = new(policy, (long)pool.Count << PhysicalMemory.PageShift);
        Result programmed = Context.Firewall.Protect(pool, protection, 0);
        if (programmed.IsOk)
        {
            PoolProtection = protection;
        }

        return programmed;
    }

    /// <summary>Takes the protection of a pool away.</summary>
    public Result UnprotectPool(FrameRun pool)
    {
        Result programmed = PoolProtection is null ? Result.Ok : Context.Firewall.Unprotect(pool);
        PoolProtection = programmed.IsOk ? null : PoolProtection;
        return programmed;
    }

    /// <summary>The frames that hardware protects for a run of a buffer, which may be a few more.</summary>
    protected internal virtual FrameRun ProtectedRun(FrameRun run) => run;

    /// <summary>A buffer of this heap is gone.</summary>
    internal void TakeBack(SgTable table)
    {
        claims?.Remove(table);
        live--;
        HasEnded |= endsWithLastBuffer && live == 0;
        FreePages(table);
    }

    /// <summary>A buffer is gone and its frames cannot serve anyone else yet.</summary>
    internal void Park(HeapBuffer buffer) => parked.Add(buffer);

    /// <summary>Hardware has changed: frames that it could not let go of may be free now.</summary>
    internal void Unpark()
    {
        for (int i = parked.Count - 1; i >= 0; i--)
        {
            HeapBuffer buffer = parked[i];

            // Whoever could write to it still could.
            buffer.Wipe();
            if (Answer.Gone(buffer).IsOk)
            {
                parked.RemoveAt(i);
                TakeBack(buffer.Table);
            }
        }
    }
}
