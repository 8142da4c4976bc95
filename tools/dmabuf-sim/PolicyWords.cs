using System.Collections.Immutable;
using DmaBufSim.Machines;
using DmaBufSim.Scenarios;

namespace DmaBufSim.Cli;

/// <summary>The policies of a command line.</summary>
internal static class PolicyWords
{
    /// <summary>Finds out what a list of policies is about.</summary>
    /// <param name="words">The list, joined by commas; null for every policy of areas.</param>
    /// <param name="builder">Knows the policies that there are.</param>
    /// <exception cref="ArgumentException">A word is unknown, comes twice, or is of another kind than the first.</exception>
    public static (TrialKind Kind, ImmutableArray<TrialPolicy> Policies) Find(string? words, MachineBuilder builder)
    {
        ImmutableArray<TrialKind> kinds = TrialKind.All(builder);
        if (words is null)
        {
            return (kinds[0], kinds[0].Policies);
        }

        ImmutableArray<string> policies = [.. words.Split(',')];
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

        string? twice = policies.GroupBy(word => word).FirstOrDefault(group => group.Count() > 1)?.Key;
        return twice is null
            ? (kind!, [.. policies.Select(word => kind!.Policies.First(known => known.Name == word))])
            : throw new ArgumentException($"--policy: '{twice}' comes twice");
    }

    private static string NamesOf(TrialKind kind) => string.Join(", ", kind.Policies.Select(policy => policy.Name));

    private static bool Knows(TrialKind kind, string policy) => kind.Policies.Any(known => known.Name == policy);
}
