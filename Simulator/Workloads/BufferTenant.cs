using DmaBufSim.Abi;
using DmaBufSim.Files;
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
/// a session that replaces buffers, one that is not there is tried again at the next turn.</para>
/// <para><b>Cost:</b> one event for each session that begins or ends and each replacement.</para>
/// </remarks>
internal sealed class BufferTenant : Tenant
{
    private readonly TenantSetting start;
    private readonly TenantSetting length;
    private readonly TenantSetting count;
    private readonly TenantSetting? every;
    private readonly TenantSetting life;
    private readonly TenantSetting pause;
    private readonly string heap;
    private readonly CmaArea? area;
    private readonly Process process;
    private readonly Queue<int> descriptors = new();
    private int wanted;
    private long end;

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
    }

    protected internal override void Come() => After(start.Draw(Draws));

    protected internal override void Happen(int what)
    {
        if (!process.IsAlive)
        {
            return;
        }

        long now = Machine.Clock.Now;
        if (wanted == 0)
        {
            BeginSession(now);
        }
        else if (now >= end)
        {
            EndSession();
        }
        else
        {
            Replace(now);
        }
    }

    protected internal override void Leave() => process.Exit();

    private static long PictureSize(TenantContext context)
    {
        PixelFormat format = PixelFormat.Find(context.Get("format").Word!)!;
        TenantSetting resolution = context.Get("resolution");
        return format.Size(
            resolution.Low, resolution.High, context.Get("stride_align").Low, context.Get("height_align").Low);
    }

    private void BeginSession(long now)
    {
        wanted = (int)count.Draw(Draws);
        long spent = 0;
        while (descriptors.Count < wanted)
        {
            bool isThere = TryAllocate(ref spent);
            if (!isThere)
            {
                EndSession();
                return;
            }
        }

        end = now + spent + life.Draw(Draws);
        AwaitNext(now + spent);
    }

    private void EndSession()
    {
        while (descriptors.TryDequeue(out int descriptor))
        {
            process.Close(descriptor);
        }

        wanted = 0;
        After(pause.Draw(Draws));
    }

    private void Replace(long now)
    {
        if (descriptors.Count == wanted)
        {
            process.Close(descriptors.Dequeue());
        }

        long spent = 0;
        TryAllocate(ref spent);
        AwaitNext(now + spent);
    }

    private void AwaitNext(long from)
    {
        long next = every is { } period ? Math.Min(end, from + period.Draw(Draws)) : end;
        After(Math.Max(0, next - Machine.Clock.Now));
    }

    private bool TryAllocate(ref long spent)
    {
        long bytes = length.Draw(Draws);
        MakeRoom(PagesOf(bytes));
        Result<int> descriptor = process.Allocate(heap, (ulong)bytes, OpenFlags.ReadWrite);
        long latency = area?.LastCost ?? 0;
        spent += latency;
        Figures.AddAllocation(descriptor.IsOk, latency, Machine.Clock.Now);
        if (descriptor.IsOk)
        {
            descriptors.Enqueue(descriptor.Value);
        }

        return descriptor.IsOk;
    }
}
