using System.Collections.Immutable;
using System.Globalization;
using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Security;

namespace DmaBufSim.Scenarios.Verbs;

/// <summary>Plays the verbs that only look.</summary>
internal static class ViewActions
{
    public static Outcome Cat(in StepCall call)
    {
        Result<List<string>> lines = PseudoFiles.Read(call.Machine, call.Process, call.Text(0));
        return lines.IsOk ? Outcome.Prints([.. lines.Value]) : call.Answer(lines.Status);
    }

    public static Outcome Holders(in StepCall call)
    {
        if (BufferOf(call) is not { } buffer)
        {
            return call.Refuse(Errno.EBADF, Reason.DescriptorNotOpen, call.Text(0));
        }

        List<Holder> holders = call.Machine.HoldersOf(buffer);
        TextColumns table = new();
        foreach (Holder holder in holders)
        {
            table.Add(holder.Owner, holder.What, holder.Details);
        }

        return Outcome.Prints(
            table.ToLines(),
            DescriptorActions.Word("ino=", buffer.Inode),
            DescriptorActions.Word("count=", holders.Count));
    }

    public static Outcome Buffers(in StepCall call)
    {
        TextColumns table = new();
        table.Add("ino", "size", "exp_name", "count", "devices", "name");
        long bytes = 0;
        foreach (DmaBuf buffer in call.Machine.Buffers.NewestFirst.Reverse())
        {
            bytes += buffer.Size;
            table.Add(
                DescriptorActions.Word("", buffer.Inode),
                DescriptorActions.Word("", buffer.Size),
                buffer.ExporterName,
                DescriptorActions.Word("", buffer.References),
                DescriptorActions.Word("", buffer.Attachments.Count()),
                buffer.Name ?? "");
        }

        int count = call.Machine.Buffers.Count;
        return Outcome.Prints(
            count == 0 ? [] : table.ToLines(),
            DescriptorActions.Word("count=", count),
            DescriptorActions.Word("bytes=", bytes));
    }

    public static Outcome Heaps(in StepCall call)
    {
        TextColumns table = new();
        table.Add("heap", "free", "memory");
        foreach (DmaHeap heap in call.Machine.Heaps.Heaps)
        {
            table.Add(heap.Name, ByteText.Of(heap.FreeBytes), heap.Backing);
            foreach (AccessRule rule in heap.Policy?.Rules ?? [])
            {
                table.Add($"  {rule}");
            }
        }

        return Outcome.Prints(table.ToLines(), DescriptorActions.Word("count=", call.Machine.Heaps.Heaps.Count));
    }

    public static Outcome Waits(in StepCall call)
    {
        List<string> waits = call.Machine.Waits();
        string circle = call.Machine.FindCircle() is null ? "no" : "yes";
        return Outcome.Prints([.. waits], DescriptorActions.Word("count=", waits.Count), $"circle={circle}");
    }

    public static Outcome Warnings(in StepCall call)
    {
        ImmutableArray<string> lines =
            [.. call.Trace.Warnings.Select(warning => $"WARNING: {warning.KernelFunction}: {warning.Condition}")];
        return Outcome.Prints(lines, DescriptorActions.Word("count=", lines.Length));
    }

    // A name that was closed still leads to its buffer: that is when one asks who holds it.
    private static DmaBuf? BufferOf(in StepCall call)
    {
        if (call.Names.Buffer(call.Text(0)) is { } named)
        {
            return named;
        }

        return long.TryParse(call.Text(0), NumberStyles.None, CultureInfo.InvariantCulture, out long inode)
            ? call.Machine.Buffers.NewestFirst.FirstOrDefault(buffer => buffer.Inode == inode)
            : null;
    }
}
