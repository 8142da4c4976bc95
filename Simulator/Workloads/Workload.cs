using System.Collections.Immutable;
using DmaBufSim.Engine;
using DmaBufSim.Machines;
using DmaBufSim.Memory;

namespace DmaBufSim.Workloads;

/// <summary>The tenants of one machine and the simulated time in which they live.</summary>
/// <remarks>
/// <para>Nothing happens by itself: <see cref="Play"/> lets events happen and moves the clock. Same seed and same
/// calls in between, same events.</para>
/// <para><b>Cost:</b> an event costs 50 to 100 ns and what its tenant does.</para>
/// </remarks>
public sealed class Workload
{
    // HPAGE_FRAG_CHECK_INTERVAL_MSEC: how often kcompactd looks whether there is something to do.
    private const long IdleInterval = 500_000_000;

    private readonly EventQueue<TenantEvent> events;
    private readonly RandomStream random;
    private readonly long lowWatermark;
    private long nextIdle;
    private MachineSampler? sampler;
    private Action? look;
    private long lookInterval;
    private long nextLook;
    private readonly List<Tenant> tenants = [];

    /// <summary>The tenants of the machine's description come.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="types">The kinds of tenants that a description may ask for; null for the built-in ones.</param>
    /// <exception cref="ArgumentException">A description contradicts itself; the message names the tenant.</exception>
    public Workload(Machine machine, ImmutableArray<TenantType>? types = null)
    {
        Machine = machine;
        events = new EventQueue<TenantEvent>(machine.Clock);
        Mutex = new CmaMutex(machine);
        lowWatermark = LowWatermark(machine.Memory.TotalFrames);
        nextIdle = machine.Clock.Now + IdleInterval;
        random = new RandomStream(machine.Description.Seed);
        foreach (TenantDescription description in machine.Description.Tenants)
        {
            TenantType type = TenantCheck.TypeOf(machine, description, types ?? TenantType.BuiltIn);
            Come(type.Create(new TenantContext(this, type, description, StreamOf(description.Name))));
        }
    }

    /// <summary>The machine.</summary>
    public Machine Machine { get; }

    /// <summary>The tenants, in the order in which they came.</summary>
    public IReadOnlyList<Tenant> Tenants => tenants;

    /// <summary>What all runs have done together.</summary>
    public WorkloadFigures Total { get; } = new();

    /// <summary>Who keeps the requests that ask for an explanation; null for nobody.</summary>
    public RequestWatch? Watch { get; set; }

    internal CmaMutex Mutex { get; }

    internal WorkloadFigures Current { get; private set; } = new();

    /// <summary>A tenant of your own comes.</summary>
    /// <param name="name">Its name, which also says what it draws.</param>
    /// <param name="create">Makes it.</param>
    public void Add(string name, Func<TenantContext, Tenant> create) =>
        Come(create(new TenantContext(this, name, StreamOf(name))));

    /// <summary>The tenant of that name, or null.</summary>
    public Tenant? Find(string name) => tenants.Find(tenant => tenant.Name == name);

    /// <summary>From now on a sample is taken as <see cref="Look"/> would look.</summary>
    /// <param name="sampler">
    /// Who keeps the samples; their step is the number of events so far. As the sink of the trace it also counts pages
    /// that move.
    /// </param>
    /// <param name="interval">Nanoseconds from one sample to the next.</param>
    public void Sample(MachineSampler sampler, long interval)
    {
        Look(() => sampler.Take(Machine, Total.Events + Current.Events), interval);
        this.sampler = sampler;
    }

    /// <summary>From now on somebody looks at the machine at each multiple of an interval since boot.</summary>
    /// <param name="look">Looks, and touches nothing; the clock has come to the multiple.</param>
    /// <param name="interval">Nanoseconds of simulated time.</param>
    /// <remarks>It takes the place of who looked before, also of <see cref="Sample"/>.</remarks>
    public void Look(Action look, long interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(interval, 1);
        (sampler, this.look, lookInterval) = (null, look, interval);
        nextLook = NotBefore(Machine.Clock.Now);
    }

