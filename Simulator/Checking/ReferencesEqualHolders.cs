using System.Globalization;
using DmaBufSim.Buffers;
using DmaBufSim.Machines;

namespace DmaBufSim.Checking;

/// <summary>The reference count of every buffer equals the holders that are found by walking.</summary>
public sealed class ReferencesEqualHolders : MachineLaw
{
    /// <inheritdoc/>
    public override string Sentence => "always reference counts equal holders";

    /// <inheritdoc/>
    /// <remarks><b>Cost:</b> for each buffer, a walk over everything that can hold one.</remarks>
    public override void Check(Machine machine)
    {
        foreach (DmaBuf buffer in machine.Buffers.NewestFirst)
        {
            int holders = machine.HoldersOf(buffer).Count;
            if (holders != buffer.References)
            {
                Report(string.Create(
                    CultureInfo.InvariantCulture,
                    $"buffer #{buffer.Inode} counts {buffer.References} references and has {holders} holders"));
            }
        }
    }
}
