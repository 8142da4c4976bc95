using DmaBufSim.Machines;
using DmaBufSim.Memory;

namespace DmaBufSim.Workloads;

/// <summary>A machine at one moment of a workload.</summary>
/// <param name="Time">Nanoseconds since boot.</param>
/// <param name="FreePages">Free pages of all memory outside buffers, areas' idle pages too.</param>
/// <param name="AreaFree">Pages of the area that no buffer has.</param>
/// <param name="LargestFreeRun">The longest run of them.</param>
/// <param name="MovedPages">Pages that the area has moved away so far.</param>
/// <param name="Failures">Buffers that were refused so far.</param>
public readonly record struct WorkloadSample(
    long Time, long FreePages, long AreaFree, int LargestFreeRun, long MovedPages, long Failures);

/// <summary>Keeps samples of an area at a fixed interval of simulated time.</summary>
/// <remarks><b>Cost:</b> a pass over the area's bitmap for each sample.</remarks>
public sealed class WorkloadRecorder
{
    private readonly CmaArea area;
    private readonly long interval;
    private readonly List<WorkloadSample> samples = [];

    internal WorkloadRecorder(CmaArea area, long interval, long now)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(interval, 1);
        this.area = area;
        this.interval = interval;
        NextTime = now;
    }

    /// <summary>The samples so far, oldest first.</summary>
    public IReadOnlyList<WorkloadSample> Samples => samples;

    internal long NextTime { get; private set; }

    internal void Sample(Machine machine, long failures)
    {
        samples.Add(new WorkloadSample(
            NextTime, machine.Memory.Buddy.FreeFrames, area.FreePages, area.MaxChunk, area.MovedPages, failures));
        NextTime += interval;
    }
}
