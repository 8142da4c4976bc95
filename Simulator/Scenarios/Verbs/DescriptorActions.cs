using System.Collections.Immutable;
using System.Globalization;
using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Files;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Processes;

namespace DmaBufSim.Scenarios.Verbs;

/// <summary>Plays the verbs of heaps and descriptors.</summary>
internal static class DescriptorActions
{
    private const int MaxIoctlSize = 0x3fff;

    public static Outcome Allocate(in StepCall call)
    {
        OpenFlags flags = call.Has(2) ? (OpenFlags)call.LowBits(2) : OpenFlags.ReadWrite;
        Result<int> descriptor = call.Process.Allocate(call.Text(0), call.Bits(1), flags, call.Bits(3));
        if (!descriptor.IsOk)
        {
            return call.Answer(descriptor.Status);
        }

        call.Bind(descriptor.Value);
        return Outcome.Returns(Word("size=", call.Process.Files.Find(descriptor.Value)!.Size));
    }

    public static Outcome AllocateRaw(in StepCall call)
    {
        HeapAllocation request = new(call.Bits(1), call.LowBits(2), (OpenFlags)call.LowBits(3), call.Bits(4));
        Result<RawAllocation> made = call.Process.AllocateRaw(call.Text(0), request, (int)call.Bits(5) & MaxIoctlSize);
        if (!made.IsOk)
        {
            return call.Answer(made.Status);
        }

        if (made.Value.Reported == 0)
        {
            return Outcome.Returns("fd=0");
        }

        call.Bind(made.Value.Reported);
        return Outcome.Returns("fd=new");
    }

    public static Outcome Ioctl(in StepCall call)
    {
        ulong argument = call.Bits(2);
        IoctlArgument read = argument == 0 ? default : new IoctlArgument(true, argument, call.Text(2));
        return call.Answer(call.Process.Ioctl(call.Descriptor(0), call.LowBits(1), read));
    }

    public static Outcome Duplicate(in StepCall call) => Descriptor(call, call.Process.Duplicate(call.Descriptor(0)));

    public static Outcome Close(in StepCall call)
    {
        Result closed = call.Process.Close(call.Descriptor(0));
        call.Names.Unbind(call.Text(0));
        return call.Answer(closed);
    }

    public static Outcome GetFileFlags(in StepCall call)
    {
        Result<OpenFile> file = call.Process.File(call.Descriptor(0));
        if (!file.IsOk)
        {
            return call.Answer(file.Status);
        }

        OpenFlags flags = file.Value.Flags & ~OpenFlags.LargeFile;
        return Outcome.Returns([.. FlagWords.Descriptor.Format((long)flags).Split('|')]);
    }

    public static Outcome GetDescriptorFlags(in StepCall call)
    {
        int descriptor = call.Descriptor(0);
        Result<OpenFile> file = call.Process.File(descriptor);
        return file.IsOk
            ? Outcome.Returns(call.Process.Files.IsCloseOnExec(descriptor) ? "cloexec" : "none")
            : call.Answer(file.Status);
    }

    public static Outcome Seek(in StepCall call)
    {
        Result<long> offset = call.Process.Seek(call.Descriptor(0), call.Number(1), (SeekWhence)call.LowBits(2));
        return offset.IsOk ? Outcome.Returns(Word("", offset.Value)) : call.Answer(offset.Status);
    }

    public static Outcome Truncate(in StepCall call) =>
        call.Answer(call.Process.Truncate(call.Descriptor(0), call.Number(1)));

    public static Outcome Stat(in StepCall call)
    {
        Result<OpenFile> file = call.Process.File(call.Descriptor(0));
        if (!file.IsOk)
        {
            return call.Answer(file.Status);
        }

        InodeStatus status = file.Value.Stat();
        return Outcome.Returns(
            Word("size=", file.Value.Size),
            Word("blocks=", status.Blocks),
            "mode=" + Convert.ToString(status.Mode, 8),
            Word("nlink=", status.Links));
    }

    public static Outcome Same(in StepCall call)
    {
        Result<OpenFile> one = call.Process.File(call.Descriptor(0));
        Result<OpenFile> other = call.Process.File(call.Descriptor(1));
        if (!one.IsOk || !other.IsOk)
        {
            return call.Answer(one.IsOk ? other.Status : one.Status);
        }

        return Outcome.Returns(one.Value.Inode == other.Value.Inode ? "yes" : "no");
    }

    public static Outcome FdInfo(in StepCall call)
    {
        int descriptor = call.Descriptor(0);
        Result<OpenFile> file = call.Process.File(descriptor);
        if (!file.IsOk)
        {
            return call.Answer(file.Status);
        }

        bool closeOnExec = call.Process.Files.IsCloseOnExec(descriptor);
        ImmutableArray<string>.Builder words = ImmutableArray.CreateBuilder<string>();
        words.Add("flags=0" + PseudoFiles.FlagsOctal(file.Value, closeOnExec));
        if (file.Value is DmaBuf buffer)
        {
            words.Add(Word("size=", buffer.Size));
            words.Add(Word("count=", buffer.References));
            words.Add("exp_name=" + buffer.ExporterName);
            if (buffer.Name is { } name)
            {
                words.Add("name=" + name);
            }
        }

        return Outcome.Returns(words.DrainToImmutable());
    }

    public static Outcome Sync(in StepCall call) => call.Answer(call.Process.Sync(call.Descriptor(0), call.Bits(1)));

    public static Outcome SetName(in StepCall call) =>
        call.Answer(call.Process.SetName(call.Descriptor(0), call.Text(1)));

    public static Outcome DefineRegion(in StepCall call) =>
        call.Answer(call.Process.DefineRegion(call.Descriptor(0), call.Text(1), call.Number(2), call.Number(3)));

    /// <summary>Binds a descriptor that a call has made, and says no more.</summary>
    public static Outcome Descriptor(in StepCall call, Result<int> made)
    {
        if (made.IsOk)
        {
            call.Bind(made.Value);
        }

        return call.Answer(made.Status);
    }

    /// <summary>A word with a number.</summary>
    public static string Word(string key, long number) => string.Create(CultureInfo.InvariantCulture, $"{key}{number}");
}
