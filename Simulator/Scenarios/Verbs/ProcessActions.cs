using DmaBufSim.Abi;
using DmaBufSim.Processes;

namespace DmaBufSim.Scenarios.Verbs;

/// <summary>Plays the verbs of processes.</summary>
internal static class ProcessActions
{
    public static Outcome Fork(in StepCall call)
    {
        call.ForkNames(call.Machine.Fork(call.Process, call.Text(0)));
        return Outcome.Ok;
    }

    public static Outcome Kill(in StepCall call)
    {
        Process? victim = Living(call, 0);
        victim?.Exit();
        return victim is null ? Gone(call) : Outcome.Ok;
    }

    public static Outcome Send(in StepCall call)
    {
        Process? receiver = call.Machine.FindProcess(call.Text(0));
        if (call.Process != call.Machine.First || receiver == call.Machine.First)
        {
            return call.Refuse(Errno.EINVAL, Reason.SendOnlyFromFirst, call.Process.Name);
        }

        return receiver is null ? Gone(call) : call.Answer(call.Process.Send(receiver, call.Descriptor(1)));
    }

    public static Outcome Give(in StepCall call) =>
        call.Process == call.Machine.First
            ? call.Refuse(Errno.EINVAL, Reason.SendOnlyFromFirst, call.Process.Name)
            : call.Answer(call.Process.Give(call.Descriptor(0)));

    public static Outcome Take(in StepCall call)
    {
        bool isFirst = call.Process == call.Machine.First;
        if (isFirst != call.Has(0))
        {
            return call.Refuse(Errno.EINVAL, Reason.SendOnlyFromFirst, call.Process.Name);
        }

        if (!isFirst)
        {
            return DescriptorActions.Descriptor(call, call.Process.Take());
        }

        Process? giver = call.Machine.FindProcess(call.Text(0));
        return giver is null ? Gone(call) : DescriptorActions.Descriptor(call, call.Process.Take(giver));
    }

    private static Process? Living(in StepCall call, int index) =>
        call.Machine.FindProcess(call.Text(index)) is { IsAlive: true } process ? process : null;

    private static Outcome Gone(in StepCall call) => call.Refuse(Errno.ESRCH, Reason.ProcessGone, call.Text(0));
}
