using DmaBufSim.Abi;
using DmaBufSim.Files;
using DmaBufSim.Machines;

namespace DmaBufSim.Scenarios.Verbs;

/// <summary>Plays the verbs of mappings and of the bytes behind them.</summary>
internal static class MappingActions
{
    public static Outcome Map(in StepCall call)
    {
        Result<long> address = call.Process.Mmap(
            call.Descriptor(0), call.Bits(1), call.Bits(2), (MapProtection)(call.LowBits(3) & 7), call.LowBits(4));
        if (address.IsOk)
        {
            call.Bind(address.Value);
        }

        return call.Answer(address.Status);
    }

    public static Outcome Unmap(in StepCall call)
    {
        if (call.Has(1))
        {
            return call.Answer(call.Process.Munmap(call.Names.Address(call.Text(0)), call.Bits(1), call.Bits(2)));
        }

        if (call.Tenants.Unmap(call.Text(0)))
        {
            return Outcome.Ok;
        }

        Result unmapped = call.Process.Munmap(call.Names.Address(call.Text(0)));
        call.Names.Unbind(call.Text(0));
        return call.Answer(unmapped);
    }

    public static Outcome Protect(in StepCall call) =>
        call.Answer(call.Process.Mprotect(call.Names.Address(call.Text(0)), (MapProtection)(call.LowBits(1) & 7)));

    public static Outcome Fill(in StepCall call)
    {
        byte value = (byte)call.Number(3);
        return call.Answer(call.Names.Vmap(call.Text(0)) is { } kernel
            ? kernel.Fill(call.Number(1), call.Number(2), value)
            : call.Process.Fill(call.Names.Address(call.Text(0)), call.Number(1), call.Number(2), value));
    }

    public static Outcome Hash(in StepCall call)
    {
        KernelMapping? kernel = call.Names.Vmap(call.Text(0));
        long address = call.Names.Address(call.Text(0));
        Result<ulong> hash = kernel is not null
            ? kernel.Hash(call.Number(1), call.Number(2))
            : call.Process.Hash(address, call.Number(1), call.Number(2));
        if (!hash.IsOk || call.Number(2) == 0)
        {
            return hash.IsOk ? Seen(null, hash.Value) : call.Answer(hash.Status);
        }

        Result<byte> first = kernel?.Peek(call.Number(1)) ?? call.Process.Peek(address, call.Number(1));
        return Seen(first.Value, hash.Value);
    }

    /// <summary>Bytes that were read, in words: the first one and the hash of all.</summary>
    public static Outcome Seen(byte? first, ulong hash)
    {
        string all = $"fnv1a={hash:x16}";
        return first is { } value ? Outcome.Returns($"first={value:x2}", all) : Outcome.Returns(all);
    }
}
