using System.Collections.Immutable;
using DmaBufSim.Abi;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Memory;

namespace DmaBufSim.Scenarios.Verbs;

/// <summary>Plays the verbs about CMA areas: who borrows their pages, and why a request does not fit.</summary>
internal static class AreaActions
{
    private const int TenantAt = 1;
    private const int RunsAt = 2;
    private const int AreaAt = 3;

    /// <summary>Says which pages of an area hold the memory of a mapping.</summary>
    public static Outcome Given(in StepCall call)
    {
        string name = call.Text(TenantAt);
        MovableMemory? known = call.Tenants.Find(name);
        CmaArea? area = call.Has(AreaAt)
            ? AreaOf(call.Machine, call.Text(AreaAt))
            : known?.Area ?? FirstArea(call.Machine);
        if (area is null || (known is not null && known.Area != area))
        {
            return call.Refuse(Errno.EINVAL, Reason.PageOutsideArea, call.Has(AreaAt) ? call.Text(AreaAt) : name);
        }

        return PageRuns.TryParse(call.Text(RunsAt), out List<FrameRun> pages)
            ? call.Answer(call.Tenants.Get(name, area).Hold(
                [.. pages.SelectMany(run => area.FramesOf(run.First, run.Count))]))
            : call.Refuse(Errno.EINVAL, Reason.PageOutsideArea, area.Name);
    }

    /// <summary>With one word the exporter's pin; with two a reference on a page of a mapping.</summary>
    public static Outcome Pin(in StepCall call)
    {
        if (!call.Has(1))
        {
            return ImporterActions.Pin(call);
        }

        if (call.Tenants.Find(call.Text(0)) is not { } mapping)
        {
            return call.Refuse(Errno.EINVAL, Reason.PageNotPinnable, call.Text(0));
        }

        Result<PagePin> pin = mapping.Pin(call.Number(1));
        if (pin.IsOk)
        {
            call.Bind(pin.Value);
        }

        return call.Answer(pin.Status);
    }

    /// <summary>Drops a reference on a page, or lets the exporter move the buffer of an attachment again.</summary>
    public static Outcome Unpin(in StepCall call)
    {
        if (call.Names.Pin(call.Text(0)) is not { } pin)
        {
            return ImporterActions.Unpin(call);
        }

        pin.Release();
        call.Names.Unbind(call.Text(0));
        return Outcome.Ok;
    }

    /// <summary>Tells how many windows were found busy.</summary>
    public static Outcome Retries(in StepCall call) =>
        Outcome.Returns(DescriptorActions.Word("busy=", call.Tenants.TakeBusyWindows()));

    /// <summary>Prints what the areas have left in the log of the kernel.</summary>
    public static Outcome Dmesg(in StepCall call) => Outcome.Prints([.. call.Trace.KernelLog]);

    /// <summary>Explains whether a request to the area of a heap would fit now.</summary>
    public static Outcome Why(in StepCall call)
    {
        Result<DmaHeap> heap = call.Machine.Heaps.Open(call.Text(0));
        if (!heap.IsOk)
        {
            return call.Answer(heap.Status);
        }

        if (heap.Value.Area is not { } area)
        {
            return call.Refuse(Errno.EINVAL, Reason.HeapHasNoArea, call.Text(0));
        }

        ulong bytes = call.Bits(1);
        ulong pages = (bytes >> PhysicalMemory.PageShift) + (bytes % PhysicalMemory.PageSize == 0 ? 0UL : 1);
        if (pages is 0 or > int.MaxValue)
        {
            return call.Refuse(Errno.EINVAL, pages == 0 ? Reason.LengthZero : Reason.LargerThanArea, area.Name);
        }

        CmaDiagnosis why = CmaDiagnosis.Of(area, (int)pages);
        return Outcome.Prints(
            call.Has(2)
                ? AreaText.Lines(call.Machine, area, why, (int)Math.Clamp(call.Number(2), 0, int.MaxValue))
                : AreaText.Lines(call.Machine, area, why),
            why.Fits ? "fits=yes" : "fits=no",
            DescriptorActions.Word("windows=", why.Windows),
            DescriptorActions.Word("busy=", why.BusyWindows),
            DescriptorActions.Word("largest=", (long)why.LargestFit << PhysicalMemory.PageShift),
            DescriptorActions.Word("buffers=", why.HowMany),
            why.FewestPages < 0 ? "fewest=never" : DescriptorActions.Word("fewest=", why.FewestPages));
    }

    /// <summary>
    /// What a person would ask after an allocation that has failed: the explanation, where an area has decided.
    /// </summary>
    public static ImmutableArray<string> Explain(Machine machine, Step step, Outcome outcome)
    {
        bool hasDecided = outcome.Refusal.Reason
            is Reason.NoContiguousRun or Reason.PagesPinned or Reason.NoRoomToMigrate or Reason.BlocksIsolated;
        CmaArea? area = hasDecided
            ? machine.Heaps.Heaps.FirstOrDefault(heap => heap.Name == step.Arguments[0].Text)?.Area
            : null;
        long pages = outcome.Refusal.Length >> PhysicalMemory.PageShift;
        return area is null || pages is <= 0 or > int.MaxValue
            ? []
            : AreaText.Lines(machine, area, CmaDiagnosis.Of(area, (int)pages));
    }

    private static CmaArea? FirstArea(Machine machine) => machine.Areas.Count > 0 ? machine.Areas[0] : null;

    private static CmaArea? AreaOf(Machine machine, string name)
    {
        foreach (CmaArea area in machine.Areas)
        {
            if (area.Name == name)
            {
                return area;
            }
        }

        return null;
    }
}
