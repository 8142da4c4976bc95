using DmaBufSim.Machines;
using DmaBufSim.Memory;

namespace DmaBufSim.Workloads;

/// <summary>Processes that come, grow for a while and go, as those of a shell or a browser do.</summary>
/// <remarks>
/// <para><b>Kernel:</b> <c>do_anonymous_page()</c> for growth, <c>exit_mmap()</c> for the end.</para>
/// <para><b>Differs:</b> a process that gets no more pages lives on with what it has; Linux would wake the OOM
/// killer.</para>
/// <para><b>Cost:</b> one event for each growth and each end; a growth costs its pages.</para>
/// </remarks>
internal sealed class AnonymousTenant : Tenant
{
    private readonly TenantSetting start;
    private readonly TenantSetting grow;
    private readonly TenantSetting every;
    private readonly TenantSetting life;
    private readonly TenantSetting pause;
    private readonly Living[] processes;

    public AnonymousTenant(TenantContext context)
        : base(context)
    {
        start = context.Get("start");
        grow = context.Get("grow");
        every = context.Get("every");
        life = context.Get("life");
        pause = context.Get("pause");
        processes = new Living[(int)context.Get("processes").Draw(Draws)];
    }

    protected internal override int MemoryCount => processes.Length;

    protected internal override void Come()
    {
        for (int i = 0; i < processes.Length; i++)
        {
            After(start.Draw(Draws) + (i == 0 ? 0 : pause.Draw(Draws)), i);
        }
    }

    protected internal override void Happen(int what)
    {
        ref Living process = ref processes[what];
        if (process.Memory is null)
        {
            process = new Living(
                new MovableMemory(Name, Machine.Memory, PageKind.Anonymous),
                Machine.Clock.Now + life.Draw(Draws));
        }
        else if (Machine.Clock.Now >= process.End)
        {
            process.Memory.Unmap();
            process = default;
            After(pause.Draw(Draws), what);
            return;
        }

        Grow(process.Memory!, PagesOf(grow.Draw(Draws)));
        After(Math.Min(every.Draw(Draws), process.End - Machine.Clock.Now), what);
    }

    protected internal override void Leave()
    {
        foreach (ref Living process in processes.AsSpan())
        {
            process.Memory?.Unmap();
            process = default;
        }
    }

    protected internal override MovableMemory? MemoryAt(int index) => processes[index].Memory;

    private readonly record struct Living(MovableMemory? Memory, long End);
}
