using DmaBufSim.Machines;

namespace DmaBufSim.Checking;

/// <summary>Drivers never sleep for each other in a circle of locks and fences, because none of them goes on.</summary>
public sealed class NoCircleOfWaits : MachineLaw
{
    /// <inheritdoc/>
    public override string Sentence => "always waits form no circle";

    /// <inheritdoc/>
    /// <remarks><b>Cost:</b> proportional to the drivers and what they hold; nothing where no driver ran.</remarks>
    public override void Check(Machine machine)
    {
        if (machine.Drivers.Count > 0 && machine.FindCircle() is { } circle)
        {
            Report(circle);
        }
    }
}
