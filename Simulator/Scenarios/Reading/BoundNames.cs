using DmaBufSim.Abi;

namespace DmaBufSim.Scenarios.Reading;

/// <summary>Names that steps make and use. A use of a name that nothing makes is allowed, but may be a slip.</summary>
/// <param name="complaint">What is said of such a name, after it.</param>
internal sealed class BoundNames(string complaint)
{
    private readonly HashSet<string> bound = new(StringComparer.Ordinal);
    private readonly List<string> inOrder = [];
    private readonly HashSet<string> used = new(StringComparer.Ordinal);
    private readonly List<(string Name, Place Place)> uses = [];

    /// <summary>A step makes the name.</summary>
    public void Bind(string name)
    {
        if (bound.Add(name))
        {
            inOrder.Add(name);
        }
    }

    /// <summary>A step that must succeed uses the name.</summary>
    public void Use(string name, Place place)
    {
        if (!bound.Contains(name) && used.Add(name))
        {
            uses.Add((name, place));
        }
    }

    /// <summary>Reports the names that are used, never made, and near to one that is made.</summary>
    public void Report(DiagnosticBag bag)
    {
        foreach ((string name, Place place) in uses)
        {
            if (!bound.Contains(name) && bag.Suggest(name, inOrder) is { } near)
            {
                bag.Add(place, $"{complaint} {QuotedText.Of(name)}, and the step must succeed", null, near);
            }
        }
    }
}
