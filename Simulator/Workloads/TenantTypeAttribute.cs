namespace DmaBufSim.Workloads;

/// <summary>Gives a tenant class of a plug-in the word that scenarios use after <c>type=</c> of a tenant.</summary>
/// <remarks>
/// The class has a public constructor that takes a <see cref="TenantContext"/>, and where it has settings a public
/// static property <c>Keys</c>, an <c>ImmutableArray</c> of <see cref="TenantKey"/>.
/// </remarks>
/// <param name="name">The word.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class TenantTypeAttribute(string name) : Attribute
{
    /// <summary>The word.</summary>
    public string Name { get; } = name;

    /// <summary>Whether its tenants have pages that a tenant of type <c>pins</c> may pin.</summary>
    public bool HasPages { get; init; }
}
