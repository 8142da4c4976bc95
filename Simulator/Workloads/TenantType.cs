using System.Collections.Immutable;
using DmaBufSim.Machines;
using DmaBufSim.Memory;

namespace DmaBufSim.Workloads;

/// <summary>A kind of tenant: the settings that it knows, and how one is made.</summary>
/// <param name="Name">What a description calls it.</param>
/// <param name="Keys">Its settings.</param>
/// <param name="Create">Makes a tenant.</param>
public sealed record TenantType(string Name, ImmutableArray<TenantKey> Keys, Func<TenantContext, Tenant> Create)
{
    private const long Millisecond = 1_000_000;
    private const long Second = 1000 * Millisecond;
    private const long Day = TenantKey.Longest;
    private const long ShortestPeriod = 1000;
    private const long Page = PhysicalMemory.PageSize;
    private const long MaxMemory = 1L << 40;
    private const long MaxPixels = 65535;
    private const int MaxCount = 1 << 16;

    /// <summary>Whether its tenants have pages that others can pin.</summary>
    public bool HasPages { get; init; }

    /// <summary>The known kinds.</summary>
    public static ImmutableArray<TenantType> BuiltIn { get; } =
    [
        new("anonymous",
            [
                TenantKey.Start,
                new("processes", TenantValue.Count, 1, MaxCount) { Default = 1 },
                new("grow", TenantValue.Bytes, 1, MaxMemory) { Default = (4 * Page, 64 * Page) },
                Period("every", 10 * Millisecond, 100 * Millisecond),
                Period("life", Second, 10 * Second),
                Span("pause", 0, Second),
            ],
            context => new AnonymousTenant(context))
        {
            HasPages = true,
        },
        new("cache",
            [
                TenantKey.Start,
                new("file", TenantValue.Bytes, 1, MaxMemory) { Default = (4 * Page, 256 * Page) },
                Period("every", 10 * Millisecond, 100 * Millisecond),
                new("limit", TenantValue.Bytes, 1, MaxMemory) { Default = 32L << 20 },
                Percent("again", 50),
                Percent("dirty", 10),
                Span("writeback", 5 * Second, 30 * Second),
            ],
            context => new CacheTenant(context))
        {
            HasPages = true,
        },
        new("buffers",
            [
                TenantKey.Start,
                new("heap", TenantValue.Heap) { IsRequired = true },
                new("format", TenantValue.Format),
                new("resolution", TenantValue.Resolution, 1, MaxPixels),
                new("stride_align", TenantValue.Count, 1, MaxCount) { Default = 1 },
                new("height_align", TenantValue.Count, 1, MaxCount) { Default = 1 },
                new("length", TenantValue.Bytes, 1, MaxMemory),
                new("count", TenantValue.Count, 1, MaxCount) { Default = (4, 8) },
                new("every", TenantValue.Time, ShortestPeriod, Day),
                Period("life", 2 * Second, 20 * Second),
                Span("pause", Second, 5 * Second),
                new("writer", TenantValue.Device),
                new("reader", TenantValue.Device),
                Period("turn", 33 * Millisecond, 33 * Millisecond),
            ],
            context => new BufferTenant(context)),
        new("pins",
            [
                TenantKey.Start,
                new("on", TenantValue.Tenant) { IsRequired = true },
                new("term", TenantValue.PinTerm) { Default = PinTenant.Short },
                new("count", TenantValue.Count, 1, MaxCount) { Default = 1 },
                Period("every", 10 * Millisecond, 100 * Millisecond),
                Period("life", Millisecond, 10 * Millisecond),
            ],
            context => new PinTenant(context)),
    ];

    /// <summary>The setting of that name, or null.</summary>
    public TenantKey? Key(string name) => Keys.FirstOrDefault(key => key.Name == name);

    /// <summary>What a description of this kind lacks or has too much of, in words; null where it is whole.</summary>
    public string? Problem(TenantDescription description)
    {
        foreach (TenantKey key in Keys)
        {
            if (key.IsRequired && !description.Settings.ContainsKey(key.Name))
            {
                return $"a tenant of type {Name} needs {key.Name}=";
            }
        }

        if (Name != "buffers")
        {
            return null;
        }

        if (description.Settings.ContainsKey("turn")
            && !description.Settings.ContainsKey("writer") && !description.Settings.ContainsKey("reader"))
        {
            return "turn= is how long devices keep a buffer, so it needs writer= or reader=";
        }

        bool hasLength = description.Settings.ContainsKey("length");
        int picture = (description.Settings.ContainsKey("format") ? 1 : 0)
            + (description.Settings.ContainsKey("resolution") ? 1 : 0);
        return (hasLength && picture > 0) || (!hasLength && picture < 2)
            ? "buffers have either a format= and a resolution=, or a length="
            : null;
    }

    private static TenantKey Period(string name, long low, long high) =>
        new(name, TenantValue.Time, ShortestPeriod, Day) { Default = (low, high) };

    private static TenantKey Span(string name, long low, long high) =>
        new(name, TenantValue.Time, 0, Day) { Default = (low, high) };

    private static TenantKey Percent(string name, long percent) =>
        new(name, TenantValue.Count, 0, 100) { Default = percent };
}
