namespace DmaBufSim.Security;

/// <summary>The bytes of one buffer that its holders have named, and whether the buffer still serves anyone.</summary>
/// <param name="size">The buffer's size in bytes.</param>
internal sealed class NamedRegions(long size)
{
    private readonly List<NamedRegion> regions = [];

    /// <summary>Whether its use has ended: no master has a right any more.</summary>
    public bool IsRevoked { get; set; }

    /// <summary>Others with the same names.</summary>
    public NamedRegions Copy()
    {
        NamedRegions copy = new(size) { IsRevoked = IsRevoked };
        copy.regions.AddRange(regions);
        return copy;
    }

    /// <summary>Whether bytes lie inside the buffer.</summary>
    public bool Contains(long offset, long length) => offset >= 0 && length > 0 && offset <= size - length;

    /// <summary>The region of that name, or null.</summary>
    public NamedRegion? Find(string name)
    {
        foreach (NamedRegion region in regions)
        {
            if (region.Name == name)
            {
                return region;
            }
        }

        return null;
    }

    /// <summary>Names bytes, or forgets a name.</summary>
    public void Set(string name, NamedRegion? region)
    {
        regions.RemoveAll(other => other.Name == name);
        if (region is { } made)
        {
            regions.Add(made);
        }
    }
}

/// <summary>Bytes of a buffer that have a name.</summary>
internal readonly record struct NamedRegion(string Name, long Offset, long Length)
{
    /// <summary>The first byte behind it.</summary>
    public long End => Offset + Length;
}
