namespace DmaBufSim.Memory;

/// <summary>Which memory may use the idle pages of an area.</summary>
public enum CmaLending
{
    /// <summary>None: they stay idle.</summary>
    Nothing,

    /// <summary>What can be dropped at once: clean page cache.</summary>
    Discardable,

    /// <summary>Whatever can be moved: the page allocator has them.</summary>
    Movable,
}

/// <summary>How an area is used: who borrows its idle pages, where requests are placed, what is kept ready.</summary>
/// <remarks>
/// <para>One object for each area. A policy of one's own overrides what it wants to be different; what is not
/// overridden is what Linux does.</para>
/// <para>What breaks its rules ends the run with a <see cref="CmaPolicyFaultException"/>.</para>
/// <para><b>Kernel:</b> none; mm/cma.c has one policy, which is <see cref="Policies.FirstFit"/>.</para>
/// </remarks>
public abstract class CmaPolicy
{
    /// <summary>Who may borrow idle pages.</summary>
    public virtual CmaLending Lends => CmaLending.Movable;

    /// <summary>Whether a page of the area can be pinned where it is; otherwise it leaves the area first.</summary>
    public virtual bool AllowsPins => true;

    /// <summary>How often a request that met pinned pages is made again, 0 or more.</summary>
    public virtual int Retries => 0;

    /// <summary>The nanoseconds before it is made again, from 0 to those of a day.</summary>
    public virtual long RetryDelay => 0;

    /// <summary>The order in which free runs are tried; null for lowest first.</summary>
    /// <remarks>Of runs that are equal in it the lower one is tried first.</remarks>
    public virtual Comparison<FrameRun>? RunOrder => null;

    /// <summary>The highest alignment order that users ask for, from 0 to 12.</summary>
    /// <param name="configured">What the area was configured for.</param>
    public virtual int MaxAlignment(int configured) => configured;

    /// <summary>A request comes in.</summary>
    /// <param name="area">The area.</param>
    /// <param name="pages">How many pages.</param>
    /// <param name="alignOrder">Their alignment.</param>
    protected internal virtual void Requested(CmaArea area, int pages, int alignOrder)
    {
    }

    /// <summary>A block comes back.</summary>
    /// <param name="area">The area.</param>
    /// <param name="page">Its first page, counted from the start of the area.</param>
    /// <param name="pages">How many pages.</param>
    /// <returns>
    /// Whether the area keeps it: it counts as handed out until a request of its size comes, for whose alignment it is
    /// good enough. Of several such blocks the one that came back first is given away first.
    /// </returns>
    protected internal virtual bool Keeps(CmaArea area, int page, int pages) => false;

    /// <summary>There is time between requests.</summary>
    /// <param name="area">The area; <see cref="CmaArea.Evacuate"/> is what a policy may do with it.</param>
    protected internal virtual void Idle(CmaArea area)
    {
    }
}
