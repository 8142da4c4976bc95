using System.Collections.Immutable;
using DmaBufSim.Scenarios;

namespace DmaBufSim.Cli;

/// <summary>The policies of a command line.</summary>
internal static class PolicyWords
{
    /// <summary>Finds out what a list of policies is about.</summary>
    /// <param name="words">The list, joined by commas; null for every policy of areas.</param>
    /// <param name="vocabulary">What there is.</param>
    /// <exception cref="ArgumentException">A word is unknown, comes twice, or is of another kind than the first.</exception>
    public static (TrialKind Kind, ImmutableArray<string> Policies) Find(string? words, Vocabulary vocabulary)
    {
        ImmutableArray<TrialKind> kinds = TrialKind.All(vocabulary);
        if (words is null)
        {
            return (kinds[0], kinds[0].Policies);
        }

        ImmutableArray<string> policies = [.. words.Split(',')];
        TrialKind? kind = kinds.FirstOrDefault(one => one.Policies.Contains(policies[0]));
        foreach (string policy in policies)
        {
            if (!kinds.Any(one => one.Policies.Contains(policy)))
            {
                string known = string.Join("; ", kinds.Select(one => string.Join(", ", one.Policies)));
                throw new ArgumentException($"--policy: unknown policy '{policy}'; there are {known}");
            }

            if (!kind!.Policies.Contains(policy))
            {
                throw new ArgumentException(
                    $"--policy: '{policies[0]}' and '{policy}' answer different questions; compare {kind.Question}");
            }
        }

        string? twice = policies.GroupBy(word => word).FirstOrDefault(group => group.Count() > 1)?.Key;
        return twice is null
            ? (kind!, policies)
            : throw new ArgumentException($"--policy: '{twice}' comes twice");
    }
}
