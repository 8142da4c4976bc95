using System.Collections.Immutable;
using DmaBufSim.Machines;

namespace DmaBufSim.Workloads;

/// <summary>What the value of a setting is.</summary>
public enum TenantValue
{
    /// <summary>A whole number, or a range of them.</summary>
    Count,

    /// <summary>Bytes, or a range of them.</summary>
    Bytes,

    /// <summary>A time, or a range of them, in nanoseconds.</summary>
    Time,

    /// <summary>Width and height in pixels.</summary>
    Resolution,

    /// <summary>The name of a <see cref="PixelFormat"/>.</summary>
    Format,

    /// <summary>The name of a heap.</summary>
    Heap,

    /// <summary>The name of a tenant that has pages.</summary>
    Tenant,

    /// <summary>The name of a device.</summary>
    Device,

    /// <summary><c>short</c> or <c>long</c>.</summary>
    PinTerm,
}

/// <summary>A setting that a type of tenant knows.</summary>
/// <param name="Name">The key.</param>
/// <param name="Value">What its value is.</param>
/// <param name="Low">The smallest number.</param>
/// <param name="High">The largest.</param>
public sealed record TenantKey(string Name, TenantValue Value, long Low = 0, long High = long.MaxValue)
{
    /// <summary>When a tenant begins to live, at once where nothing is said.</summary>
    public static TenantKey Start { get; } = new("start", TenantValue.Time, 0, Longest) { Default = 0 };

    /// <summary>The longest time that a setting has, a day in nanoseconds.</summary>
    internal const long Longest = 86_400_000_000_000;

    /// <summary>How long a pin may be meant to last.</summary>
    internal static ImmutableArray<string> PinTerms { get; } = [PinTenant.Short, PinTenant.Long];

    /// <summary>What it is where nothing is said; null where it is then missing.</summary>
    public TenantSetting? Default { get; init; }

    /// <summary>Whether a tenant cannot do without it.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Whether its value is a word and no number.</summary>
    public bool IsWord => Value > TenantValue.Resolution;

    /// <summary>Whether it can have that value; names of heaps and tenants are not looked up.</summary>
    public bool Accepts(in TenantSetting setting) => Value switch
    {
        TenantValue.Resolution => IsIn(setting.Low) && IsIn(setting.High),
        TenantValue.Format => setting.Word is { } format && PixelFormat.Find(format) is not null,
        TenantValue.PinTerm => setting.Word is { } term && PinTerms.Contains(term),
        _ when IsWord => setting.Word is not null,
        _ => setting.Word is null && setting.Low <= setting.High && IsIn(setting.Low) && IsIn(setting.High),
    };

    private bool IsIn(long number) => number >= Low && number <= High;
}
