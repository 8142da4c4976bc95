using System.Text;

namespace DmaBufSim.Fences;

/// <summary>The software timelines of a machine, oldest first, and the debugging file that lists them.</summary>
/// <remarks><b>Kernel:</b> drivers/dma-buf/sync_debug.c.</remarks>
public sealed class SyncDebug
{
    private readonly List<SyncTimeline> timelines = [];

    /// <summary>The timelines, oldest first.</summary>
    public IReadOnlyList<SyncTimeline> Timelines => timelines;

    /// <summary>The text of <c>/sys/kernel/debug/sync/info</c>.</summary>
    /// <remarks>
    /// <b>Kernel:</b> <c>sync_info_debugfs_show()</c>. No kernel here lists anything under the second heading.
    /// </remarks>
    public string Info()
    {
        StringBuilder text = new("objs:\n--------------\n");
        foreach (SyncTimeline timeline in timelines)
        {
            timeline.Describe(text);
        }

        return text.Append("fences:\n--------------\n").ToString();
    }

    internal void Add(SyncTimeline timeline) => timelines.Add(timeline);

    internal void Remove(SyncTimeline timeline) => timelines.Remove(timeline);
}
