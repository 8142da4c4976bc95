using System.Collections.Immutable;
using DmaBufSim.Machines;
using DmaBufSim.Scenarios;

namespace DmaBufSim.Cli;

/// <summary>One of the things that are compared: a policy, and how importers learn that a buffer is protected.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Knows">The word of <c>--knows</c>; null where each device has its own.</param>
internal sealed record TrialSeries(TrialPolicy Policy, string? Knows)
{
    /// <summary>Both words.</summary>
    public string Name => Knows is null ? Policy.Name : $"{Policy.Name} knows={Knows}";
}

/// <summary>What is compared.</summary>
/// <param name="Kind">The question.</param>
/// <param name="Series">The answers, in their order.</param>
/// <param name="Reason">Why it is that question, where the command line does not say; otherwise null.</param>
internal sealed record TrialChoice(TrialKind Kind, ImmutableArray<TrialSeries> Series, string? Reason);

/// <summary>The policies of a command line.</summary>
internal static class PolicyWords
{
    /// <summary>Finds out what is compared.</summary>
    /// <param name="words">The policies, joined by commas; null for all that fit the machine.</param>
    /// <param name="knows">What importers know, joined by commas; null for what the file says.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="builder">Knows the policies that there are.</param>
    /// <exception cref="ArgumentException">
    /// A word is unknown, comes twice, or is of another kind than the first.
    /// </exception>
    public static TrialChoice Find(string? words, string? knows, MachineDescription machine, MachineBuilder builder)
    {
        ImmutableArray<TrialKind> kinds = TrialKind.All(builder);
        string[] ways = knows is null ? [] : Split("--knows", knows);
        if (ways.FirstOrDefault(way => !KnowledgeWords.All.Contains(way)) is { } unknown)
        {
            throw new ArgumentException(
                $"--knows: unknown word '{unknown}'; there are {string.Join(", ", KnowledgeWords.All)}");
        }

        (TrialKind kind, ImmutableArray<TrialPolicy> policies, string? reason) = words is null
            ? Choose(kinds, machine, knows is not null)
            : Find(kinds, Split("--policy", words));
        if (knows is not null && !kind.Audits)
        {
            throw new ArgumentException(
                $"--knows: what importers know makes no difference to {kind.Question}; name policies of the machine");
        }

        IEnumerable<string?> each = ways.DefaultIfEmpty();
        return new TrialChoice(
            kind, [.. policies.SelectMany(policy => each.Select(way => new TrialSeries(policy, way)))], reason);
    }

    private static (TrialKind Kind, ImmutableArray<TrialPolicy> Policies, string? Reason) Choose(
        ImmutableArray<TrialKind> kinds, MachineDescription machine, bool isAboutImporters)
    {
        string? why = isAboutImporters ? null
            : machine.Heaps.Any(heap => !heap.Rules.IsEmpty) ? "a heap has rules"
            : machine.Heaps.Any(heap => heap.Type == "protected") ? "a heap is protected"
            : machine.Policy is not null ? "the machine has policy="
            : "no heap has rules";
        TrialKind kind = kinds.First(one => one.Audits == (why != "no heap has rules"));
        string? reason = why is null ? null : $"without --policy: {why}, so this compares {kind.Question}";
        return (kind, kind.Policies, reason);
    }

    private static (TrialKind Kind, ImmutableArray<TrialPolicy> Policies, string? Reason) Find(
        ImmutableArray<TrialKind> kinds, string[] policies)
    {
        TrialKind? kind = kinds.FirstOrDefault(one => Knows(one, policies[0]));
        foreach (string policy in policies)
        {
            if (!kinds.Any(one => Knows(one, policy)))
            {
                string known = string.Join("; ", kinds.Select(NamesOf));
                throw new ArgumentException($"--policy: unknown policy '{policy}'; there are {known}");
            }

            if (!Knows(kind!, policy))
            {
                throw new ArgumentException(
                    $"--policy: '{policies[0]}' and '{policy}' answer different questions; compare {kind!.Question}");
            }
        }

        return (kind!, [.. policies.Select(word => kind!.Policies.First(known => known.Name == word))], null);
    }

    private static string[] Split(string option, string words)
    {
        string[] split = words.Split(',');
        string? twice = split.GroupBy(word => word).FirstOrDefault(group => group.Count() > 1)?.Key;
        return twice is null ? split : throw new ArgumentException($"{option}: '{twice}' comes twice");
    }

    private static string NamesOf(TrialKind kind) => string.Join(", ", kind.Policies.Select(policy => policy.Name));

    private static bool Knows(TrialKind kind, string policy) => kind.Policies.Any(known => known.Name == policy);
}
