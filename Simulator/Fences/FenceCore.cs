using DmaBufSim.Abi;
using DmaBufSim.Engine;
using DmaBufSim.Files;
using DmaBufSim.Tracing;

namespace DmaBufSim.Fences;

/// <summary>
/// What the fences of one machine share: the context counter, the stub, and the work that interrupts put off.
/// </summary>
/// <remarks>
/// <b>Kernel:</b> the file-scope variables of drivers/dma-buf/dma-fence.c, dma-resv.c and sync_debug.c.
/// </remarks>
public sealed class FenceCore
{
    private readonly Queue<OpenFile> droppedFiles = new();
    private readonly long bootTime;
    private ulong nextContext;
    private ulong lastStamp;
    private StubFence? stub;
    private int interruptsOff;
    private DmaFenceContainer? firstWork;
    private DmaFenceContainer? lastWork;

    /// <summary>The fences of a machine that has none yet.</summary>
    /// <param name="kernel">The kernel generation.</param>
    /// <param name="trace">Where records, refusals and warnings go.</param>
    /// <param name="clock">The time that fences are stamped with.</param>
    /// <param name="firstContext">The first context that is free; drivers may have taken the lower ones at
    /// boot.</param>
    public FenceCore(KernelProfile kernel, Trace trace, SimClock clock, ulong firstContext = 1)
    {
        ArgumentOutOfRangeException.ThrowIfZero(firstContext);
        Kernel = kernel;
        Trace = trace;
        Clock = clock;
        bootTime = clock.Now;
        nextContext = firstContext;
    }

    /// <summary>The kernel generation.</summary>
    public KernelProfile Kernel { get; }

    /// <summary>Where records, refusals and warnings go.</summary>
    public Trace Trace { get; }

    /// <summary>The time that fences are stamped with.</summary>
    public SimClock Clock { get; }

    /// <summary>The software timelines, as the debugging file lists them.</summary>
    public SyncDebug Timelines { get; } = new();

    /// <summary>How many fences are referenced, the stub aside.</summary>
    public long LiveFences { get; internal set; }

    /// <summary>
    /// Unlocking a reservation drops the slots that were reserved and not used, as kernels with CONFIG_DEBUG_MUTEXES
    /// do,
    /// so that a driver that adds without reserving is found out.
    /// </summary>
    public bool DropsSpareSlots { get; init; }

    /// <summary>Takes consecutive fence contexts.</summary>
    /// <returns>The first.</returns>
    /// <remarks><b>Kernel:</b> <c>dma_fence_context_alloc()</c>; asking for none warns.</remarks>
    public ulong AllocateContexts(uint count = 1)
    {
        if (count == 0)
        {
            Trace.Warn("dma_fence_context_alloc", "!num");
        }

        ulong first = nextContext;
        nextContext += count;
        return first;
    }

    /// <summary>The fence that has always signalled, with a reference for the caller.</summary>
    /// <remarks><b>Kernel:</b> <c>dma_fence_get_stub()</c>.</remarks>
    public DmaFence GetStub()
    {
        if (stub is null)
        {
            stub = new StubFence(this, Kernel.StubSignalsAtBoot ? bootTime : Clock.Now);
            LiveFences--;
        }

        return stub.Get();
    }

    /// <summary>A fence of its own that has signalled at a given time.</summary>
    /// <remarks><b>Kernel:</b> <c>dma_fence_allocate_private_stub()</c>.</remarks>
    public DmaFence MakePrivateStub(long timestamp) => new StubFence(this, timestamp);

    /// <summary>The fence whose callbacks run, the innermost; or null.</summary>
    internal DmaFence? Signaling { get; set; }

    /// <summary>Records that a callback calls something that can sleep.</summary>
    internal void NoteWait(long timeout, string what)
    {
        if (Signaling is { } fence && timeout > 0 && Trace.Sink is not null)
        {
            Trace.Note(
                TraceEvent.WaitedWhileSignaling,
                unchecked((long)fence.Context),
                unchecked((long)fence.SequenceNumber),
                name: $"a callback may have to wait for {what}");
        }
    }

    internal ulong NextStamp() => ++lastStamp;

    internal void DisableInterrupts() => interruptsOff++;

    internal void EnableInterrupts()
    {
        if (interruptsOff == 1)
        {
            // The work runs in an interrupt of its own, with interrupts off.
            while (firstWork is { } container)
            {
                firstWork = container.NextWork;
                container.NextWork = null;
                container.Work();
            }
        }

        interruptsOff--;
        while (interruptsOff == 0 && droppedFiles.TryDequeue(out OpenFile? file))
        {
            file.Put();
        }
    }

    /// <summary>Drops a reference to a file once interrupts are on: its release is no work for an interrupt.</summary>
    /// <remarks><b>Kernel:</b> <c>fput()</c>, which leaves the last reference to a worker there.</remarks>
    internal void PutLater(OpenFile file)
    {
        droppedFiles.Enqueue(file);
        DisableInterrupts();
        EnableInterrupts();
    }

    internal void Queue(DmaFenceContainer container)
    {
        if (firstWork is null)
        {
            firstWork = container;
        }
        else
        {
            lastWork!.NextWork = container;
        }

        lastWork = container;
    }
}
