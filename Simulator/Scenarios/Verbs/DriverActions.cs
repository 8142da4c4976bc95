using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Fences;
using DmaBufSim.Files;

namespace DmaBufSim.Scenarios.Verbs;

/// <summary>Plays the verbs of drivers that lock reservations and sleep. No program reaches these calls.</summary>
internal static class DriverActions
{
    public static Outcome Acquire(in StepCall call)
    {
        call.Bind(new WwAcquireContext(call.Machine.Fences));
        return Outcome.Ok;
    }

    public static Outcome Lock(in StepCall call) => Lock(call, slow: false);

    public static Outcome LockSlow(in StepCall call) => Lock(call, slow: true);

    public static Outcome Unlock(in StepCall call)
    {
        Result<DmaBuf> buffer = call.Buffer(0);
        return call.Answer(buffer.IsOk ? call.Driver.Unlock(buffer.Value) : buffer.Status);
    }

    public static Outcome Done(in StepCall call)
    {
        WwAcquireContext? context = call.Names.Acquire(call.Text(0));
        context?.Done();
        return context is null ? UnknownContext(call, 0) : Outcome.Ok;
    }

    public static Outcome Finish(in StepCall call)
    {
        WwAcquireContext? context = call.Names.Acquire(call.Text(0));
        context?.Finish();
        call.Names.Unbind(call.Text(0));
        return context is null ? UnknownContext(call, 0) : Outcome.Ok;
    }

    public static Outcome Wait(in StepCall call)
    {
        if (call.Has(1))
        {
            Result<DmaBuf> buffer = call.Buffer(0);
            return call.Answer(
                buffer.IsOk ? call.Driver.Wait(buffer.Value, (DmaResvUsage)call.Number(1)) : buffer.Status);
        }

        Result<SyncFile> file = File(call);
        return call.Answer(file.IsOk ? call.Driver.Wait(file.Value.Fence) : file.Status);
    }

    public static Outcome BeginSignalling(in StepCall call)
    {
        Result<SyncFile> file = File(call);
        if (file.IsOk)
        {
            call.Driver.BeginSignalling(file.Value.Fence);
        }

        return call.Answer(file.Status);
    }

    public static Outcome EndSignalling(in StepCall call)
    {
        Result<SyncFile> file = File(call);
        if (file.IsOk)
        {
            call.Driver.EndSignalling(file.Value.Fence);
        }

        return call.Answer(file.Status);
    }

    private static Outcome Lock(in StepCall call, bool slow)
    {
        Result<DmaBuf> buffer = call.Buffer(0);
        if (!buffer.IsOk)
        {
            return call.Answer(buffer.Status);
        }

        WwAcquireContext? context = call.Has(1) ? call.Names.Acquire(call.Text(1)) : null;
        return call.Has(1) && context is null
            ? UnknownContext(call, 1)
            : call.Answer(call.Driver.Lock(buffer.Value, context, slow));
    }

    private static Outcome UnknownContext(in StepCall call, int index) =>
        call.Refuse(Errno.EINVAL, Reason.AcquireUnknown, call.Text(index));

    private static Result<SyncFile> File(in StepCall call)
    {
        Result<OpenFile> file = call.Process.File(call.Descriptor(0));
        if (!file.IsOk)
        {
            return file.As<SyncFile>();
        }

        return file.Value is SyncFile found ? found : call.Trace.Refuse(Errno.EINVAL, Reason.NotASyncFile);
    }
}
