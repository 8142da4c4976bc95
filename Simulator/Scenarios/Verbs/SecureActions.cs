using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Devices;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Security;

namespace DmaBufSim.Scenarios.Verbs;

/// <summary>Plays the verbs of protected memory.</summary>
internal static class SecureActions
{
    public static Outcome Copy(in StepCall call) => Copy(call, blends: false);

    public static Outcome Blend(in StepCall call) => Copy(call, blends: true);

    private static Outcome Copy(in StepCall call, bool blends)
    {
        if (call.Names.Attachment(call.Text(0)) is not { } source)
        {
            return call.Refuse(Errno.EINVAL, Reason.AttachmentUnknown, call.Text(0));
        }

        if (call.Names.Attachment(call.Text(2)) is not { } target)
        {
            return call.Refuse(Errno.EINVAL, Reason.AttachmentUnknown, call.Text(2));
        }

        Result copied = source.CopyTo(target, call.Number(1), call.Number(3), call.Number(4), blends);
        return copied.IsOk ? Done(source) : call.Answer(copied);
    }

    public static Outcome TaRead(in StepCall call)
    {
        Result<DmaBuf> buffer = call.Buffer(0);
        if (!buffer.IsOk)
        {
            return call.Answer(buffer.Status);
        }

        Result<ulong> hash = call.Machine.Ta.Read(buffer.Value, call.Number(1), call.Number(2));
        return hash.IsOk
            ? MappingActions.Seen(
                call.Number(2) == 0 ? null : call.Machine.Ta.Peek(buffer.Value, call.Number(1)), hash.Value)
            : call.Answer(hash.Status);
    }

    public static Outcome TaWrite(in StepCall call)
    {
        Result<DmaBuf> buffer = call.Buffer(0);
        byte value = call.Has(3) ? (byte)call.Number(3) : ImporterActions.DefaultByte;
        return call.Answer(buffer.IsOk
            ? call.Machine.Ta.Write(buffer.Value, call.Number(1), call.Number(2), value)
            : buffer.Status);
    }

    public static Outcome TaCopy(in StepCall call) => TaCopy(call, blends: false);

    public static Outcome TaBlend(in StepCall call) => TaCopy(call, blends: true);

    private static Outcome TaCopy(in StepCall call, bool blends)
    {
        Result<DmaBuf> source = call.Buffer(0);
        Result<DmaBuf> target = source.IsOk ? call.Buffer(2) : source;
        return call.Answer(target.IsOk
            ? call.Machine.Ta.Copy(
                source.Value, call.Number(1), target.Value, call.Number(3), call.Number(4), blends)
            : target.Status);
    }

    public static Outcome Link(in StepCall call)
    {
        if (call.Machine.FindImporter(call.Text(0)) is not { } importer)
        {
            return NoDevice(call);
        }

        importer.SetLink(call.Number(1) != 0);
        return Outcome.Ok;
    }

    public static Outcome Teardown(in StepCall call)
    {
        Result<DmaHeap> heap = call.Machine.Heaps.Open(call.Text(0));
        if (!heap.IsOk)
        {
            return call.Answer(heap.Status);
        }

        heap.Value.Teardown();
        int held = call.Machine.Buffers.NewestFirst.Count(
            buffer => buffer.Exporter is HeapBuffer storage && storage.Heap == heap.Value);
        return Outcome.Returns(DescriptorActions.Word("held=", held));
    }

    public static Outcome StaleRead(in StepCall call)
    {
        if (call.Machine.FindImporter(call.Text(0)) is not { } importer)
        {
            return NoDevice(call);
        }

        Result<StaleBytes> read = call.Machine.StaleRead(importer, call.Number(1), call.Number(2));
        return read.IsOk ? MappingActions.Seen(read.Value.First, read.Value.Hash) : call.Answer(read.Status);
    }

    public static Outcome StaleWrite(in StepCall call)
    {
        byte value = call.Has(3) ? (byte)call.Number(3) : ImporterActions.DefaultByte;
        return call.Machine.FindImporter(call.Text(0)) is { } importer
            ? call.Answer(call.Machine.StaleWrite(importer, call.Number(1), call.Number(2), value))
            : NoDevice(call);
    }

    public static Outcome Show(in StepCall call)
    {
        Machine machine = call.Machine;
        ProtectionCounters counters = machine.Firewall.Counters;
        TextColumns table = new();
        table.Add("step", "denied", "importers");
        foreach (ProtectionStep step in Enum.GetValues<ProtectionStep>())
        {
            table.Add(
                step.ToString().ToLowerInvariant(),
                DescriptorActions.Word("", counters.Denials(step)),
                DescriptorActions.Word("", counters.ImporterFailures(step)));
        }

        return Outcome.Prints(
            table.ToLines(),
            "policy=" + machine.Policy.Name,
            "guard=" + machine.Description.Guard.Type,
            DescriptorActions.Word("changes=", counters.Changes),
            DescriptorActions.Word("ns=", counters.Nanoseconds),
            DescriptorActions.Word("protected=", counters.PeakProtectedBytes),
            DescriptorActions.Word("padding=", counters.PeakPaddingBytes),
            DescriptorActions.Word("set_aside=", counters.SetAsideBytes),
            DescriptorActions.Word("violations=", counters.Violations));
    }

    /// <summary>A job that is over, and how hardware only seemed to do it.</summary>
    public static Outcome Done(Import import) => import.Symptom switch
    {
        WrongConfiguration.Zeros => Outcome.Returns("zeros"),
        WrongConfiguration.Black => Outcome.Returns("black"),
        _ => Outcome.Ok,
    };

    // A scenario that is read names devices of its machine only.
    private static Outcome NoDevice(in StepCall call) =>
        call.Refuse(Errno.EFAULT, Reason.NothingStale, call.Text(0));
}
