using System.Collections.Immutable;
using DmaBufSim.Workloads;

namespace DmaBufSim.Tests.Hosting;

/// <summary>A tenant that breaks the rules in the way that its key names.</summary>
[TenantType("breaks-at")]
public sealed class BreaksAt(TenantContext context) : Tenant(context)
{
    private readonly long place = context.Get("place").Draw(context.Draws);

    /// <summary>Where it breaks them.</summary>
    public static ImmutableArray<TenantKey> Keys { get; } =
    [
        TenantKey.Start,
        new("place", TenantValue.Count, 0, 4) { IsRequired = true },
    ];

    /// <inheritdoc/>
    protected internal override void Come() => After(place == 0 ? throw new FormatException("never comes") : 1);

    /// <inheritdoc/>
    protected internal override void Happen(int what)
    {
        if (place == 1)
        {
            throw new FormatException("no event");
        }

        After(place switch { 2 => -5, 3 => long.MaxValue, _ => 1_000_000_000 });
    }

    /// <inheritdoc/>
    protected internal override void Leave()
    {
        if (place == 4)
        {
            throw new FormatException("stays");
        }
    }
}
