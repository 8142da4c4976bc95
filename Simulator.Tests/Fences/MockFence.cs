using DmaBufSim.Abi;
using DmaBufSim.Engine;
using DmaBufSim.Fences;
using DmaBufSim.Tracing;

namespace DmaBufSim.Tests.Fences;

/// <summary>A driver's fence whose operations a test can set and watch.</summary>
internal sealed class MockFence : DmaFence
{
    public MockFence(FenceCore core, ulong? context = null, ulong number = 1, bool has64Bits = false)
        : base(core, context ?? core.AllocateContexts(), number, has64Bits)
    {
    }

    public bool IsDoneWhenEnabled { get; init; }

    public bool IsDoneOnDevice { get; set; }

    public bool ReleaseIsSet { get; init; }

    public int TimesEnabled { get; private set; }

    public int TimesReleased { get; private set; }

    public List<long> Deadlines { get; } = [];

    protected override bool HasRelease => ReleaseIsSet;

    protected override bool HasDeadline => true;

    /// <summary>What the fences of a new machine share.</summary>
    public static FenceCore NewCore(string kernel = "6.12") =>
        new(KernelProfile.Find(kernel)!, new Trace(), new SimClock());

    protected override string GetDriverName() => "mock";

    protected override string GetTimelineName() => "line";

    protected override bool OnEnableSignaling()
    {
        TimesEnabled++;
        return !IsDoneWhenEnabled;
    }

    protected override bool PollSignaled() => IsDoneOnDevice;

    protected override void OnDeadline(long deadline) => Deadlines.Add(deadline);

    protected override void Release() => TimesReleased++;
}

/// <summary>A callback that writes its label into a list.</summary>
internal sealed class MockCallback(List<int>? log = null, int label = 0, Action? then = null) : DmaFenceCallback
{
    public int Runs { get; private set; }

    protected internal override void Signaled(DmaFence fence)
    {
        Runs++;
        log?.Add(label);
        then?.Invoke();
    }
}
