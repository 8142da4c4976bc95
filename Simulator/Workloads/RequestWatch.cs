using System.Collections.Immutable;
using DmaBufSim.Abi;
using DmaBufSim.Memory;

namespace DmaBufSim.Workloads;

/// <summary>Keeps of the requests of tenants to areas those that ask for an explanation.</summary>
/// <param name="explain">Explains a request of some pages to an area, as things are now.</param>
/// <remarks>
/// A request is explained as the area was when it came, after reclaim and before anything was moved for it; of one
/// that was made again it is the last time. <b>Cost:</b> an explanation for every request.
/// </remarks>
public sealed class RequestWatch(Func<CmaArea, int, ImmutableArray<string>> explain)
{
    private ImmutableArray<string> lines = [];
    private int tries;

    /// <summary>The first that was refused; null where none was.</summary>
    public WatchedRequest? FirstRefused { get; private set; }

    /// <summary>
    /// The one that took longest of those that were served; null where none had to wait, or to move anything.
    /// </summary>
    public WatchedRequest? Slowest { get; private set; }

    /// <summary>The first time that a device of a tenant was refused a buffer; null where none was.</summary>
    public RefusedImport? FirstRefusedImport { get; private set; }

    internal void Refuse(string tenant, string step, string device, Result refusal, long now) =>
        FirstRefusedImport ??= new RefusedImport(tenant, step, device, refusal, now);

    internal void Begin(CmaArea area, int pages)
    {
        lines = explain(area, pages);
        tries++;
    }

    internal void End(Tenant tenant, bool isOk, long latency, long now)
    {
        WatchedRequest request = new(tenant.Name, now, latency, tries, lines);
        tries = 0;
        if (!isOk)
        {
            FirstRefused ??= request;
        }
        else if (latency > Math.Max(CmaCosts.Attempt, Slowest?.Latency ?? 0))
        {
            Slowest = request;
        }
    }
}

/// <summary>A request of a tenant, and its explanation.</summary>
/// <param name="Tenant">Whose it was.</param>
/// <param name="Time">When it was answered, in nanoseconds since boot.</param>
/// <param name="Latency">What it took, in modelled nanoseconds.</param>
/// <param name="Tries">How often it was made.</param>
/// <param name="Lines">The explanation.</param>
public sealed record WatchedRequest(
    string Tenant, long Time, long Latency, int Tries, ImmutableArray<string> Lines);

/// <summary>A device that was refused a buffer of a tenant.</summary>
/// <param name="Tenant">Whose buffer it was.</param>
/// <param name="Step"><c>attach</c>, <c>map</c> or <c>access</c>.</param>
/// <param name="Device">The device.</param>
/// <param name="Refusal">What it was answered.</param>
/// <param name="Time">When, in nanoseconds since boot.</param>
public sealed record RefusedImport(string Tenant, string Step, string Device, Result Refusal, long Time);
