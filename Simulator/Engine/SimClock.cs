namespace DmaBufSim.Engine;

/// <summary>The time of one machine: nanoseconds since boot. It moves only when somebody moves it.</summary>
/// <remarks><b>Kernel:</b> <c>CLOCK_MONOTONIC</c>, <c>ktime_get()</c>.</remarks>
public sealed class SimClock
{
    /// <summary>Nanoseconds since boot.</summary>
    public long Now { get; private set; }

    /// <summary>Lets time pass.</summary>
    public void Advance(long nanoseconds)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(nanoseconds);
        Now += nanoseconds;
    }
}
