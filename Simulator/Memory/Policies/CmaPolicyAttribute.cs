namespace DmaBufSim.Memory.Policies;

/// <summary>Gives a policy class of a plug-in the word that scenarios use after <c>policy=</c> of an area.</summary>
/// <remarks>The class has a public constructor without parameters; each area gets an object of its own.</remarks>
/// <param name="name">The word.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class CmaPolicyAttribute(string name) : Attribute
{
    /// <summary>The word.</summary>
    public string Name { get; } = name;
}
