using System.Globalization;
using DmaBufSim.Machines;
using DmaBufSim.Tracing;

namespace DmaBufSim.Checking;

/// <summary>
/// Code on the way to signal a fence never waits for another fence or for the lock of a reservation, not even where it
/// would get them at once: those who have them may wait for the fence.
/// </summary>
/// <remarks><b>Kernel:</b> the cross-driver contract, which lock debugging watches from
/// <c>dma_fence_begin_signalling()</c> on.</remarks>
public sealed class SignallingNeverWaits : MachineLaw
{
    /// <inheritdoc/>
    public override string Sentence => "always signalling never waits";

    /// <inheritdoc/>
    public override void Observe(Machine machine, in TraceRecord record)
    {
        if (record.Event == TraceEvent.WaitedWhileSignaling)
        {
            Report(string.Create(
                CultureInfo.InvariantCulture,
                $"on the way to signal fence {record.Subject}:{record.First}, {record.Name}"));
        }
    }
}
