using System.Collections.Immutable;
using DmaBufSim.Machines;
using DmaBufSim.Memory;
using DmaBufSim.Workloads;

namespace LaunchingApps;

/// <summary>
/// An app that a user starts: it takes all its memory at once, keeps it, and gives it back when it is closed.
/// </summary>
[TenantType("launch", HasPages = true)]
public sealed class LaunchingApp(TenantContext context) : Tenant(context)
{
    private readonly TenantSetting start = context.Get("start");
    private readonly TenantSetting burst = context.Get("burst");
    private readonly TenantSetting life = context.Get("life");
    private readonly TenantSetting pause = context.Get("pause");
    private MovableMemory? memory;

    /// <summary>What a scenario may say of it.</summary>
    public static ImmutableArray<TenantKey> Keys { get; } =
    [
        TenantKey.Start,
        new("burst", TenantValue.Bytes, 1, 1L << 40) { IsRequired = true },
        new("life", TenantValue.Time, 1_000_000, 3_600_000_000_000) { Default = (5_000_000_000, 60_000_000_000) },
        new("pause", TenantValue.Time, 0, 3_600_000_000_000) { Default = (0, 10_000_000_000) },
    ];

    protected override int MemoryCount => 1;

    protected override MovableMemory? MemoryAt(int index) => memory;

    protected override void Come() => After(start.Draw(Draws));

    protected override void Happen(int what)
    {
        if (memory is not null)
        {
            Leave();
            After(pause.Draw(Draws));
            return;
        }

        memory = new MovableMemory(Name, Machine.Memory, PageKind.Anonymous);
        Grow(memory, PagesOf(burst.Draw(Draws)));
        After(life.Draw(Draws));
    }

    protected override void Leave()
    {
        memory?.Unmap();
        memory = null;
    }
}
