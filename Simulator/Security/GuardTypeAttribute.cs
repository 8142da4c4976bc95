namespace DmaBufSim.Security;

/// <summary>Gives a guard class of a plug-in the word that scenarios use behind <c>guard</c>.</summary>
/// <remarks>The class has a public constructor that takes <see cref="GuardSettings"/>.</remarks>
/// <param name="name">The word.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class GuardTypeAttribute(string name) : Attribute
{
    /// <summary>The word.</summary>
    public string Name { get; } = name;
}
