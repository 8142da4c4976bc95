using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Memory;
using DmaBufSim.Security;

namespace DmaBufSim.Heaps;

public sealed partial class HeapBuffer
{
    /// <summary>Tells hardware who may touch the buffer.</summary>
    /// <exception cref="InvalidOperationException">The heap has no rules.</exception>
    /// <returns>
    /// <see cref="Errno.ENOSPC"/> or <see cref="Errno.EINVAL"/> where it cannot hold that; nothing is programmed then.
    /// </returns>
    public Result Program(AccessPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        Guarded own = guarded ?? throw new InvalidOperationException("the heap has no rules");
        Protection enforced = own.Rules.With(policy);
        long offset = 0;
        foreach (FrameRun run in table.Runs)
        {
            Result programmed = Heap.Context.Firewall.Protect(Heap.ProtectedRun(run), enforced, offset);
            if (!programmed.IsOk)
            {
                Unprogram();
                return programmed;
            }

            own.ProgrammedRuns++;
            offset += (long)run.Count << PhysicalMemory.PageShift;
        }

        own.Enforced = enforced;
        return Result.Ok;
    }

    /// <summary>Hardware forgets the buffer.</summary>
    /// <returns>
    /// Why it cannot yet: other buffers would need one region more. Another attempt goes on where this one has stopped.
    /// </returns>
    public Result Unprogram()
    {
        if (guarded is not { } own)
        {
            return Result.Ok;
        }

        while (own.ProgrammedRuns > 0)
        {
            FrameRun run = table.Runs[own.ProgrammedRuns - 1];
            Result programmed = Heap.Context.Firewall.Unprotect(Heap.ProtectedRun(run));
            if (!programmed.IsOk)
            {
                return programmed;
            }

            own.ProgrammedRuns--;
        }

        own.Enforced = null;
        return Result.Ok;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Where its regions are is a part of what a buffer is allocated for, so whoever allocates says it, before anybody
    /// else can have put something there. A descriptor alone is no right to open bytes for somebody.
    /// </remarks>
    protected internal override Result DefineRegion(
        DmaBuf buffer, object current, string name, long offset, long length)
    {
        if (Protection is null)
        {
            return base.DefineRegion(buffer, current, name, offset, length);
        }

        if (Heap.Answer.FixesRegions && (guarded!.Allocator != current || guarded.IsUsed))
        {
            return guarded.Allocator != current
                ? Trace.Refuse(Errno.EPERM, Reason.RegionNotYours, name)
                : Trace.Refuse(Errno.EBUSY, Reason.RegionTooLate, name);
        }

        Result defined = Protection.Define(name, offset, length, Trace, out Action undo);
        if (defined.IsOk)
        {
            int pages = (int)HeapContext.PagesOf(length);
            defined = Heap.Answer.RegionDefined(this, name, pages);
            if (!defined.IsOk)
            {
                undo();
            }
        }

        return defined;
    }

    /// <summary>Somebody can get at the bytes from now on.</summary>
    internal void NoteUse()
    {
        if (guarded is not null)
        {
            guarded.IsUsed = true;
        }
    }

    /// <summary>The buffer was allocated.</summary>
    internal Result Begin(ulong flags) =>
        Protection is null ? Result.Ok : Count(ProtectionStep.Alloc, Heap.Answer.Made(this, flags));

    /// <summary>Nobody has a right to the buffer any more, and nothing of its bytes is left.</summary>
    internal void Revoke()
    {
        Protection?.Revoke();
        if (Heap.Answer.Protects(this))
        {
            Heap.Context.Firewall.Program(table.Pages);
        }

        Wipe();
    }

    /// <summary>Clears the bytes for good.</summary>
    internal void Wipe()
    {
        foreach (FrameRun run in table.Runs)
        {
            Heap.Context.Memory.Wipe(run.First, run.Count);
        }
    }

    private Result CheckMapping(AccessRights wanted, long offset, long length)
    {
        if (Protection is null)
        {
            return Result.Ok;
        }

        Result allowed = Count(
            ProtectionStep.Mmap, Heap.Answer.Mmap(this, wanted, offset, length), Heap.Context.Cpu, wanted);
        if (allowed.IsOk)
        {
            NoteUse();
        }

        return allowed;
    }

    private Result Count(ProtectionStep step, Result result, Master? master = null, AccessRights wanted = default)
    {
        if (!result.IsOk)
        {
            Heap.Context.Firewall.Counters.AddDenial(step, master is not null && !MayHope(master, wanted));
        }

        return result;
    }

    // Whether the rules give a master these rights to some byte; any right at all where none is named.
    private bool MayHope(Master master, AccessRights wanted)
    {
        AccessRights granted = Protection!.IsRevoked ? AccessRights.None : Rules.Granted(master);
        return wanted == AccessRights.None ? granted != AccessRights.None : (granted & wanted) == wanted;
    }

    // What only a buffer of a heap with rules has.
    private sealed class Guarded(Protection rules, object? allocator)
    {
        public Protection Rules => rules;

        public object? Allocator => allocator;

        public bool IsUsed { get; set; }

        public Protection? Enforced { get; set; }

        public int ProgrammedRuns { get; set; }
    }
}
