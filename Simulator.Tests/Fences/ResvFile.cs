using DmaBufSim.Abi;
using DmaBufSim.Fences;
using DmaBufSim.Files;

namespace DmaBufSim.Tests.Fences;

/// <summary>A file with a reservation and the poll of a buffer: one callback slot for each direction.</summary>
internal sealed class ResvFile : OpenFile
{
    private readonly PollSlot slotIn;
    private readonly PollSlot slotOut;

    public ResvFile(FenceCore core, long inode)
        : base(core.Trace, OpenFlags.ReadWrite, inode)
    {
        Resv = new DmaResv(core);
        slotIn = new PollSlot(this);
        slotOut = new PollSlot(this);
    }

    public DmaResv Resv { get; }

    public override long Size => 4096;

    public override PollEvents Poll(PollEvents requested, PollWaiter? waiter = null)
    {
        PollEvents wanted = requested & (PollEvents.In | PollEvents.Out);
        if (wanted == PollEvents.None)
        {
            return wanted;
        }

        Assert(Resv.Lock().IsOk);
        if ((wanted & PollEvents.Out) != 0 && !slotOut.IsReady(DmaResvUsage.Read))
        {
            wanted &= ~PollEvents.Out;
        }

        if ((wanted & PollEvents.In) != 0 && !slotIn.IsReady(DmaResvUsage.Write))
        {
            wanted &= ~PollEvents.In;
        }

        Resv.Unlock();
        return wanted;
    }

    public override Result<long> Seek(long offset, SeekWhence whence) => Size;

    public override Result Ioctl(uint number, in IoctlArgument argument) => default;

    public override Result Mmap(in MappingRequest request) => default;

    public override int FrameAt(int page) => 0;

    protected override void Release() => Resv.Finish();

    private static void Assert(bool condition)
    {
        if (!condition)
        {
            throw new InvalidOperationException("the lock is held");
        }
    }

    // While it waits it holds the fence and the file.
    private sealed class PollSlot(ResvFile file) : DmaFenceCallback
    {
        public bool IsReady(DmaResvUsage usage)
        {
            if (IsQueued)
            {
                return false;
            }

            foreach (DmaResvEntry entry in file.Resv.Fences(usage))
            {
                if (entry.Fence.AddCallback(this).IsOk)
                {
                    entry.Fence.Get();
                    file.Get();
                    return false;
                }
            }

            return true;
        }

        protected internal override void Signaled(DmaFence fence)
        {
            fence.Put();
            file.Put();
        }
    }
}
