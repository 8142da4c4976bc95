using System.Collections.Immutable;
using System.Globalization;
using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Fences;
using DmaBufSim.Files;

namespace DmaBufSim.Scenarios.Verbs;

/// <summary>Plays the verbs of fences: what processes do, and what drivers do with a reservation.</summary>
internal static class FenceActions
{
    private const uint DefaultRoom = 64;

    public static Outcome OpenTimeline(in StepCall call) =>
        DescriptorActions.Descriptor(call, call.Process.OpenTimeline());

    public static Outcome CreateFence(in StepCall call) => DescriptorActions.Descriptor(
        call, call.Process.CreateFence(call.Descriptor(0), call.LowBits(1), call.Text(2)));

    public static Outcome Increment(in StepCall call) =>
        call.Answer(call.Process.Increment(call.Descriptor(0), call.LowBits(1)));

    public static Outcome GetDeadline(in StepCall call)
    {
        Result<ulong> deadline = call.Process.GetDeadline(call.Descriptor(0), call.Descriptor(1));
        return deadline.IsOk
            ? Outcome.Returns(deadline.Value.ToString(CultureInfo.InvariantCulture))
            : call.Answer(deadline.Status);
    }

    public static Outcome Merge(in StepCall call)
    {
        SyncMergeData data = new(call.Text(2), call.Descriptor(1), call.LowBits(3), call.LowBits(4));
        return DescriptorActions.Descriptor(call, call.Process.Merge(call.Descriptor(0), data));
    }

    public static Outcome Info(in StepCall call)
    {
        uint room = call.Has(1) ? call.LowBits(1) : DefaultRoom;
        SyncFileInfoRequest request = new(room, call.LowBits(2), call.LowBits(3));
        Result<SyncFileInfo> answer = call.Process.FileInfo(call.Descriptor(0), request);
        if (!answer.IsOk)
        {
            return call.Answer(answer.Status);
        }

        SyncFileInfo info = answer.Value;
        ImmutableArray<string>.Builder words = ImmutableArray.CreateBuilder<string>();
        words.Add("name=" + info.Name);
        words.Add(DescriptorActions.Word("status=", info.Status));
        words.Add(DescriptorActions.Word("num_fences=", info.NumFences));
        foreach (SyncFenceInfo fence in info.Fences)
        {
            words.Add(DescriptorActions.Word($"{fence.DriverName}/{fence.ObjectName}:", fence.Status));
        }

        return Outcome.Returns(words.DrainToImmutable());
    }

    public static Outcome SetDeadline(in StepCall call) => call.Answer(
        call.Process.SetDeadline(call.Descriptor(0), new SyncSetDeadline(call.Bits(1), call.Bits(2))));

    public static Outcome Export(in StepCall call) => DescriptorActions.Descriptor(
        call, call.Process.ExportSyncFile(call.Descriptor(0), call.LowBits(1)));

    public static Outcome Import(in StepCall call) => call.Answer(
        call.Process.ImportSyncFile(call.Descriptor(0), call.LowBits(1), call.Descriptor(2)));

    public static Outcome Poll(in StepCall call)
    {
        Result<PollEvents> ready = call.Process.Poll(call.Descriptor(0), (PollEvents)call.LowBits(1));
        if (!ready.IsOk)
        {
            return call.Answer(ready.Status);
        }

        return Outcome.Returns(ready.Value == PollEvents.None ? "none" : FlagWords.Poll.Format((long)ready.Value));
    }

    /// <summary>Lists fences as a driver does that reads their operations itself.</summary>
    public static Outcome Fences(in StepCall call)
    {
        Result<DmaBuf> buffer = Unlocked(call);
        if (!buffer.IsOk)
        {
            return call.Answer(buffer.Status);
        }

        ImmutableArray<string>.Builder words = ImmutableArray.CreateBuilder<string>();
        if (buffer.Value.HasFences)
        {
            // An operation that is gone kills the driver's process, and leaves the lock taken.
            bool isMine = call.Driver.HasLocked(buffer.Value);
            Result taken = isMine ? Result.Ok : call.Driver.Lock(buffer.Value);
            if (!taken.IsOk)
            {
                return call.Answer(taken);
            }

            foreach (DmaResvEntry entry in buffer.Value.Resv.Fences(UsageOf(call)))
            {
                string driver = entry.Fence.RealDriverName;
                string usage = FlagWords.Usage.Format((long)entry.Usage);
                string state = entry.Fence.IsSignaled() ? "signaled" : "pending";
                words.Add($"{DescriptorActions.Word($"{driver}:", (long)entry.Fence.SequenceNumber)}:{usage}:{state}");
            }

            if (!isMine)
            {
                call.Driver.Unlock(buffer.Value);
            }
        }

        return Outcome.Returns(words.DrainToImmutable());
    }

    public static Outcome TestSignaled(in StepCall call)
    {
        Result<DmaBuf> buffer = call.Buffer(0);
        if (!buffer.IsOk)
        {
            return call.Answer(buffer.Status);
        }

        bool signaled = !buffer.Value.HasFences || buffer.Value.Resv.TestSignaled(UsageOf(call));
        return Outcome.Returns(signaled ? "yes" : "no");
    }

    public static Outcome AddFence(in StepCall call)
    {
        Result<DmaBuf> buffer = Unlocked(call);
        if (!buffer.IsOk)
        {
            return call.Answer(buffer.Status);
        }

        if (SyncFile.Find(call.Process.Files, call.Descriptor(2))?.Fence is not { } fence)
        {
            return call.Refuse(Errno.EINVAL, Reason.NotASyncFile, call.Text(2));
        }

        DmaResv reservation = buffer.Value.Resv;
        bool wasFree = reservation.TryLock();
        reservation.ReserveFences(1);
        reservation.AddFence(fence, UsageOf(call));
        if (wasFree)
        {
            reservation.Unlock();
        }

        return Outcome.Ok;
    }

    private static DmaResvUsage UsageOf(in StepCall call) => (DmaResvUsage)call.Number(1);

    private static Result<DmaBuf> Unlocked(in StepCall call)
    {
        Result<DmaBuf> buffer = call.Buffer(0);
        if (!buffer.IsOk)
        {
            return buffer;
        }

        // A driver that has the lock goes on under it.
        Result free = call.Driver.HasLocked(buffer.Value) ? Result.Ok : buffer.Value.CheckUnlocked();
        return free.IsOk ? buffer : free;
    }
}
