using DmaBufSim.Abi;
using DmaBufSim.Machines;
using DmaBufSim.Memory;

namespace DmaBufSim.Scenarios;

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

        return PageRuns.TryParse(call.Text(RunsAt), area.Range.First, out List<FrameRun> runs)
            ? call.Answer(call.Tenants.Get(name, area).Hold(runs.ToArray()))
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
