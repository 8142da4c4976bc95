namespace DmaBufSim.Scenarios;

/// <summary>
/// What a piece of a transcript is, so that a terminal can colour it. The words are the same without colour.
/// </summary>
public enum TextRole
{
    /// <summary>Anything else.</summary>
    Plain,

    /// <summary>A comment of the scenario.</summary>
    Comment,

    /// <summary>A step, without its outcome.</summary>
    Step,

    /// <summary>The outcome of a success.</summary>
    Success,

    /// <summary>A failure that had to come.</summary>
    Refusal,

    /// <summary>A line that a step printed.</summary>
    Output,

    /// <summary>What a step changed, and which rule decided.</summary>
    Change,

    /// <summary>What came out otherwise than it had to.</summary>
    Wrong,
}
