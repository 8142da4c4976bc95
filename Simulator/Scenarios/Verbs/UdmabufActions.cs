using DmaBufSim.Abi;

namespace DmaBufSim.Scenarios.Verbs;

/// <summary>Plays the verbs of memfds and of the buffers that are made of them.</summary>
internal static class UdmabufActions
{
    // Three calls; what one of them refuses leaves no file behind.
    public static Outcome Memfd(in StepCall call)
    {
        Result<int> made = call.Process.CreateMemfd();
        if (!made.IsOk)
        {
            return call.Answer(made.Status);
        }

        Result done = call.Process.Truncate(made.Value, call.Number(0));
        if (done.IsOk)
        {
            done = call.Process.AddSeals(made.Value, (MemfdSeals)call.LowBits(1));
        }

        if (!done.IsOk)
        {
            call.Process.Close(made.Value);
            return call.Answer(done);
        }

        call.Bind(made.Value);
        return Outcome.Ok;
    }

    public static Outcome AddSeals(in StepCall call) =>
        call.Answer(call.Process.AddSeals(call.Descriptor(0), (MemfdSeals)call.LowBits(1)));

    public static Outcome Create(in StepCall call)
    {
        UdmabufItem item = new(call.Descriptor(0), call.Bits(1), call.Bits(2));
        return Made(call, call.Process.CreateUdmabuf(item, (UdmabufFlags)call.LowBits(3)));
    }

    public static Outcome CreateList(in StepCall call)
    {
        UdmabufItem[] items = UdmabufItems.Resolve(call.Text(0), call.Names);
        return Made(call, call.Process.CreateUdmabufList(items, (UdmabufFlags)call.LowBits(1)));
    }

    private static Outcome Made(in StepCall call, Result<int> descriptor)
    {
        if (!descriptor.IsOk)
        {
            return call.Answer(descriptor.Status);
        }

        call.Bind(descriptor.Value);
        return Outcome.Returns(DescriptorActions.Word("size=", call.Process.Files.Find(descriptor.Value)!.Size));
    }
}
