using System.Globalization;
using System.Text;
using DmaBufSim.Abi;
using DmaBufSim.Tracing;

namespace DmaBufSim.Scenarios;

/// <summary>Refusals in words.</summary>
public static class RefusalText
{
    /// <summary>Who was refused, by which rule and where; empty where the refusal says none of it.</summary>
    public static string Place(in Refusal refusal)
    {
        StringBuilder text = new();
        text.Append(refusal.Who);
        if (refusal.Rule is { } rule)
        {
            text.Append(text.Length > 0 ? ", " : "").Append("rule `").Append(rule).Append('`');
        }

        if (refusal.Offset >= 0)
        {
            text.Append(text.Length > 0 ? ", " : "").Append(CultureInfo.InvariantCulture, $"at byte {refusal.Offset}");
        }

        if (refusal.Length >= 0)
        {
            text.Append(text.Length > 0 ? ", " : "").Append(
                CultureInfo.InvariantCulture, $"{refusal.Length} byte{(refusal.Length == 1 ? "" : "s")}");
        }

        return text.ToString();
    }

    /// <summary>What the reason means, who was refused, and what to do; one sentence or place a line.</summary>
    public static IEnumerable<string> Explain(Refusal refusal)
    {
        if (refusal.Reason == Reason.None)
        {
            yield break;
        }

        ReasonText text = ReasonText.Of(refusal.Reason);
        yield return text.Meaning;
        string place = Place(refusal);
        if (place.Length > 0)
        {
            yield return $"here: {place}";
        }

        yield return $"decided in: {text.KernelFunction}";
        yield return $"to do: {text.Advice}";
    }
}
