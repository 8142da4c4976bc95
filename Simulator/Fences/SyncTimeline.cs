using System.Globalization;
using System.Text;
using DmaBufSim.Engine;

namespace DmaBufSim.Fences;

/// <summary>
/// A counter and the fences that wait for it. It lives until its file is closed and its last fence is freed.
/// </summary>
/// <remarks><b>Kernel:</b> <c>struct sync_timeline</c>, drivers/dma-buf/sw_sync.c.</remarks>
public sealed class SyncTimeline
{
    private readonly FenceCore core;
    private int references = 1;
    private SwSyncFence? first;
    private SwSyncFence? last;

    internal SyncTimeline(FenceCore core, string name)
    {
        this.core = core;
        Name = name;
        Context = core.AllocateContexts();
        core.Timelines.Add(this);
    }

    /// <summary>The name of the process that made it.</summary>
    public string Name { get; }

    /// <summary>The context of its fences.</summary>
    public ulong Context { get; }

    /// <summary>The counter.</summary>
    public int Value { get; private set; }

    internal FenceCore Core => core;

    internal void Get() => references++;

    internal void Put()
    {
        Invariant.Holds(references > 0);
        references--;
        if (references == 0)
        {
            core.Timelines.Remove(this);
        }
    }

    /// <summary>
    /// A fence for a value, with a reference for the caller. A value that is waited for already has its fence.
    /// </summary>
    internal SwSyncFence MakeFence(uint value)
    {
        SwSyncFence fence = new(this, value);
        if (fence.IsSignaled())
        {
            return fence;
        }

        // Pending values are less than half of the numbers ahead, so their differences order them.
        SwSyncFence? before = last;
        while (before is not null && unchecked((int)(value - (uint)before.SequenceNumber)) < 0)
        {
            before = before.Before;
        }

        if (before is not null && (uint)before.SequenceNumber == value)
        {
            before.Get();
            fence.Put();
            return before;
        }

        Link(fence, before);
        return fence;
    }

    /// <summary>Moves the counter and signals the fences that it reaches, lowest value first.</summary>
    internal void Advance(int amount)
    {
        core.DisableInterrupts();
        Value = unchecked(Value + amount);
        while (first is { } fence && HasReached(fence))
        {
            fence.Get();
            Unlink(fence);
            fence.SignalNow(core.Clock.Now);
            fence.Put();
        }

        core.EnableInterrupts();
    }

    /// <summary>
    /// Signals every fence with an error: nobody is left to move the counter. They stay listed until they are freed.
    /// </summary>
    internal void Abandon(int error)
    {
        core.DisableInterrupts();
        for (SwSyncFence? fence = first; fence is not null;)
        {
            SwSyncFence? next = fence.After;
            fence.SetError(error);
            fence.SignalNow(core.Clock.Now);
            fence = next;
        }

        core.EnableInterrupts();
        Put();
    }

    internal bool HasReached(SwSyncFence fence) =>
        !DmaFence.IsLater(fence.SequenceNumber, unchecked((uint)Value), has64Bits: false);

    internal void Unlink(SwSyncFence fence)
    {
        if (fence.Before is { } earlier)
        {
            earlier.After = fence.After;
        }
        else if (first == fence)
        {
            first = fence.After;
        }

        if (fence.After is { } later)
        {
            later.Before = fence.Before;
        }
        else if (last == fence)
        {
            last = fence.Before;
        }

        fence.Before = null;
        fence.After = null;
    }

    /// <summary>Its lines in the debugging file.</summary>
    internal void Describe(StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture, $"{Name}: {Value}\n");
        for (SwSyncFence? fence = first; fence is not null; fence = fence.After)
        {
            int status = fence.GetStatus();
            text.Append("  fence ").Append(status switch { 0 => "active", > 0 => "signaled", _ => "error" });
            if (fence.HasSignaled)
            {
                (long seconds, long rest) = Math.DivRem(fence.Timestamp, 1_000_000_000);
                text.Append(CultureInfo.InvariantCulture, $"@{seconds}.{rest:D9}");
            }

            text.Append(CultureInfo.InvariantCulture, $": {fence.SequenceNumber} / {Value}\n");
        }

        text.Append('\n');
    }

    private void Link(SwSyncFence fence, SwSyncFence? before)
    {
        fence.Before = before;
        fence.After = before is null ? first : before.After;
        if (before is null)
        {
            first = fence;
        }
        else
        {
            before.After = fence;
        }

        if (fence.After is { } later)
        {
            later.Before = fence;
        }
        else
        {
            last = fence;
        }
    }
}
