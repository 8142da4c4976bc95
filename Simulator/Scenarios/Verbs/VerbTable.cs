using System.Collections.Frozen;
using System.Collections.Immutable;

namespace DmaBufSim.Scenarios.Verbs;

/// <summary>Every verb: the parser, the writer, the runner and the manual all read this table.</summary>
public static class VerbTable
{
    /// <summary>Every verb, in the order of the manual.</summary>
    public static ImmutableArray<Verb> All { get; } = [.. VerbList.Make()];

    private static readonly FrozenDictionary<string, Verb> ByName =
        All.ToFrozenDictionary(verb => verb.Name, StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, Verb>.AlternateLookup<ReadOnlySpan<char>> BySpan =
        ByName.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The verb of that name, or null.</summary>
    public static Verb? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>The verb of that name, or null.</summary>
    public static Verb? Find(ReadOnlySpan<char> name) => BySpan.TryGetValue(name, out Verb? verb) ? verb : null;
}
