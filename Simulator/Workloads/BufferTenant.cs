using DmaBufSim.Abi;
using DmaBufSim.Devices;
using DmaBufSim.Files;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Memory;
using DmaBufSim.Processes;

namespace DmaBufSim.Workloads;

/// <summary>
/// A camera or video pipeline: it allocates all its buffers from a heap, may replace the oldest again and again,
/// and frees them all at the end of the session.
/// </summary>
/// <remarks>
/// <para>It is a process of its own and allocates with the ioctl of the heap's node, so every rule of the kernel
/// holds. A session that does not get all its buffers gives back those that it has, and the next one tries again. In
/// a session that replaces buffers, one that is not there is tried again when it is time for the next.</para>
/// <para>With a writer or a reader its buffers go through devices, and one that a device is refused counts as one that
/// is not there; see <see cref="BufferPipeline"/>.</para>
/// <para><b>Cost:</b> one event for each request and each session that ends, and for each turn of the devices.</para>
/// </remarks>
internal sealed class BufferTenant : Tenant
{
    private const int EndOfAllocation = 1;

    private readonly TenantSetting start;
    private readonly TenantSetting length;
    private readonly TenantSetting count;
    private readonly TenantSetting? every;
    private readonly TenantSetting life;
    private readonly TenantSetting pause;
    private readonly TenantSetting turn;
    private readonly string heap;
    private readonly CmaArea? area;
    private readonly Process process;
    private readonly BufferPipeline? pipeline;
    private readonly Queue<int> descriptors = new();
    private readonly Queue<FrameRun> inFlight = new();
    private int wanted;
    private int session;
    private bool isOpening;
    private bool isFilling;
    private long end;
    private long asked;
    private int tries;
    private long waited;

    public BufferTenant(TenantContext context)
        : base(context)
    {
        start = context.Get("start");
        count = context.Get("count");
        every = context.Find("every");
        life = context.Get("life");
        pause = context.Get("pause");
        heap = context.Get("heap").Word!;
        length = context.Find("length") ?? PictureSize(context);
        area = Machine.Heaps.Open(heap).Value.Area;
        process = Machine.Start($"tenant {Name}");
        turn = context.Get("turn");
        Importer? writer = ImporterOf(context, "writer");
        Importer? reader = ImporterOf(context, "reader");
        pipeline = writer is null && reader is null ? null
            : new BufferPipeline(context.Workload, Name, writer, reader);
    }

    protected internal override void Come() => After(start.Draw(Draws));

    protected internal override void Happen(int what)
    {
        if (what == EndOfAllocation)
        {
            EndAllocation();
            return;
        }

        if (!process.IsAlive)
        {
            pipeline?.DropAll();
            return;
        }

        if (what < 0)
        {
            Turn(-what);
            return;
        }

        if (wanted == 0)
        {
            wanted = (int)count.Draw(Draws);
            (isOpening, isFilling) = (true, true);
        }
        else if (!isFilling)
        {
            if (Machine.Clock.Now >= end)
            {
                EndSession();
                return;
            }

            if (descriptors.Count == wanted)
            {
                Close(descriptors.Dequeue());
            }

            isFilling = true;
        }

        Ask();
    }

    protected internal override void Leave()
    {
        while (inFlight.Count > 0)
        {
            EndAllocation();
        }

        pipeline?.DropAll();
        process.Exit();
    }

    private Importer? ImporterOf(TenantContext context, string key) =>
        context.Find(key) is { } device ? Machine.FindImporter(device.Word!) : null;

    // A turn of a session that is over is none; the number of the session is what it was told.
    private void Turn(int of)
    {
        if (of == session && wanted > 0)
        {
            pipeline!.Turn();
            After(turn.Draw(Draws), -session);
        }
    }

    private void Close(int descriptor)
    {
        pipeline?.Drop(descriptor);
        process.Close(descriptor);
    }

    private void EndAllocation()
    {
        FrameRun run = inFlight.Dequeue();
        area!.EndIsolation(area.PageOf(run.First), run.Count);
    }

    private static long PictureSize(TenantContext context)
    {
        PixelFormat format = PixelFormat.Find(context.Get("format").Word!)!;
        TenantSetting resolution = context.Get("resolution");
        return format.Size(
            resolution.Low, resolution.High, context.Get("stride_align").Low, context.Get("height_align").Low);
    }

    // One request an event: the next is made when this one is answered.
    private void Ask()
    {
        bool isThere = TryAllocate(out long spent);
        if (asked > 0)
        {
            After(area!.RetryDelay + spent);
            return;
        }

        if (isThere && descriptors.Count < wanted)
        {
            After(spent);
            return;
        }

        isFilling = false;
        if (isOpening && !isThere)
        {
            EndSession();
            return;
        }

        long now = Machine.Clock.Now + spent;
        end = isOpening ? now + life.Draw(Draws) : end;
        if (isOpening && pipeline is not null)
        {
            session++;
            After(spent + turn.Draw(Draws), -session);
        }

        isOpening = false;
        long next = every is { } period ? Math.Min(end, now + period.Draw(Draws)) : end;
        After(Math.Max(spent, next - Machine.Clock.Now));
    }

    private void EndSession()
    {
        while (descriptors.TryDequeue(out int descriptor))
        {
            Close(descriptor);
        }

        wanted = 0;
        (isOpening, isFilling) = (false, false);
        After(pause.Draw(Draws));
    }

    // Where the area's policy lets a request wait and try again, it is still asked for afterwards.
    private bool TryAllocate(out long spent)
    {
        if (asked == 0)
        {
            (asked, tries, waited) = (length.Draw(Draws), 0, 0);
        }

        if (area is null or { IsInPageAllocator: true })
        {
            MakeRoom(PagesOf(asked));
        }

        if (area is not null)
        {
            Watch?.Begin(area, PagesOf(asked));
        }

        Result<int> descriptor = process.Allocate(heap, (ulong)asked, OpenFlags.ReadWrite);
        bool hasSearched = descriptor.IsOk || descriptor.Errno == Errno.ENOMEM;
        spent = area is not null && hasSearched ? Pass(area, descriptor) : 0;
        waited += spent;
        if (descriptor.Reason == Reason.PagesPinned && area is not null && tries < area.Policy.Retries)
        {
            tries++;
            waited += area.RetryDelay;
            return false;
        }

        asked = 0;
        Figures.AddAllocation(descriptor.IsOk, waited, Machine.Clock.Now);
        Watch?.End(this, descriptor.IsOk, waited, Machine.Clock.Now);
        return descriptor.IsOk && TryTake(descriptor.Value);
    }

    // A buffer that a device does not get is of no use, and goes back.
    private bool TryTake(int descriptor)
    {
        if (pipeline is not null && !pipeline.Take(descriptor, process.Buffer(descriptor).Value))
        {
            process.Close(descriptor);
            return false;
        }

        descriptors.Enqueue(descriptor);
        return true;
    }

    // What the request took, with the wait for others that were there before.
    private long Pass(CmaArea from, Result<int> descriptor)
    {
        long work = from.LastCost;
        if (Mutex.Kind == CmaLock.None && descriptor.IsOk)
        {
            FrameRun run = ((HeapBuffer)process.Buffer(descriptor.Value).Value.Exporter).Table.Runs[0];
            from.BeginIsolation(from.PageOf(run.First), run.Count);
            inFlight.Enqueue(run);
            After(work, EndOfAllocation);
        }

        return Mutex.Take(from, work) + work;
    }
}
