using System.Collections.Immutable;

namespace DmaBufSim.Checking;

/// <summary>The laws that a verdict line can ask for by their sentence.</summary>
public static class Laws
{
    private static readonly ImmutableArray<Func<MachineLaw>> Makers =
    [
        () => new ZeroedBeforeReuse(),
        () => new SecretsStay(),
        () => new OneOwner(),
        () => new ReferencesEqualHolders(),
        () => new AllReleased(),
        () => new EveryFenceSignals(),
        () => new SignallingNeverWaits(),
        () => new NoCircleOfWaits(),
    ];

    /// <summary>The sentences, each starting with <c>always</c>.</summary>
    public static ImmutableArray<string> Sentences { get; } = [.. Makers.Select(make => make().Sentence)];

    /// <summary>A new law of that sentence, or null.</summary>
    public static MachineLaw? Make(string sentence)
    {
        int index = Sentences.IndexOf(sentence);
        return index < 0 ? null : Makers[index]();
    }
}