    /// <summary>Lets events happen, in their order.</summary>
    /// <param name="most">No more events than this.</param>
    /// <param name="span">No event that is later than this from now, in nanoseconds; the clock ends there, unless
    /// there were too many events before.</param>
    /// <returns>What they have done.</returns>
    public WorkloadFigures Play(long most, long span = long.MaxValue)
    {
        long until = span > long.MaxValue - Machine.Clock.Now ? long.MaxValue : Machine.Clock.Now + span;
        WorkloadFigures figures = new();
        Current = figures;
        (long moved, long dropped, long busy) = Counters();
        while (figures.Events < most && events.NextTime <= until && events.Count > 0)
        {
            LookUntil(events.NextTime);
            IdleUntil(events.NextTime);
            TenantEvent next = events.Take();
            figures.Events++;
            long failed = figures.Failures;
            next.Tenant.Happen(next.What);
            for (; failed < figures.Failures; failed++)
            {
                sampler?.CountFailure();
            }
        }

        if (until < long.MaxValue && events.NextTime > until)
        {
            LookUntil(until);
            Machine.Clock.Advance(until - Machine.Clock.Now);
        }

        (long movedNow, long droppedNow, long busyNow) = Counters();
        figures.MovedPages = movedNow - moved;
        figures.DroppedPages = droppedNow - dropped;
        figures.BusyWindows = busyNow - busy;
        Total.Add(figures);
        return figures;
    }

    /// <summary>All tenants leave and give back everything that they have; nothing will happen any more.</summary>
    public void Leave()
    {
        events.Clear();
        foreach (Tenant tenant in tenants)
        {
            tenant.Leave();
        }

        tenants.Clear();
    }

    // Direct reclaim, down to the low watermark of the zone.
    internal void MakeRoom(long pages)
    {
        while (FreePages < pages + lowWatermark && tenants.Exists(tenant => tenant.GiveUp()))
        {
        }
    }

    // Idle pages that the page allocator does not have, but memory of this kind may use.
    internal long RoomBesides(PageKind kind)
    {
        long pages = 0;
        foreach (CmaArea area in Machine.Areas)
        {
            pages += kind == PageKind.CleanFile && area.Policy.Lends == CmaLending.Discardable ? area.IdlePages : 0;
        }

        return pages;
    }

    internal void Add(Tenant tenant, long delay, int what) => events.Add(delay, new TenantEvent(tenant, what));

    private long FreePages => Machine.Memory.Buddy.FreeFrames + Machine.Memory.Buddy.FreeCmaFrames;

    // calculate_min_free_kbytes() and __setup_per_zone_wmarks(): a quarter above the square root of 16 times memory.
    private static long LowWatermark(long pages)
    {
        const long KibInPage = PhysicalMemory.PageSize >> 10;
        long kib = Math.Clamp((long)Math.Sqrt(pages * KibInPage * 16), 128, 262_144);
        return kib / KibInPage * 5 / 4;
    }

    private RandomStream StreamOf(string name) => random.Fork($"tenant {name}");

    private void Come(Tenant tenant)
    {
        tenants.Add(tenant);
        tenant.Come();
    }

    private void LookUntil(long time)
    {
        while (look is not null && nextLook <= time)
        {
            Machine.Clock.Advance(Math.Max(0, nextLook - Machine.Clock.Now));
            look();
            nextLook = NotBefore(nextLook + 1);
        }
    }

    private long NotBefore(long time) => time > long.MaxValue - lookInterval
        ? long.MaxValue
        : (time + lookInterval - 1) / lookInterval * lookInterval;

    // Once is as good as often, where nothing has happened in between.
    private void IdleUntil(long time)
    {
        if (time >= nextIdle)
        {
            nextIdle = time - (time % IdleInterval) + IdleInterval;
            foreach (CmaArea area in Machine.Areas)
            {
                area.Idle();
            }
        }
    }

    private (long Moved, long Dropped, long Busy) Counters()
    {
        (long moved, long dropped, long busy) = (0, 0, 0);
        foreach (CmaArea area in Machine.Areas)
        {
            moved += area.MovedPages;
            dropped += area.DroppedPages;
            busy += area.BusyWindows;
        }

        return (moved, dropped, busy);
    }

    private readonly record struct TenantEvent(Tenant Tenant, int What);
}
