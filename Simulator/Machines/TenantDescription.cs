using System.Collections.Immutable;
using DmaBufSim.Engine;

namespace DmaBufSim.Machines;

/// <summary>A background user of memory: what kind it is, and its settings. Pure data, as of a heap.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type"><c>anonymous</c>, <c>cache</c>, <c>buffers</c> or <c>pins</c>.</param>
public sealed record TenantDescription(string Name, string Type)
{
    /// <summary>What was said of it, by key; what is left out has the default of the type.</summary>
    public ImmutableSortedDictionary<string, TenantSetting> Settings { get; init; } =
        ImmutableSortedDictionary.Create<string, TenantSetting>(StringComparer.Ordinal);

    /// <summary>The same tenant with one more setting.</summary>
    public TenantDescription With(string key, TenantSetting value) =>
        this with { Settings = Settings.SetItem(key, value) };
}

/// <summary>
/// The value of a setting: a word, or a range of whole numbers from which each use draws. Times are nanoseconds,
/// sizes bytes; a resolution is width and height.
/// </summary>
/// <param name="Low">The smallest.</param>
/// <param name="High">The largest.</param>
/// <param name="Word">The word; null for numbers.</param>
public readonly record struct TenantSetting(long Low, long High, string? Word = null)
{
    /// <summary>A number that is always the same.</summary>
    public static implicit operator TenantSetting(long value) => new(value, value);

    /// <summary>A word.</summary>
    public static implicit operator TenantSetting(string word) => new(0, 0, word);

    /// <summary>A range.</summary>
    public static implicit operator TenantSetting((long Low, long High) range) => new(range.Low, range.High);

    /// <summary>The next number.</summary>
    public long Draw(RandomStream random) => random.Between(Low, High);
}
