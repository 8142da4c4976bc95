using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Devices;
using DmaBufSim.Dma;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Memory;

namespace DmaBufSim.Scenarios.Verbs;

/// <summary>Plays the verbs of devices and of other users in the kernel.</summary>
internal static class ImporterActions
{
    /// <summary>What a device writes where the line names no value.</summary>
    public const byte DefaultByte = 0xa5;

    public static Outcome Attach(in StepCall call)
    {
        Result<DmaBuf> buffer = call.Buffer(1);
        if (!buffer.IsOk)
        {
            return call.Answer(buffer.Status);
        }

        Result<Import> import = call.Machine.FindImporter(call.Text(0))!
            .Attach(buffer.Value, (call.Number(2) & 1) != 0, (call.Number(2) & 2) != 0);
        if (import.IsOk)
        {
            call.Bind(import.Value);
        }

        return call.Answer(import.Status);
    }

    public static Outcome Map(in StepCall call)
    {
        if (call.Names.Attachment(call.Text(0)) is not { } import)
        {
            return NotAttached(call);
        }

        Result mapped = import.Map(call.Direction(1));
        return mapped.IsOk ? Outcome.Returns(Addresses(call.Machine, import)) : call.Answer(mapped);
    }

    public static Outcome Unmap(in StepCall call)
    {
        Import? import = call.Names.Attachment(call.Text(0));
        import?.Unmap();
        return import is null ? NotAttached(call) : Outcome.Ok;
    }

    public static Outcome Pin(in StepCall call) =>
        call.Names.Attachment(call.Text(0)) is { } import ? call.Answer(import.Pin()) : NotAttached(call);

    public static Outcome Unpin(in StepCall call)
    {
        Import? import = call.Names.Attachment(call.Text(0));
        import?.Unpin();
        return import is null ? NotAttached(call) : Outcome.Ok;
    }

    public static Outcome Detach(in StepCall call)
    {
        Import? import = call.Names.Attachment(call.Text(0));
        import?.Detach();
        call.Names.Unbind(call.Text(0));
        return import is null ? NotAttached(call) : Outcome.Ok;
    }

    public static Outcome Unbind(in StepCall call) =>
        Outcome.Returns(DescriptorActions.Word("held=", call.Machine.FindImporter(call.Text(0))?.Unbind() ?? 0));

    public static Outcome Vmap(in StepCall call)
    {
        Result<KernelMapping> mapping = call.Machine.Vmap(call.Process, call.Descriptor(0));
        if (mapping.IsOk)
        {
            call.Bind(mapping.Value);
        }

        return call.Answer(mapping.Status);
    }

    public static Outcome Vunmap(in StepCall call)
    {
        KernelMapping? mapping = call.Names.Vmap(call.Text(0));
        mapping?.Vunmap();
        call.Names.Unbind(call.Text(0));
        return mapping is null ? call.Refuse(Errno.EINVAL, Reason.NothingMapped, call.Text(0)) : Outcome.Ok;
    }

    public static Outcome BeginCpuAccess(in StepCall call)
    {
        Result<DmaBuf> buffer = call.Buffer(0);
        return call.Answer(buffer.IsOk ? buffer.Value.BeginCpuAccess(call.Direction(1)) : buffer.Status);
    }

    public static Outcome EndCpuAccess(in StepCall call)
    {
        Result<DmaBuf> buffer = call.Buffer(0);
        return call.Answer(buffer.IsOk ? buffer.Value.EndCpuAccess(call.Direction(1)) : buffer.Status);
    }

    public static Outcome MoveNotify(in StepCall call)
    {
        Result<DmaBuf> buffer = call.Buffer(0);
        return buffer.IsOk
            ? Outcome.Returns(DescriptorActions.Word("told=", buffer.Value.MoveNotify()))
            : call.Answer(buffer.Status);
    }

    /// <summary>With one word the file call; with more the device reads bytes.</summary>
    public static Outcome Read(in StepCall call)
    {
        if (!call.Has(1))
        {
            return call.Answer(call.Process.Read(call.Descriptor(0)).Status);
        }

        if (call.Names.Attachment(call.Text(0)) is not { } import)
        {
            return NotAttached(call);
        }

        Result<ulong> hash = import.Read(call.Number(1), call.Number(2));
        if (!hash.IsOk)
        {
            return call.Answer(hash.Status);
        }

        Outcome seen = MappingActions.Seen(
            call.Number(2) == 0 ? null : import.Peek(call.Number(1)).Value, hash.Value);
        return Outcome.Returns([.. seen.Words, .. SecureActions.Done(import).Words]);
    }

    /// <summary>With one word the file call; with more the device writes bytes.</summary>
    public static Outcome Write(in StepCall call)
    {
        if (!call.Has(1))
        {
            return call.Answer(call.Process.Write(call.Descriptor(0)).Status);
        }

        byte value = call.Has(3) ? (byte)call.Number(3) : DefaultByte;
        if (call.Names.Attachment(call.Text(0)) is not { } import)
        {
            return NotAttached(call);
        }

        Result written = import.Fill(call.Number(1), call.Number(2), value);
        return written.IsOk ? SecureActions.Done(import) : call.Answer(written);
    }

    private static Outcome NotAttached(in StepCall call) =>
        call.Refuse(Errno.EINVAL, Reason.AttachmentUnknown, call.Text(0));

    // A CPU importer has no device addresses, and nothing to say.
    private static ImmutableArray<string> Addresses(Machine machine, Import import)
    {
        ReadOnlySpan<DmaSegment> segments = import.Segments;
        if (segments.IsEmpty)
        {
            return [];
        }

        StringBuilder lengths = new("lengths=");
        for (int i = 0; i < segments.Length; i++)
        {
            lengths.Append(i == 0 ? "" : ",").Append(CultureInfo.InvariantCulture, $"{segments[i].Length}");
        }

        string count = DescriptorActions.Word("nents=", segments.Length);
        return AreaPage(machine, import.Buffer) is { } page
            ? [count, lengths.ToString(), DescriptorActions.Word("area_page=", page)]
            : [count, lengths.ToString()];
    }

    private static long? AreaPage(Machine machine, DmaBuf buffer)
    {
        if (buffer.Exporter is not HeapBuffer storage)
        {
            return null;
        }

        int first = storage.Table.Runs[0].First;
        foreach (CmaArea area in machine.Areas)
        {
            if (area.Contains(first))
            {
                return area.PageOf(first);
            }
        }

        return null;
    }
}
