using DmaBufSim.Abi;
using DmaBufSim.Fences;
using DmaBufSim.Files;
using DmaBufSim.Scenarios.Verbs;

namespace DmaBufSim.Scenarios;

public sealed partial class Story
{
    /// <summary>Opens a software timeline.</summary>
    public Outcome Timeline(string name) => Play("timeline", name);

    /// <summary>Makes a fence that signals when the timeline reaches a value.</summary>
    public Outcome Fence(string name, string timeline, uint value) =>
        Play("fence", name, Word(timeline), Number(value), Word(name));

    /// <summary>Moves a timeline forward.</summary>
    public Outcome Inc(string timeline, uint amount) => Play("inc", null, Word(timeline), Number(amount));

    /// <summary>Tells the earliest deadline that was set on a fence of any software timeline.</summary>
    public Outcome Deadline(string timeline, string fence) => Play("deadline", null, Word(timeline), Word(fence));

    /// <summary>Makes a sync_file that signals when two have.</summary>
    public Outcome Merge(string name, string fence, string other) =>
        Play("merge", name, Word(fence), Word(other), Word(name));

    /// <summary>Tells the state of the fences of a sync_file.</summary>
    public Outcome Info(string fence, uint? room = null) =>
        Play("info", null, Word(fence), room is { } fences ? Number(fences) : default);

    /// <summary>Hints that a sync_file should signal by a time.</summary>
    public Outcome SetDeadline(string fence, long nanoseconds) =>
        Play("set_deadline", null, Word(fence), Number(nanoseconds));

    /// <summary>Makes a sync_file of what an access has to wait for now.</summary>
    public Outcome ExportSync(string name, string descriptor, DmaBufSyncFlags access) =>
        Play("export_sync", name, Word(descriptor), Flags(ParameterKind.AccessFlags, (long)access));

    /// <summary>Makes a buffer wait for the fences of a sync_file.</summary>
    public Outcome ImportSync(string descriptor, DmaBufSyncFlags access, string fence) =>
        Play("import_sync", null, Word(descriptor), Flags(ParameterKind.AccessFlags, (long)access), Word(fence));

    /// <summary>Tells what of a file is ready, without waiting.</summary>
    public Outcome Poll(string descriptor, PollEvents events) =>
        Play("poll", null, Word(descriptor), Flags(ParameterKind.PollEvents, (long)events));

    /// <summary>A driver lists the fences of a buffer up to a usage.</summary>
    public Outcome Fences(string descriptor, DmaResvUsage usage) =>
        Play("fences", null, Word(descriptor), Flags(ParameterKind.ResvUsage, (long)usage));

    /// <summary>A driver asks whether no fence up to a usage is pending.</summary>
    public Outcome Signaled(string descriptor, DmaResvUsage usage) =>
        Play("signaled", null, Word(descriptor), Flags(ParameterKind.ResvUsage, (long)usage));

    /// <summary>A driver adds the fence of a sync_file to a buffer, as it is.</summary>
    public Outcome AddFence(string descriptor, DmaResvUsage usage, string fence) =>
        Play("add_fence", null, Word(descriptor), Flags(ParameterKind.ResvUsage, (long)usage), Word(fence));

    /// <summary>A driver begins to lock a set of reservations.</summary>
    public Outcome Acquire(string name) => Play("acquire", name);

    /// <summary>A driver locks a reservation, alone or as one of a set.</summary>
    public Outcome Lock(string descriptor, string? context = null) =>
        Play("lock", null, Word(descriptor), context is null ? default : Word(context));

    /// <summary>A driver that backed off begins again with the lock that it could not get.</summary>
    public Outcome LockSlow(string descriptor, string context) =>
        Play("lock_slow", null, Word(descriptor), Word(context));

    /// <summary>A driver unlocks a reservation.</summary>
    public Outcome Unlock(string descriptor) => Play("unlock", null, Word(descriptor));

    /// <summary>A driver has locked its whole set.</summary>
    public Outcome Done(string context) => Play("done", null, Word(context));

    /// <summary>A driver has unlocked its set.</summary>
    public Outcome Fini(string context) => Play("fini", null, Word(context));

    /// <summary>A driver sleeps for the fences of a buffer up to a usage, or for that of a sync_file.</summary>
    public Outcome Wait(string descriptor, DmaResvUsage? usage = null) => Play(
        "wait", null, Word(descriptor), usage is { } up ? Flags(ParameterKind.ResvUsage, (long)up) : default);

    /// <summary>From here on a driver is on the way to signal a fence.</summary>
    public Outcome BeginSignalling(string fence) => Play("begin_signalling", null, Word(fence));

    /// <summary>The driver has come to the signal.</summary>
    public Outcome EndSignalling(string fence) => Play("end_signalling", null, Word(fence));

    /// <summary>Prints which driver sleeps for whom.</summary>
    public Outcome Waits() => Play("waits", null);
}
