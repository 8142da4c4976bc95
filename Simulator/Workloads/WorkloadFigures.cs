namespace DmaBufSim.Workloads;

/// <summary>What a workload has done in a run, or in all its runs.</summary>
public sealed class WorkloadFigures
{
    /// <summary>Events that have happened.</summary>
    public long Events { get; internal set; }

    /// <summary>Buffers that were allocated.</summary>
    public long Allocations { get; private set; }

    /// <summary>Buffers that were refused.</summary>
    public long Failures { get; private set; }

    /// <summary>Buffers that were asked for.</summary>
    public long Requests => Allocations + Failures;

    /// <summary>When a buffer was refused for the first time, in nanoseconds since boot; null where none was.</summary>
    public long? FirstFailure { get; private set; }

    /// <summary>What all requests for buffers took together, in modelled nanoseconds.</summary>
    public long TotalLatency { get; private set; }

    /// <summary>What the slowest request took, in modelled nanoseconds.</summary>
    public long LongestLatency { get; private set; }

    /// <summary>Pages that anonymous memory and the page cache got.</summary>
    public long Pages { get; private set; }

    /// <summary>Pages that they did not get.</summary>
    public long PagesRefused { get; private set; }

    /// <summary>Pages of the cache that were dropped and had to be read again.</summary>
    public long PagesReadAgain { get; internal set; }

    /// <summary>Pins that were taken.</summary>
    public long Pins { get; private set; }

    /// <summary>Pins that were refused.</summary>
    public long PinsRefused { get; private set; }

    /// <summary>Attachments of devices that use buffers of tenants.</summary>
    public long Attached { get; internal set; }

    /// <summary>How often these devices got addresses for a buffer.</summary>
    public long Mapped { get; internal set; }

    /// <summary>
    /// How often these devices were refused: at attach, at map, or when bytes were to move; also with zeros or a black
    /// frame.
    /// </summary>
    public long ImportsRefused { get; internal set; }

    /// <summary>Pages that areas moved away to make room for a buffer.</summary>
    public long MovedPages { get; internal set; }

    /// <summary>Clean pages that areas dropped to make room.</summary>
    public long DroppedPages { get; internal set; }

    /// <summary>Windows of areas that were found busy.</summary>
    public long BusyWindows { get; internal set; }

    /// <summary>A request for a buffer was answered.</summary>
    /// <param name="isOk">Whether it got one.</param>
    /// <param name="latency">What it took, in modelled nanoseconds.</param>
    /// <param name="now">When, in nanoseconds since boot.</param>
    public void AddAllocation(bool isOk, long latency, long now)
    {
        if (isOk)
        {
            Allocations++;
        }
        else
        {
            Failures++;
            FirstFailure ??= now;
        }

        TotalLatency += latency;
        LongestLatency = Math.Max(LongestLatency, latency);
    }

    /// <summary>Movable memory was asked for.</summary>
    /// <param name="asked">How many pages.</param>
    /// <param name="got">How many there were.</param>
    public void AddPages(int asked, int got)
    {
        Pages += got;
        PagesRefused += asked - got;
    }

    /// <summary>A page was to be pinned.</summary>
    /// <param name="isOk">Whether it is.</param>
    public void AddPin(bool isOk)
    {
        if (isOk)
        {
            Pins++;
        }
        else
        {
            PinsRefused++;
        }
    }

    /// <summary>Adds those of a later run.</summary>
    internal void Add(WorkloadFigures later)
    {
        Events += later.Events;
        Allocations += later.Allocations;
        Failures += later.Failures;
        FirstFailure ??= later.FirstFailure;
        TotalLatency += later.TotalLatency;
        LongestLatency = Math.Max(LongestLatency, later.LongestLatency);
        Pages += later.Pages;
        PagesRefused += later.PagesRefused;
        PagesReadAgain += later.PagesReadAgain;
        Pins += later.Pins;
        PinsRefused += later.PinsRefused;
        Attached += later.Attached;
        Mapped += later.Mapped;
        ImportsRefused += later.ImportsRefused;
        MovedPages += later.MovedPages;
        DroppedPages += later.DroppedPages;
        BusyWindows += later.BusyWindows;
    }
}
