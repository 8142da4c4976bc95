namespace DmaBufSim.Abi;

/// <summary>How a reason is written.</summary>
public static class ReasonWords
{
    /// <summary>The word a scenario and a transcript use: <c>cpu-may-only-write</c>.</summary>
    public static string Word(this Reason reason) => ReasonText.WordOf(reason);

    /// <summary>The reason of that word, or <see cref="Reason.None"/>.</summary>
    public static Reason Find(string word)
    {
        foreach (ReasonText text in ReasonText.All)
        {
            if (text.Reason.Word() == word)
            {
                return text.Reason;
            }
        }

        return Reason.None;
    }
}
