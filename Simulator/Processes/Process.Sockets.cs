using DmaBufSim.Abi;
using DmaBufSim.Files;

namespace DmaBufSim.Processes;

public sealed partial class Process
{
    private readonly List<Process> children = [];

    // The ends that fork copied and that the process closes when it first runs.
    private List<SocketQueue> copiedEnds = [];

    /// <summary>Descriptors on their way from the first process to this one.</summary>
    public SocketQueue Inbox { get; } = new();

    /// <summary>Descriptors on their way from this process to the first one.</summary>
    public SocketQueue Outbox { get; } = new();

    /// <summary>A copy of this process, with its own descriptors and mappings and a socket pair to this one.</summary>
    /// <remarks><b>Kernel:</b> <c>copy_process()</c>: every descriptor and every mapping takes a reference.</remarks>
    public Process Fork(string name)
    {
        Process child = new(name, context, Files.Fork()) { lastAddress = lastAddress, Command = Command };
        foreach (VmArea area in mappings.Values)
        {
            child.mappings.Add(area.Address, area.Fork());
        }

        children.RemoveAll(older => !older.IsAlive);
        if (context.Kernel.ForkedProcessWaits)
        {
            foreach (Process older in children)
            {
                older.Outbox.AddReceiver();
                child.copiedEnds.Add(older.Outbox);
            }
        }

        children.Add(child);
        return child;
    }

    /// <summary>Sends a descriptor to a process that this one has forked, SCM_RIGHTS.</summary>
    /// <returns><see cref="Errno.EBADF"/>; <see cref="Errno.EPIPE"/> where the other is dead.</returns>
    public Result Send(Process receiver, int descriptor) => Send(receiver.Inbox, receiver.IsAlive, descriptor);

    /// <summary>Sends a descriptor to the first process.</summary>
    /// <returns><see cref="Errno.EBADF"/>.</returns>
    public Result Give(int descriptor) => Send(Outbox, isAlive: true, descriptor);

    /// <summary>Takes the oldest descriptor that the first process has sent here; it closes on exec.</summary>
    /// <returns><see cref="Errno.EAGAIN"/> where none waits; <see cref="Errno.EMFILE"/>.</returns>
    public Result<int> Take() => TakeFrom(Inbox);

    /// <summary>Takes the oldest descriptor that a process has given to this one.</summary>
    /// <returns>As <see cref="Take()"/>.</returns>
    public Result<int> Take(Process giver) => TakeFrom(giver.Outbox);

    // Every call of the process starts here.
    private void Run()
    {
        if (copiedEnds.Count > 0)
        {
            List<SocketQueue> ends = copiedEnds;
            copiedEnds = [];
            ends.ForEach(end => end.CloseReceiver());
        }
    }

    private Result Send(SocketQueue queue, bool isAlive, int descriptor)
    {
        Result<OpenFile> file = File(descriptor);
        if (!file.IsOk)
        {
            return file.Status;
        }

        if (!isAlive)
        {
            return context.Trace.Refuse(Errno.EPIPE, Reason.PeerGone);
        }

        queue.Send(file.Value);
        return Result.Ok;
    }

    private Result<int> TakeFrom(SocketQueue queue)
    {
        Run();
        if (queue.IsEmpty)
        {
            return context.Trace.Refuse(Errno.EAGAIN, Reason.NothingToTake);
        }

        Result<int> descriptor = Files.Reserve();
        OpenFile file = queue.Take()!;
        if (descriptor.IsOk)
        {
            // The message's reference becomes the descriptor's.
            Files.Install(descriptor.Value, file, closeOnExec: true);
        }
        else
        {
            file.Put();
        }

        return descriptor;
    }
}
