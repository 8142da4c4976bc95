using DmaBufSim.Abi;
using DmaBufSim.Fences;

namespace DmaBufSim.Tests.Fences;

internal sealed partial class FencePlayer
{
    private string DoBuffer(ResvFile buffer, string[] words)
    {
        switch (words[0])
        {
            case "poll":
                return Poll(buffer, words[2]);
            case "signaled":
                return buffer.Resv.TestSignaled(Usage(words[2])) ? "ok yes" : "ok no";
            case "fences":
                return Fences(buffer.Resv, Usage(words[2]));
            case "import_sync":
                return Text(Import(buffer.Resv, Access(words[2]), words[3]));
            default:
                return Text(Add(buffer.Resv, Usage(words[2]), words[3]));
        }
    }

    // The recorder reads the operations of each fence directly, and died where a kernel had dropped them.
    private static string Fences(DmaResv resv, DmaResvUsage usage)
    {
        string text = "ok";
        resv.Lock();
        foreach (DmaResvEntry entry in resv.Fences(usage))
        {
            if (entry.Fence.IsDetached)
            {
                resv.Unlock();
                return "Killed";
            }

            string word = entry.Usage.ToString().ToLowerInvariant();
            text += $" {entry.Fence.RealDriverName}:{entry.Fence.SequenceNumber}:{word}:"
                + (entry.Fence.IsSignaled() ? "signaled" : "pending");
        }

        resv.Unlock();
        return text;
    }

    private Result Add(DmaResv resv, DmaResvUsage usage, string name)
    {
        if (SyncFile.GetFence(Files, Fd(name)) is not { } fence)
        {
            return new Result(Errno.EINVAL, Reason.NotASyncFile);
        }

        resv.Lock();
        Result reserved = resv.ReserveFences(1);
        resv.AddFence(fence, usage);
        resv.Unlock();
        fence.Put();
        return reserved;
    }

    private Result Import(DmaResv resv, ulong access, string name)
    {
        if (access is 0 or > 3 || SyncFile.GetFence(Files, Fd(name)) is not { } fence)
        {
            return new Result(Errno.EINVAL, Reason.NotASyncFile);
        }

        DmaResvUsage usage = (access & 2) != 0 ? DmaResvUsage.Write : DmaResvUsage.Read;
        resv.Lock();
        Result reserved = resv.ReserveFences(DmaFenceUnwrap.Count(fence));
        foreach (DmaFence leaf in new DmaFenceUnwrap(fence))
        {
            resv.AddFence(leaf, usage);
        }

        resv.Unlock();
        fence.Put();
        return reserved;
    }

    private Result<int> Export(DmaResv resv, ulong access)
    {
        if (access is 0 or > 3)
        {
            return new Result(Errno.EINVAL, Reason.SyncFlagsUnknown);
        }

        DmaFence fence = resv.GetSingleton(DmaResv.UsageToWaitFor((access & 2) != 0)) ?? Core.GetStub();
        Result<int> descriptor = SyncFile.Install(Files, fence);
        fence.Put();
        return descriptor;
    }
}
