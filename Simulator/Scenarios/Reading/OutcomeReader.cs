using System.Collections.Frozen;
using System.Collections.Immutable;
using DmaBufSim.Abi;

namespace DmaBufSim.Scenarios.Reading;

/// <summary>Reads what follows the arrow of a step.</summary>
internal sealed class OutcomeReader(DiagnosticBag bag, LineWords words, WordPool pool)
{
    private const string Shape = "ok, Killed, crash or the name of an errno";

    private static readonly ImmutableArray<string> Outcomes =
    [
        Expectation.Ok, Expectation.Killed, Expectation.Crash,
        .. Enum.GetNames<Errno>().Where(name => name != nameof(Errno.OK)),
    ];

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Known =
        Outcomes.ToFrozenSet(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly ImmutableArray<string> Reasons = [.. ReasonText.All.Select(text => text.Reason.Word())];

    private readonly ImmutableArray<string>.Builder read = ImmutableArray.CreateBuilder<string>();

    /// <summary>Reads the words behind an arrow; null where one is wrong.</summary>
    public Expectation? Read(int arrow)
    {
        int first = arrow + 1;
        if (first == words.Count)
        {
            bag.Add(words.After(arrow), "an outcome is missing", Shape);
            return null;
        }

        bool good = Known.TryGetValue(words[first], out string? outcome);
        if (!good)
        {
            bag.AddUnknown(words.At(first), "outcome", words[first], Outcomes, Shape);
        }

        read.Clear();
        for (int i = first + 1; i < words.Count; i++)
        {
            read.Add(pool.Get(words[i]));
            good &= !words[i].StartsWith(Expectation.ReasonKey, StringComparison.Ordinal) || CheckReason(i);
        }

        return good ? new Expectation(outcome!, read.DrainToImmutable(), []) : null;
    }

    private bool CheckReason(int index)
    {
        ReadOnlySpan<char> reason = words[index][Expectation.ReasonKey.Length..];
        if (ReasonWords.Find(pool.Get(reason)) != Reason.None)
        {
            return true;
        }

        bag.AddUnknown(words.At(index, Expectation.ReasonKey.Length), "reason", reason, Reasons);
        return false;
    }
}
