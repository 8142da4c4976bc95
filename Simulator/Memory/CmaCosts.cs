namespace DmaBufSim.Memory;

/// <summary>What the steps of an allocation take on a modelled machine, in nanoseconds.</summary>
/// <remarks>
/// Figures of real machines where there are any, and of one kind of machine: ratios between policies mean something,
/// the nanoseconds alone do not.
/// </remarks>
internal static class CmaCosts
{
    /// <summary>Finding a window, isolating its blocks, draining the lists of every CPU. An estimate.</summary>
    public const long Attempt = 100_000;

    /// <summary>Copying a page: 10 GiB of tmpfs took 7 s (Ge Yang, per-area locks, 2025).</summary>
    public const long MovedPage = 2_700;

    /// <summary>
    /// Dropping a page: a twenty-first of copying one, as 146 ms against 7 ms for 10 MiB (Minchan Kim, 2012).
    /// </summary>
    public const long DroppedPage = MovedPage / 21;

    /// <summary>A file page with a reference is tried fifty times; one of a process is not even isolated.</summary>
    public const long PinnedFilePage = 50 * MovedPage;
}
