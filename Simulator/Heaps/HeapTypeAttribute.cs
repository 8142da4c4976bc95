namespace DmaBufSim.Heaps;

/// <summary>Gives a heap class of a plug-in the word that scenarios use after <c>type=</c>.</summary>
/// <param name="name">The word.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class HeapTypeAttribute(string name) : Attribute
{
    /// <summary>The word.</summary>
    public string Name { get; } = name;
}
