using DmaBufSim.Buffers;
using DmaBufSim.Machines;
using static System.FormattableString;

namespace DmaBufSim.Checking;

/// <summary>After the last step no buffer lives: nothing leaked.</summary>
public sealed class AllReleased : MachineLaw
{
    /// <inheritdoc/>
    public override string Sentence => "always every buffer is released";

    /// <inheritdoc/>
    public override void CheckAtEnd(Machine machine)
    {
        DmaBuf? left = machine.Buffers.NewestFirst.LastOrDefault();
        if (left is null)
        {
            return;
        }

        string holders = string.Join(
            ", ", machine.HoldersOf(left).Select(holder => $"{holder.Owner} ({holder.What})").Distinct());
        int count = machine.Buffers.Count;
        string live = count == 1 ? "1 buffer lives" : Invariant($"{count} buffers live");
        Report(Invariant($"{live}; the oldest is #{left.Inode}, held by {holders}"));
    }
}
